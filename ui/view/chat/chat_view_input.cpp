#include "view/chat/chat_view_private.h"

#include "view/components/code_header.h"
#include "view/theme/theme.h"

#include <QClipboard>
#include <QGuiApplication>
#include <QScrollBar>

#include <algorithm>

namespace hearth::ui {
namespace {

constexpr int kCopiedMilliseconds = 1600;
constexpr int kAutoScrollMilliseconds = 30;
constexpr int kAutoScrollStep = 24;

} // namespace

Hit ChatViewPrivate::hitAt(const QPointF& point) const {
    Hit hit;
    const QPointF place(point.x() - columnLeft(), point.y() + m_view.verticalScrollBar()->value());
    const int message = messageAt(place.y());
    if (message < 0 || !item(message).isLoaded())
        return hit;
    const MessageItem& shown = item(message);
    const QPointF local = place - QPointF(0, messageTop(message));
    for (const FootButton& button : footButtons(message))
        if (button.hit.kind != HitKind::Nothing && button.rect.contains(local))
            return button.hit;
    hit.position.message = message;
    if (errorButtonRect(message).contains(local)) {
        hit.kind = HitKind::ErrorAction;
        return hit;
    }
    const qreal left = shown.bodyLeft();
    forBlocks(message, [&](int block, qreal y) {
        if (local.y() < y)
            return false;
        const BlockLayout* laid = shown.layout(block);
        if (local.y() >= y + shown.blockHeight(block) || !laid)
            return true;
        const QPointF inBlock = local - QPointF(left, y);
        hit.position.block = block;
        const QRectF header = laid->codeHeaderRect();
        if (header.isValid() && CodeHeader::copyRect(header).contains(inBlock)) {
            hit.kind = HitKind::CodeCopy;
        } else if (laid->block().kind == Block::Kind::Thought) {
            hit.kind = HitKind::Thought;
        } else if (inBlock.x() >= 0 && inBlock.x() <= laid->naturalWidth() + space::kMd) {
            hit.position.offset = laid->offsetAt(inBlock);
            hit.link = laid->linkAt(inBlock);
            hit.kind = hit.link.isEmpty() ? HitKind::Text : HitKind::Link;
        }
        return false;
    });
    return hit;
}

TextPosition ChatViewPrivate::positionAt(const QPointF& point) const {
    const QPointF place(point.x() - columnLeft(), point.y() + m_view.verticalScrollBar()->value());
    TextPosition position;
    position.message = messageAt(place.y());
    if (position.message < 0 || !item(position.message).isLoaded())
        return position;
    const MessageItem& shown = item(position.message);
    const QPointF local = place - QPointF(shown.bodyLeft(), messageTop(position.message));
    forBlocks(position.message, [&](int block, qreal y) {
        if (block > 0 && local.y() < y - shown.gapBefore(block) / 2)
            return false;
        position.block = block;
        const BlockLayout* laid = shown.layout(block);
        const int length = static_cast<int>(shown.block(block).text.size());
        position.offset = laid && local.y() <= y + shown.blockHeight(block) + space::kXs
                              ? laid->offsetAt(local - QPointF(0, y))
                              : length;
        return true;
    });
    return position;
}

void ChatViewPrivate::activate(const Hit& hit) {
    const int message = hit.position.message;
    if (message < 0 || message >= count())
        return;
    const ChatMessage& meta = item(message).meta();
    switch (hit.kind) {
    case HitKind::Link:
        emit m_view.linkActivated(hit.link);
        break;
    case HitKind::CodeCopy:
        QGuiApplication::clipboard()->setText(codeText(message, hit.position.block));
        m_copied = {message, hit.position.block, 0};
        m_copiedTimer.start(kCopiedMilliseconds, &m_view);
        emit m_view.codeCopied();
        break;
    case HitKind::Thought:
        item(message).toggleThought();
        m_sticky = false;
        relayout();
        onScrolled();
        break;
    case HitKind::Action:
        if (hit.action == MessageAction::Copy)
            emit m_view.copyRequested(meta.id);
        else if (hit.action == MessageAction::Regenerate)
            emit m_view.regenerateRequested(meta.id);
        else if (hit.action == MessageAction::Edit)
            emit m_view.editRequested(meta.id);
        else
            emit m_view.continueRequested(meta.id);
        break;
    case HitKind::ErrorAction:
        emit m_view.errorActionRequested(meta.id);
        break;
    case HitKind::PreviousVersion:
        if (meta.version > 1)
            emit m_view.versionRequested(meta.id, meta.version - 1);
        break;
    case HitKind::NextVersion:
        if (meta.version < meta.versions)
            emit m_view.versionRequested(meta.id, meta.version + 1);
        break;
    case HitKind::Nothing:
    case HitKind::Text:
        break;
    }
}

void ChatViewPrivate::setHover(const Hit& hit) {
    const int message = hit.position.message >= 0
                            ? hit.position.message
                            : (m_view.viewport()->underMouse() ? m_hoverMessage : -1);
    const bool changed = !hit.isSame(m_hover) || message != m_hoverMessage;
    m_hover = hit;
    m_hoverMessage = message;
    Qt::CursorShape shape = Qt::ArrowCursor;
    if (hit.kind == HitKind::Text)
        shape = Qt::IBeamCursor;
    else if (hit.kind != HitKind::Nothing)
        shape = Qt::PointingHandCursor;
    m_view.viewport()->setCursor(shape);
    if (changed)
        m_view.viewport()->update();
}

void ChatViewPrivate::select(const TextPosition& anchor, const TextPosition& caret) {
    m_selectionAnchor = anchor;
    m_selectionCaret = caret;
    m_allSelected = false;
    m_view.viewport()->update();
}

TextRange ChatViewPrivate::selectionIn(int message, int block) const {
    const int length = static_cast<int>(item(message).block(block).text.size());
    if (m_allSelected)
        return {0, length};
    if (m_selectionAnchor.message < 0 || m_selectionCaret.message < 0)
        return {};
    const auto [first, last] = std::minmax(m_selectionAnchor, m_selectionCaret);
    const TextPosition begin{message, block, 0};
    const TextPosition end{message, block, length};
    if (last < begin || end < first)
        return {};
    TextRange range{0, length};
    if (first.message == message && first.block == block)
        range.start = first.offset;
    if (last.message == message && last.block == block)
        range.end = qMin(length, last.offset);
    return range;
}

QString ChatViewPrivate::selectedText() const {
    QString text;
    const int first = m_allSelected ? 0 : qMin(m_selectionAnchor.message, m_selectionCaret.message);
    const int last =
        m_allSelected ? count() - 1 : qMax(m_selectionAnchor.message, m_selectionCaret.message);
    for (int message = qMax(0, first); first >= 0 && message <= last && message < count();
         ++message) {
        if (!item(message).isLoaded()) {
            // Never in sight: its blocks are read without being laid out.
            item(message).load(m_source ? m_source->message(message).text : QString());
            item(message).setWidth(columnWidth());
            while (item(message).advance(1 << 20)) {
            }
        }
        const MessageItem& shown = item(message);
        int before = -1;
        for (int block = 0; block < shown.blockCount(); ++block) {
            if (shown.isHidden(block))
                continue;
            const TextRange range = selectionIn(message, block);
            const Block& leaf = shown.block(block);
            if (range.isEmpty())
                continue;
            if (!text.isEmpty()) {
                const bool inList = before >= 0 && leaf.tight && shown.block(before).listDepth > 0;
                const bool near = before >= 0 && (leaf.continues || inList);
                text += near ? QStringLiteral("\n") : QStringLiteral("\n\n");
            }
            if (range.start == 0 && !leaf.marker.isEmpty())
                text += QString(2 * qMax(0, leaf.listDepth - 1), u' ') + leaf.marker + u' ';
            text += QStringView(leaf.text).mid(range.start, range.end - range.start);
            before = block;
        }
    }
    return text;
}

QString ChatViewPrivate::codeText(int message, int block) const {
    const MessageItem& shown = item(message);
    QString code;
    for (int i = block; i < shown.blockCount(); ++i) {
        const Block& segment = shown.block(i);
        if (i > block && !segment.continues)
            break;
        if (i > block)
            code += u'\n';
        code += segment.text;
        if (!segment.continued)
            break;
    }
    return code + u'\n';
}

void ChatViewPrivate::selectWord(const TextPosition& position) {
    if (position.message < 0 || position.block >= item(position.message).blockCount())
        return;
    const QString& text = item(position.message).block(position.block).text;
    const auto isWord = [&](int at) {
        return at >= 0 && at < text.size() &&
               (text.at(at).isLetterOrNumber() || text.at(at) == u'_');
    };
    TextPosition from = position;
    TextPosition to = position;
    while (isWord(from.offset - 1))
        --from.offset;
    while (isWord(to.offset))
        ++to.offset;
    if (from == to && to.offset < text.size())
        ++to.offset;
    select(from, to);
}

/// While a selection is dragged beyond the edge, the view follows.
void ChatViewPrivate::autoScroll() {
    const int height = m_view.viewport()->height();
    int step = 0;
    if (m_pointer.y() < 0)
        step = -kAutoScrollStep;
    else if (m_pointer.y() > height)
        step = kAutoScrollStep;
    if (!m_selecting || step == 0)
        return m_scrollTimer.stop();
    if (!m_scrollTimer.isActive())
        m_scrollTimer.start(kAutoScrollMilliseconds, &m_view);
    QScrollBar* bar = m_view.verticalScrollBar();
    bar->setValue(bar->value() + step);
    select(m_selectionAnchor,
           positionAt(QPointF(m_pointer.x(), qBound(0.0, m_pointer.y(), height - 1.0))));
}

void ChatViewPrivate::moveCurrent(int step) {
    if (m_items.empty())
        return;
    m_current = m_current < 0
                    ? (step < 0 ? count() - 1 : messageAt(m_view.verticalScrollBar()->value()))
                    : qBound(0, m_current + step, count() - 1);
    const qreal top = messageTop(m_current);
    const int scroll = m_view.verticalScrollBar()->value();
    const int viewport = m_view.viewport()->height();
    if (top < scroll + space::kMd || top + messageHeight(m_current) > scroll + viewport)
        m_view.scrollToMessage(m_current);
    m_view.viewport()->update();
}

} // namespace hearth::ui
