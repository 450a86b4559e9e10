#include "view/chat/chat_view_private.h"

#include "view/chat/attachment_chips.h"
#include "view/chat/highlighter.h"
#include "view/components/code_header.h"
#include "view/theme/paint.h"
#include "view/theme/theme.h"

#include <QPainter>
#include <QScrollBar>
#include <QTextLayout>
#include <QTime>

#include <algorithm>
#include <cmath>
#include <numbers>

namespace hearth::ui {
namespace {

constexpr int kPulseFrame = 50;
constexpr int kCursorWidth = 8;
constexpr int kMark = 72;

} // namespace

qreal ChatViewPrivate::pulse() const {
    if (Theme::current().reducedMotion())
        return 1.0;
    const double turn =
        static_cast<double>(QTime::currentTime().msecsSinceStartOfDay() % motion::kPulse) /
        motion::kPulse;
    return 0.5 + 0.5 * std::cos(2 * std::numbers::pi * turn);
}

/// Runs the pulse only while something that pulses may be in sight: it is always in the last ones.
void ChatViewPrivate::updatePulse() {
    const bool live = !Theme::current().reducedMotion() && m_view.isVisible() &&
                      std::any_of(m_items.begin(), m_items.end(), [](const auto& shown) {
                          const MessageState state = shown->meta().state;
                          return state == MessageState::Streaming ||
                                 state == MessageState::Queued || state == MessageState::Prefilling;
                      });
    if (live && !m_pulseTimer.isActive())
        m_pulseTimer.start(kPulseFrame, &m_view);
    else if (!live)
        m_pulseTimer.stop();
}

void ChatViewPrivate::paint(QPainter& painter, const QRect& exposed) {
    const Tokens& t = Theme::current().tokens();
    painter.fillRect(exposed, t.canvas);
    if (m_items.empty())
        return paintEmpty(painter);
    const int scroll = m_view.verticalScrollBar()->value();
    painter.translate(columnLeft(), -scroll);
    const QRectF area = QRectF(exposed).translated(-columnLeft(), static_cast<qreal>(scroll));
    for (int i = messageAt(area.top()); i >= 0 && i < count(); ++i) {
        const qreal top = messageTop(i);
        if (top > area.bottom())
            break;
        paintMessage(painter, i, top, area);
    }
}

void ChatViewPrivate::paintMessage(QPainter& painter, int message, qreal top,
                                   const QRectF& exposed) {
    MessageItem& shown = item(message);
    if (!shown.isLoaded())
        return;
    const Tokens& t = Theme::current().tokens();
    const QList<ChatAttachment>& attachments = shown.meta().attachments;
    if (shown.isPerson() && (shown.hasText() || !attachments.isEmpty()))
        paintPanel(painter, shown.bubbleRect().translated(0, top), radius::kComposer, t.sunken,
                   t.dark ? t.border : QColor());
    for (int i = 0; i < static_cast<int>(attachments.size()); ++i)
        paintChip(painter, shown.attachmentRect(i).translated(0, top), attachments.at(i),
                  m_hover.kind == HitKind::Attachment && m_hover.position.message == message &&
                      m_hover.position.offset == i);
    const bool chosen = message == m_current && m_view.hasFocus();
    if (chosen && m_target.kind == HitKind::Nothing)
        paintFocusRing(painter,
                       QRectF(-space::kMd, top - space::kSm, columnWidth() + 2 * space::kMd,
                              messageHeight(message) + space::kMd),
                       radius::kCard);
    const qreal left = shown.bodyLeft();
    forBlocks(message, [&](int block, qreal y) {
        const QPointF origin(left, top + y);
        if (origin.y() > exposed.bottom())
            return false;
        if (origin.y() + shown.blockHeight(block) >= exposed.top())
            paintBlock(painter, message, block, origin, exposed);
        return true;
    });
    paintFoot(painter, message, QPointF(0, top));
    if (!chosen || m_target.kind == HitKind::Nothing)
        return;
    for (const Target& target : targets(message))
        if (target.hit.isSameTarget(m_target))
            paintFocusRing(painter, target.rect.translated(0, top), radius::kControl);
}

void ChatViewPrivate::paintBlock(QPainter& painter, int message, int block, const QPointF& origin,
                                 const QRectF& exposed) {
    MessageItem& shown = item(message);
    shown.ensureLayout(block);
    const BlockLayout* laid = shown.layout(block);
    BlockLayout::Marks marks;
    marks.selection = selectionIn(message, block);
    const auto first = std::lower_bound(
        shown.matches.begin(), shown.matches.end(), block,
        [](const MessageItem::Match& match, int wanted) { return match.block < wanted; });
    for (auto match = first; match != shown.matches.end() && match->block == block; ++match) {
        if (FindPlace{message, block, match->start} == m_findCurrent)
            marks.current = {match->start, match->start + match->length};
        marks.found.push_back({match->start, match->start + match->length});
    }
    laid->paint(painter, origin, exposed, marks);
    const QRectF header = laid->codeHeaderRect();
    if (header.isValid()) {
        CodeHeader line{languageTitle(laid->block().language), CodeHeader::Copy::Rest};
        const bool hovered = m_hover.kind == HitKind::CodeCopy &&
                             m_hover.position.message == message && m_hover.position.block == block;
        if (m_copied == TextPosition{message, block, 0})
            line.copy = CodeHeader::Copy::Copied;
        else if (hovered)
            line.copy = m_pressed.kind == HitKind::CodeCopy ? CodeHeader::Copy::Pressed
                                                            : CodeHeader::Copy::Hovered;
        line.paint(painter, header.translated(origin));
    }
    if (laid->block().kind == Block::Kind::Thought)
        paintThought(painter, message,
                     QRectF(origin, QSizeF(columnWidth(), shown.blockHeight(block))));
}

void ChatViewPrivate::paintThought(QPainter& painter, int message, const QRectF& rect) {
    const Theme& theme = Theme::current();
    const Tokens& t = theme.tokens();
    const MessageItem& shown = item(message);
    const bool open = shown.isThoughtOpen();
    const bool running =
        shown.block(0).thoughtOpen && shown.meta().state == MessageState::Streaming;
    const QString& known = shown.meta().thought;
    const QString text = !known.isEmpty() ? known
                         : running        ? ChatView::tr("Thinking…")
                                          : ChatView::tr("Thoughts");
    const qreal words = QFontMetricsF(theme.font(TextStyle::Ui)).horizontalAdvance(text);
    const bool hovered = m_hover.kind == HitKind::Thought && m_hover.position.message == message;
    const qreal ratio = painter.device()->devicePixelRatioF();
    const int side = size::kIconSmall;
    const qreal iconTop = rect.top() + (rect.height() - side) / 2;
    QColor color = hovered ? t.text : t.muted;
    if (running)
        color = blend(t.muted, t.accent, pulse());
    painter.drawPixmap(QPointF(rect.left(), iconTop),
                       iconPixmap(Icon::Thought, color, side, ratio));
    paintText(painter, rect.adjusted(side + space::kSm - 2, 0, 0, 0), TextStyle::Ui,
              hovered ? t.text : t.muted, text);
    painter.drawPixmap(QPointF(rect.left() + side + space::kSm + words + 2, iconTop),
                       iconPixmap(open ? Icon::ChevronDown : Icon::ChevronRight,
                                  hovered ? t.text : t.muted, side, ratio));
}

void ChatViewPrivate::paintCursor(QPainter& painter, int message, const QPointF& origin) {
    const MessageItem& shown = item(message);
    QRectF caret(0, 0, 1, Theme::current().lineHeight(TextStyle::Chat));
    int last = shown.blockCount() - 1;
    if (last > 0 && shown.isHidden(last))
        last = 0;
    const qreal lastTop =
        last < 0 ? 0 : shown.bodyHeight() - shown.bodyTop() - shown.blockHeight(last);
    if (last >= 0 && shown.block(last).kind == Block::Kind::Thought)
        return;
    if (last >= 0 && shown.layout(last))
        caret = shown.layout(last)
                    ->caretAt(static_cast<int>(shown.block(last).text.size()))
                    .translated(0, lastTop);
    QColor color = Theme::current().tokens().accent;
    color.setAlphaF(static_cast<float>(0.35 + 0.65 * pulse()));
    const qreal height =
        qMin<qreal>(caret.height(), Theme::current().font(TextStyle::Chat).pixelSize() + 2);
    paintPanel(painter,
               QRectF(origin.x() + caret.left() + 2, origin.y() + caret.center().y() - height / 2,
                      kCursorWidth, height),
               2, color);
}

void ChatViewPrivate::paintEmpty(QPainter& painter) {
    if (m_emptyTitle.isEmpty())
        return;
    const Theme& theme = Theme::current();
    const Tokens& t = theme.tokens();
    const QRectF area = m_view.viewport()->rect();
    const qreal width = qMin<qreal>(columnWidth(), size::kChatColumn * 0.72);
    const QFontMetricsF metrics(theme.font(TextStyle::Chat));
    const qreal textHeight =
        m_emptyText.isEmpty()
            ? 0
            : metrics.boundingRect(QRectF(0, 0, width, 1e4), Qt::TextWordWrap, m_emptyText)
                  .height();
    const int titleHeight = theme.lineHeight(TextStyle::Display);
    const qreal whole = kMark + space::kLg + titleHeight + space::kSm + textHeight;
    qreal y = qMax<qreal>(space::kXl, (area.height() - whole) * 0.44);
    const qreal left = (area.width() - width) / 2;
    applicationIcon().paint(&painter,
                            QRect(qRound((area.width() - kMark) / 2), qRound(y), kMark, kMark));
    y += kMark + space::kLg;
    paintText(painter, QRectF(left, y, width, titleHeight), TextStyle::Display, t.text,
              m_emptyTitle, Qt::AlignCenter);
    y += titleHeight + space::kSm;
    painter.setFont(theme.font(TextStyle::Chat));
    painter.setPen(t.muted);
    painter.drawText(QRectF(left, y, width, textHeight + 2), Qt::TextWordWrap | Qt::AlignHCenter,
                     m_emptyText);
}

} // namespace hearth::ui
