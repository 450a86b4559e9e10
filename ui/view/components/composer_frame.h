#pragma once

#include <QWidget>

class QVBoxLayout;

namespace hearth::ui {

/// The rounded surface of the composer: what is written in goes into body(). Its border is accent
/// while the focus is inside.
class ComposerFrame : public QWidget {
    Q_OBJECT

public:
    explicit ComposerFrame(QWidget* parent = nullptr);

    QVBoxLayout* body() const { return m_body; }

protected:
    void paintEvent(QPaintEvent* event) override;

private:
    QVBoxLayout* m_body;
};

} // namespace hearth::ui
