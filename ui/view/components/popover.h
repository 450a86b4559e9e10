#pragma once

#include <QWidget>

class QVBoxLayout;

namespace hearth::ui {

/// A small surface above the page, closed by Esc or a click elsewhere. Its content goes into
/// body().
class Popover : public QWidget {
    Q_OBJECT

public:
    explicit Popover(QWidget* parent = nullptr);

    QVBoxLayout* body() const { return m_body; }
    /// Under (or, without room, above) the anchor, kept on the screen.
    void openAt(const QWidget& anchor);

signals:
    void closed();

protected:
    void paintEvent(QPaintEvent* event) override;
    void hideEvent(QHideEvent* event) override;
    void keyPressEvent(QKeyEvent* event) override;

private:
    QVBoxLayout* m_body;
};

} // namespace hearth::ui
