#pragma once

#include "view/theme/tokens.h"

#include <QAbstractButton>

namespace hearth::ui {

/// A short fact ("W4", "8 GB") or, when checkable or removable, a small choice. The dot before the
/// text has a meaning's colour.
class Chip : public QAbstractButton {
    Q_OBJECT

public:
    explicit Chip(const QString& text, QWidget* parent = nullptr);

    void setDot(ColorRole role);
    /// Shows a cross; it or Delete emits removeRequested().
    void setRemovable(bool removable);

    QSize sizeHint() const override;
    QSize minimumSizeHint() const override { return sizeHint(); }

signals:
    void removeRequested();

protected:
    void paintEvent(QPaintEvent* event) override;
    void keyPressEvent(QKeyEvent* event) override;
    void mouseReleaseEvent(QMouseEvent* event) override;
    void enterEvent(QEnterEvent* event) override;
    void leaveEvent(QEvent* event) override;

private:
    QRectF crossRect() const;
    bool isActive() const { return isCheckable() || m_removable; }

    ColorRole m_dot = ColorRole::Muted;
    bool m_hasDot = false;
    bool m_removable = false;
};

} // namespace hearth::ui
