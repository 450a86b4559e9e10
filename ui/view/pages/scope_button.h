#pragma once

#include <QAbstractButton>

namespace hearth::ui {

/// A quiet heading that can be pressed to choose another: its text, then a chevron.
class ScopeButton : public QAbstractButton {
    Q_OBJECT

public:
    explicit ScopeButton(QWidget* parent = nullptr);

    QSize sizeHint() const override;
    QSize minimumSizeHint() const override;

protected:
    void paintEvent(QPaintEvent* event) override;
    void keyPressEvent(QKeyEvent* event) override;
    void enterEvent(QEnterEvent* event) override;
    void leaveEvent(QEvent* event) override;
};

} // namespace hearth::ui
