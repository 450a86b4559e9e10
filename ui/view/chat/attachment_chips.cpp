#include "view/chat/attachment_chips.h"

#include "view/theme/icons.h"
#include "view/theme/paint.h"
#include "view/theme/theme.h"

#include <QFontMetricsF>
#include <QPainter>

#include <cmath>

namespace hearth::ui {
namespace {

constexpr int kHeight = 32;

qreal wordsWidth(TextStyle style, const QString& text) {
    return text.isEmpty() ? 0 : QFontMetricsF(Theme::current().font(style)).horizontalAdvance(text);
}

/// Everything in a chip but its name.
qreal frameWidth(const ChatAttachment& attachment) {
    const qreal detail = wordsWidth(TextStyle::Caption, attachment.detail);
    return 2 * space::kMd + size::kIconSmall + space::kSm + (detail > 0 ? detail + space::kSm : 0);
}

} // namespace

std::vector<QRectF> layOutChips(const QList<ChatAttachment>& attachments, qreal width) {
    std::vector<QRectF> chips;
    const qreal height =
        qMax<qreal>(kHeight, Theme::current().lineHeight(TextStyle::Ui) + space::kMd);
    QPointF place;
    for (const ChatAttachment& attachment : attachments) {
        const qreal wanted =
            std::ceil(frameWidth(attachment) + 1 + wordsWidth(TextStyle::Ui, attachment.name));
        const qreal taken = qMin(wanted, width);
        if (place.x() > 0 && place.x() + taken > width)
            place = QPointF(0, place.y() + height + space::kXs);
        chips.emplace_back(place, QSizeF(taken, height));
        place.rx() += taken + space::kXs;
    }
    return chips;
}

void paintChip(QPainter& painter, const QRectF& rect, const ChatAttachment& attachment,
               bool hovered) {
    const Theme& theme = Theme::current();
    const Tokens& t = theme.tokens();
    paintPanel(painter, rect, radius::kControl, t.surface, hovered ? t.borderStrong : t.border);
    if (hovered)
        paintPanel(painter, rect, radius::kControl, t.wash(1.0));
    painter.drawPixmap(
        QPointF(rect.left() + space::kMd, std::round(rect.center().y() - size::kIconSmall / 2.0)),
        iconPixmap(Icon::FileText, t.muted, size::kIconSmall,
                   painter.device()->devicePixelRatioF()));
    const qreal room = rect.width() - frameWidth(attachment) + 0.5;
    const QRectF name(rect.left() + space::kMd + size::kIconSmall + space::kSm, rect.top(), room,
                      rect.height());
    const QFontMetricsF metrics(theme.font(TextStyle::Ui));
    const QString shown = metrics.elidedText(attachment.name, Qt::ElideMiddle, room);
    paintText(painter, name, TextStyle::Ui, t.text, shown);
    const qreal end = name.left() + metrics.horizontalAdvance(shown) + space::kSm;
    paintText(painter, QRectF(end, rect.top(), rect.right() - end, rect.height()),
              TextStyle::Caption, t.muted, attachment.detail);
}

} // namespace hearth::ui
