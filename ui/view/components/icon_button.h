#pragma once

#include "view/theme/icons.h"

#include <QToolButton>

namespace hearth::ui {

/// A square button with an icon only; its name is its tooltip and what a screen reader says.
class IconButton : public QToolButton {
    Q_OBJECT

public:
    enum class Size { Small, Control, Rail };

    IconButton(Icon glyph, const QString& name, QWidget* parent = nullptr,
               Size size = Size::Control);

    void setGlyph(Icon glyph);
    void setName(const QString& name);
    /// The accent ground of the one main action (send).
    void setPrimary(bool primary);

    QSize sizeHint() const override;
    QSize minimumSizeHint() const override { return sizeHint(); }

protected:
    void keyPressEvent(QKeyEvent* event) override;
    bool event(QEvent* event) override;

private:
    void applyIcon();

    Icon m_glyph;
    Size m_size;
    bool m_primary = false;
};

} // namespace hearth::ui
