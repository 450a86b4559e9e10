#pragma once

#include <QAbstractButton>
#include <QVariantAnimation>

namespace hearth::ui {

/// On or off, at once. Space and Enter toggle; the text (may be empty) stands at the right.
class Switch : public QAbstractButton {
    Q_OBJECT

public:
    explicit Switch(const QString& text = QString(), QWidget* parent = nullptr);

    QSize sizeHint() const override;
    QSize minimumSizeHint() const override { return sizeHint(); }

protected:
    void paintEvent(QPaintEvent* event) override;
    void keyPressEvent(QKeyEvent* event) override;
    void enterEvent(QEnterEvent* event) override;
    void leaveEvent(QEvent* event) override;

private:
    QVariantAnimation m_slide;
};

} // namespace hearth::ui
