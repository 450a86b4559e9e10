#include "view/components/label.h"

#include "view/theme/theme.h"

#include <QPainter>

namespace hearth::ui {

Label::Label(const QString& text, TextStyle style, ColorRole role, QWidget* parent)
    : QLabel(text, parent)
    , m_style(style)
    , m_role(role) {
    setTextFormat(Qt::PlainText);
    setTextInteractionFlags(Qt::NoTextInteraction);
    applyTheme();
    connect(&Theme::current(), &Theme::changed, this, &Label::applyTheme);
}

void Label::setRole(ColorRole role) {
    m_role = role;
    applyTheme();
}

void Label::setTextStyle(TextStyle style) {
    m_style = style;
    applyTheme();
}

void Label::setElided(bool elided) {
    m_elided = elided;
    updateGeometry();
    update();
}

QSize Label::minimumSizeHint() const {
    const QSize hint = QLabel::minimumSizeHint();
    return m_elided ? QSize(space::k2xl, hint.height()) : hint;
}

int Label::heightForWidth(int width) const {
    return QLabel::heightForWidth(qMin(width, maximumWidth()));
}

void Label::paintEvent(QPaintEvent* event) {
    if (!m_elided)
        return QLabel::paintEvent(event);
    QPainter painter(this);
    const QString shown = fontMetrics().elidedText(text(), Qt::ElideRight, width());
    setToolTip(shown == text() ? QString() : text().toHtmlEscaped());
    painter.setPen(palette().color(foregroundRole()));
    painter.drawText(contentsRect(), static_cast<int>(alignment() | Qt::TextSingleLine), shown);
}

void Label::applyTheme() {
    const Theme& theme = Theme::current();
    setFont(theme.font(m_style));
    QPalette colors = palette();
    colors.setColor(QPalette::WindowText, theme.color(m_role));
    setPalette(colors);
}

} // namespace hearth::ui
