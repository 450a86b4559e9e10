#include "view/components/label.h"

#include "view/theme/paint.h"
#include "view/theme/theme.h"

#include <QPainter>
#include <QStyle>
#include <QTextLayout>

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

QSize Label::sizeHint() const {
    const QSize hint = QLabel::sizeHint();
    return wordWrap() ? QSize(hint.width(), heightForWidth(hint.width())) : hint;
}

QSize Label::minimumSizeHint() const {
    const QSize hint = QLabel::minimumSizeHint();
    if (wordWrap())
        return {hint.width(), heightForWidth(QWIDGETSIZE_MAX)};
    return m_elided ? QSize(space::k2xl, hint.height()) : hint;
}

int Label::heightForWidth(int width) const {
    width = qMin(width, maximumWidth());
    if (!wordWrap() || text().isEmpty())
        return QLabel::heightForWidth(width);
    const QMargins margins = contentsMargins();
    QTextLayout lines;
    return breakLines(lines, text(), m_style, width - margins.left() - margins.right()) +
           margins.top() + margins.bottom();
}

void Label::paintLines(QPainter& painter) const {
    const QRect area = contentsRect();
    QTextLayout lines;
    const int height = breakLines(lines, text(), m_style, area.width(),
                                  QStyle::visualAlignment(layoutDirection(), alignment()));
    const int free = area.height() - height;
    const int above = alignment() & Qt::AlignTop      ? 0
                      : alignment() & Qt::AlignBottom ? free
                                                      : free / 2;
    lines.draw(&painter, QPointF(area.left(), area.top() + above));
}

void Label::paintEvent(QPaintEvent* event) {
    if (!m_elided && !wordWrap())
        return QLabel::paintEvent(event);
    QPainter painter(this);
    if (wordWrap()) {
        painter.setPen(palette().color(foregroundRole()));
        paintLines(painter);
        return;
    }
    const QString shown = fontMetrics().elidedText(text(), Qt::ElideRight, width());
    setToolTip(shown == text() ? QString() : plainToolTip(text()));
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
