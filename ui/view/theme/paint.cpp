#include "view/theme/paint.h"

#include "view/theme/theme.h"

#include <QFontMetricsF>
#include <QStyleOption>
#include <QTextDocument>
#include <QTextLayout>
#include <QWidget>

#include <algorithm>
#include <cmath>

namespace hearth::ui {
namespace {

constexpr int kShadowReach = 16;
constexpr int kShadowDrop = 4;
constexpr const char* kPoseProperty = "hearthPose";

bool isBidiControl(QChar c) {
    const char16_t u = c.unicode();
    return (u >= 0x202A && u <= 0x202E) || (u >= 0x2066 && u <= 0x2069) || u == 0x200E ||
           u == 0x200F || u == 0x061C;
}

bool isC0Control(QChar c) {
    const char16_t u = c.unicode();
    return (u < 0x20 && u != u'\n' && u != u'\t') || u == 0x7F;
}

bool isC1Control(QChar c) {
    return c.unicode() >= 0x80 && c.unicode() < 0xA0;
}

/// Else a line of one pixel is two faint ones at a scale of 1.25 or 1.5.
QRectF onDevicePixels(const QPainter& painter, const QRectF& rect) {
    const QTransform toDevice = painter.deviceTransform();
    if (toDevice.type() > QTransform::TxScale)
        return rect;
    const QRectF device = toDevice.mapRect(rect);
    const QRectF rounded(QPointF(std::round(device.left()), std::round(device.top())),
                         QPointF(std::round(device.right()), std::round(device.bottom())));
    return toDevice.inverted().mapRect(rounded);
}

} // namespace

void paintPanel(QPainter& painter, const QRectF& rect, qreal cornerRadius, const QColor& fill,
                const QColor& border, qreal borderWidth) {
    painter.save();
    painter.setRenderHint(QPainter::Antialiasing);
    const bool stroked = border.isValid() && borderWidth > 0;
    const qreal ratio = painter.deviceTransform().m11();
    const qreal width =
        stroked && ratio > 0 ? qMax(1.0, std::round(borderWidth * ratio)) / ratio : borderWidth;
    const QRectF edges = stroked ? onDevicePixels(painter, rect) : rect;
    const qreal inset = stroked ? width / 2 : 0.0;
    painter.setBrush(fill.isValid() ? QBrush(fill) : QBrush(Qt::NoBrush));
    painter.setPen(stroked ? QPen(border, width) : QPen(Qt::NoPen));
    const qreal corner = qMax(0.0, cornerRadius - inset);
    painter.drawRoundedRect(edges.adjusted(inset, inset, -inset, -inset), corner, corner);
    painter.restore();
}

void paintFocusRing(QPainter& painter, const QRectF& rect, qreal cornerRadius) {
    paintPanel(painter, rect, cornerRadius, QColor(), Theme::current().tokens().accent,
               size::kFocusRing);
}

void paintControlRing(QPainter& painter, const QRectF& rect, bool isOnAccent) {
    if (!isOnAccent)
        return paintFocusRing(painter, rect, radius::kControl);
    const qreal inset = size::kFocusRing;
    paintPanel(painter, rect.adjusted(inset, inset, -inset, -inset), radius::kControl - inset,
               QColor(), Theme::current().tokens().onAccent, size::kFocusRing);
}

bool showsFocusRing(const QWidget& widget) {
    return isPosedFocused(&widget) ||
           (widget.hasFocus() && widget.window()->testAttribute(Qt::WA_KeyboardFocusChange));
}

bool showsFocusRing(const QStyleOption& option, const QWidget* widget) {
    return isPosedFocused(widget) || ((option.state & QStyle::State_HasFocus) &&
                                      (option.state & QStyle::State_KeyboardFocusChange));
}

void poseFocused(QWidget& widget) {
    widget.setProperty(kPoseProperty, true);
}

bool isPosedFocused(const QWidget* widget) {
    return widget && widget->property(kPoseProperty).toBool();
}

void paintComposer(QPainter& painter, const QRectF& rect, Look look) {
    const Tokens& t = Theme::current().tokens();
    const bool focused = look == Look::Focused;
    paintPanel(painter, rect, radius::kComposer, t.surface, focused ? t.accent : t.borderStrong,
               focused ? size::kFocusRing : 1.0);
}

void paintShadow(QPainter& painter, const QRectF& rect, qreal cornerRadius) {
    painter.save();
    painter.setRenderHint(QPainter::Antialiasing);
    painter.setPen(Qt::NoPen);
    QColor layer = Theme::current().tokens().shadow();
    const float strength = layer.alphaF();
    for (int reach = kShadowReach; reach > 0; reach -= 2) {
        const float share = 1.0F - static_cast<float>(reach) / (kShadowReach + 2);
        layer.setAlphaF(strength * share * share * 0.32F);
        painter.setBrush(layer);
        const qreal r = reach * 0.75;
        painter.drawRoundedRect(rect.adjusted(-r, -r, r, r).translated(0, kShadowDrop),
                                cornerRadius + r, cornerRadius + r);
    }
    painter.restore();
}

QMargins shadowMargins() {
    return {kShadowReach, kShadowReach - kShadowDrop, kShadowReach, kShadowReach + kShadowDrop};
}

void paintText(QPainter& painter, const QRectF& rect, TextStyle style, const QColor& color,
               const QString& text, Qt::Alignment alignment) {
    painter.save();
    const QFont font = Theme::current().font(style);
    painter.setFont(font);
    painter.setPen(color);
    const QString shown = QFontMetricsF(font).elidedText(text, Qt::ElideRight, rect.width() + 0.5);
    painter.drawText(rect, static_cast<int>(alignment | Qt::TextSingleLine), shown);
    painter.restore();
}

int breakLines(QTextLayout& lines, const QString& text, TextStyle style, qreal width,
               Qt::Alignment alignment) {
    QString shown = withJoinedUnits(text);
    shown.replace(QLatin1Char('\n'), QChar(QChar::LineSeparator));
    QTextOption option;
    option.setWrapMode(QTextOption::WrapAtWordBoundaryOrAnywhere);
    option.setAlignment(alignment & Qt::AlignHorizontal_Mask);
    lines.setText(shown);
    lines.setFont(Theme::current().font(style));
    lines.setTextOption(option);
    lines.setCacheEnabled(true);
    const int lineHeight = Theme::current().lineHeight(style);
    int height = 0;
    lines.beginLayout();
    for (QTextLine line = lines.createLine(); line.isValid(); line = lines.createLine()) {
        line.setLineWidth(width);
        line.setPosition({0.0, height + (lineHeight - line.height()) / 2});
        height += lineHeight;
    }
    lines.endLayout();
    return height;
}

QString withoutControls(const QString& text) {
    const auto offends = [](QChar c) {
        return isC0Control(c) || isC1Control(c) || isBidiControl(c);
    };
    if (std::none_of(text.cbegin(), text.cend(), offends))
        return text;
    QString clean;
    clean.reserve(text.size());
    for (const QChar c : text) {
        if (isC0Control(c))
            clean += QChar(c.unicode() == 0x7F ? 0x2421 : 0x2400 + c.unicode());
        else if (!isBidiControl(c) && !isC1Control(c))
            clean += c;
    }
    return clean;
}

QString plainToolTip(const QString& text) {
    return Qt::mightBeRichText(text) ? QStringLiteral("<qt>%1</qt>").arg(text.toHtmlEscaped())
                                     : text;
}

QString withJoinedUnits(QString text) {
    for (qsizetype i = 1; i + 1 < text.size(); ++i) {
        const QChar next = text.at(i + 1);
        if (text.at(i) == QLatin1Char(' ') && text.at(i - 1).isDigit() &&
            (next.isLetter() || next == QLatin1Char('%') || next == QChar(0x00B0)))
            text[i] = QChar(QChar::Nbsp);
    }
    return text;
}

} // namespace hearth::ui
