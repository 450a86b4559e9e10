#include "view/chat/attachment_chips.h"

#include "view/theme/paint.h"
#include "view/theme/theme.h"

#include <QFontMetricsF>
#include <QPainterPath>

#include <cmath>

namespace hearth::ui {
namespace {

constexpr int kHeight = 32;
constexpr int kSheetWidth = 11;
constexpr int kSheetHeight = 14;
constexpr int kFold = 4;
constexpr qreal kStroke = 1.3;

qreal wordsWidth(TextStyle style, const QString& text) {
    return text.isEmpty() ? 0 : QFontMetricsF(Theme::current().font(style)).horizontalAdvance(text);
}

/// Everything in a chip but its name.
qreal frameWidth(const ChatAttachment& attachment) {
    const qreal detail = wordsWidth(TextStyle::Caption, attachment.detail);
    return 2 * space::kMd + kSheetWidth + space::kSm + (detail > 0 ? detail + space::kSm : 0);
}

void paintSheet(QPainter& painter, const QPointF& topLeft, const QColor& color) {
    QPainterPath sheet;
    const qreal right = topLeft.x() + kSheetWidth;
    const qreal bottom = topLeft.y() + kSheetHeight;
    sheet.moveTo(right - kFold, topLeft.y());
    sheet.lineTo(topLeft);
    sheet.lineTo(topLeft.x(), bottom);
    sheet.lineTo(right, bottom);
    sheet.lineTo(right, topLeft.y() + kFold);
    sheet.lineTo(right - kFold, topLeft.y());
    sheet.lineTo(right - kFold, topLeft.y() + kFold);
    sheet.lineTo(right, topLeft.y() + kFold);
    painter.save();
    painter.setRenderHint(QPainter::Antialiasing);
    painter.strokePath(sheet, QPen(color, kStroke, Qt::SolidLine, Qt::RoundCap, Qt::RoundJoin));
    painter.restore();
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
    paintSheet(painter,
               {rect.left() + space::kMd, std::round(rect.center().y() - kSheetHeight / 2.0)},
               t.muted);
    const qreal room = rect.width() - frameWidth(attachment) + 0.5;
    const QRectF name(rect.left() + space::kMd + kSheetWidth + space::kSm, rect.top(), room,
                      rect.height());
    const QFontMetricsF metrics(theme.font(TextStyle::Ui));
    const QString shown = metrics.elidedText(attachment.name, Qt::ElideMiddle, room);
    paintText(painter, name, TextStyle::Ui, t.text, shown);
    const qreal end = name.left() + metrics.horizontalAdvance(shown) + space::kSm;
    paintText(painter, QRectF(end, rect.top(), rect.right() - end, rect.height()),
              TextStyle::Caption, t.muted, attachment.detail);
}

} // namespace hearth::ui
