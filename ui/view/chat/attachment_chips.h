#pragma once

#include "view/chat/chat_source.h"

#include <QPainter>
#include <QRectF>

#include <vector>

namespace hearth::ui {

/// Places of the attachments' chips in rows of a width, from (0, 0) on; one for each.
std::vector<QRectF> layOutChips(const QList<ChatAttachment>& attachments, qreal width);

/// The name, shortened in its middle, and the detail beside it.
void paintChip(QPainter& painter, const QRectF& rect, const ChatAttachment& attachment,
               bool hovered);

} // namespace hearth::ui
