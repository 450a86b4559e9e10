#pragma once

#include "view/theme/metrics.h"
#include "view/theme/tokens.h"

#include <QLabel>

namespace hearth::ui {

/// Plain text in a style and a colour of the theme; it follows the theme, and wrapped lines have
/// the style's height. Never rich text, so names and messages from outside are shown as they are.
class Label : public QLabel {
    Q_OBJECT

public:
    explicit Label(const QString& text, TextStyle style = TextStyle::Ui,
                   ColorRole role = ColorRole::Text, QWidget* parent = nullptr);

    void setRole(ColorRole role);
    void setTextStyle(TextStyle style);
    /// One line that ends in … where there is no room; the tooltip then has the whole.
    void setElided(bool elided);

    QSize sizeHint() const override;
    QSize minimumSizeHint() const override;
    /// A layout asks for its own width, even where the label may not be that wide.
    int heightForWidth(int width) const override;

protected:
    void paintEvent(QPaintEvent* event) override;

private:
    void applyTheme();
    void paintLines(QPainter& painter) const;

    TextStyle m_style;
    ColorRole m_role;
    bool m_elided = false;
};

} // namespace hearth::ui
