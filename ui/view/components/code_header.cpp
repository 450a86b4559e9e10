#include "view/components/code_header.h"

#include "view/theme/icons.h"
#include "view/theme/paint.h"
#include "view/theme/theme.h"

#include <QCoreApplication>
#include <QFontMetricsF>

namespace hearth::ui {
namespace {

constexpr int kIcon = 14;

QString copyText(CodeHeader::Copy copy) {
    return copy == CodeHeader::Copy::Copied
               ? QCoreApplication::translate("hearth::ui::CodeHeader", "Copied")
               : QCoreApplication::translate("hearth::ui::CodeHeader", "Copy");
}

qreal copyWidth() {
    const QFontMetricsF metrics(Theme::current().font(TextStyle::Caption));
    const qreal words = qMax(metrics.horizontalAdvance(copyText(CodeHeader::Copy::Rest)),
                             metrics.horizontalAdvance(copyText(CodeHeader::Copy::Copied)));
    return kIcon + space::kXs + 2 + words + 2 * space::kSm;
}

} // namespace

int CodeHeader::height() {
    return qMax(static_cast<int>(size::kControl),
                Theme::current().lineHeight(TextStyle::Caption) + space::kLg);
}

QRectF CodeHeader::copyRect(const QRectF& rect) {
    const qreal width = copyWidth();
    return {rect.right() - width - space::kXs, rect.top() + space::kXs, width,
            rect.height() - 2 * space::kXs};
}

void CodeHeader::paint(QPainter& painter, const QRectF& rect) const {
    const Tokens& t = Theme::current().tokens();
    const QRectF button = copyRect(rect);
    paintText(painter, rect.adjusted(space::kMd, 0, -button.width() - space::kSm, 0),
              TextStyle::Caption, t.muted,
              language.isEmpty() ? QCoreApplication::translate("hearth::ui::CodeHeader", "Text")
                                 : language);
    if (copy == Copy::Hovered || copy == Copy::Pressed)
        paintPanel(painter, button, radius::kControl - 1,
                   t.wash(copy == Copy::Pressed ? 2.2 : 1.3));
    const bool copied = copy == Copy::Copied;
    const QColor color = copied ? t.ok : copy == Copy::Rest ? t.muted : t.text;
    painter.drawPixmap(QPointF(button.left() + space::kSm, button.center().y() - kIcon / 2.0),
                       iconPixmap(copied ? Icon::Check : Icon::Copy, color, kIcon,
                                  painter.device()->devicePixelRatioF()));
    paintText(painter, button.adjusted(space::kSm + kIcon + space::kXs + 2, 0, 0, 0),
              TextStyle::Caption, color, copyText(copy));
}

} // namespace hearth::ui
