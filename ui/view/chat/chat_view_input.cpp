#include "view/chat/chat_view_private.h"

#include "view/chat/chat_accessible.h"
#include "view/components/code_header.h"
#include "view/theme/theme.h"

#include <QAccessible>
#include <QClipboard>
#include <QGuiApplication>
#include <QKeyEvent>
#include <QScrollBar>

#include <algorithm>

namespace hearth::ui {
namespace {

constexpr int kCopiedMilliseconds = 1600;

} // namespace

Hit ChatViewPrivate::hitAt(const QPointF& point) const {
    Hit hit;
    const QPointF place(point.x() - columnLeft(), point.y() + m_view.verticalScrollBar()->value());
    const int message = messageAt(place.y());
    if (message < 0 || !item(message).isLoaded())
        return hit;
    const MessageItem& shown = item(message);
    const QPointF local = place - QPointF(0, messageTop(message));
    for (const Target& button : footButtons(message))
        if (button.hit.kind != HitKind::Nothing && button.rect.contains(local))
            return button.hit;
    hit.position.message = message;
    for (int i = 0; i < static_cast<int>(shown.meta().attachments.size()); ++i)
        if (shown.attachmentRect(i).contains(local)) {
            hit.kind = HitKind::Attachment;
            hit.position.offset = i;
            return hit;
        }
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
        activateAction(meta, hit.action);
        break;
    case HitKind::Attachment:
        emit m_view.attachmentActivated(meta.id, hit.position.offset);
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

void ChatViewPrivate::activateAction(const ChatMessage& message, MessageAction action) {
    const QString id = message.id;
    switch (action) {
    case MessageAction::Copy:
        return emit m_view.copyRequested(id);
    case MessageAction::Regenerate:
        return emit m_view.regenerateRequested(id);
    case MessageAction::Edit:
        return emit m_view.editRequested(id);
    case MessageAction::Continue:
        return emit m_view.continueRequested(id);
    case MessageAction::Fork:
        return emit m_view.forkRequested(id);
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

QString ChatViewPrivate::toolTipOf(const Hit& hit) const {
    const int message = hit.position.message;
    if (message < 0 || message >= count())
        return {};
    if (hit.kind == HitKind::Attachment) {
        const ChatAttachment attachment =
            item(message).meta().attachments.value(hit.position.offset);
        return attachment.detail.isEmpty() ? attachment.name
                                           : attachment.name + u'\n' + attachment.detail;
    }
    for (const Target& button : footButtons(message))
        if (button.hit.isSame(hit))
            return button.name;
    return hit.link;
}

void ChatViewPrivate::moveCurrent(int step) {
    if (m_items.empty())
        return;
    const QScrollBar* bar = m_view.verticalScrollBar();
    const int first =
        step < 0 ? messageAt(bar->value() + m_view.viewport()->height()) : messageAt(bar->value());
    setCurrent(m_current < 0 ? first : qBound(0, m_current + step, count() - 1));
    const qreal top = messageTop(m_current);
    const int viewport = m_view.viewport()->height();
    if (top < bar->value() + space::kMd || top + messageHeight(m_current) > bar->value() + viewport)
        m_view.scrollToMessage(m_current);
}

void ChatViewPrivate::setCurrent(int message) {
    m_target = {};
    const int before = std::exchange(m_current, message);
    m_view.viewport()->update();
    if (message < 0 || message == before || !isAccessibilityHeard())
        return;
    QAccessibleEvent event(&m_view, QAccessible::Focus);
    event.setChild(message);
    tellAccessibility(event);
}

bool ChatViewPrivate::moveTarget(int step) {
    if (m_current < 0 || m_current >= count())
        return false;
    const std::vector<Target> all = targets(m_current);
    const auto here = std::find_if(all.begin(), all.end(), [this](const Target& target) {
        return target.hit.isSameTarget(m_target);
    });
    const bool chosen = m_target.kind != HitKind::Nothing && here != all.end();
    // Before the first of them stands the message itself.
    const int next = (chosen ? static_cast<int>(here - all.begin()) : -1) + step;
    if (next < -1 || next >= static_cast<int>(all.size()))
        return false;
    m_target = next < 0 ? Hit{} : all[static_cast<std::size_t>(next)].hit;
    if (next >= 0) {
        const QRectF rect = all[static_cast<std::size_t>(next)].rect;
        reveal(m_current, rect.top() - space::kSm, rect.height() + space::kLg);
    }
    m_view.viewport()->update();
    return true;
}

bool ChatViewPrivate::activateTarget() {
    if (m_current < 0 || m_current >= count() || m_target.kind == HitKind::Nothing)
        return false;
    for (const Target& target : targets(m_current))
        if (target.hit.isSameTarget(m_target)) {
            activate(target.hit);
            return true;
        }
    return false;
}

/// False: the key is another's.
bool ChatViewPrivate::keyPressed(QKeyEvent& event) {
    QScrollBar* bar = m_view.verticalScrollBar();
    const bool control = event.modifiers() & Qt::ControlModifier;
    const auto scroll = [bar](QScrollBar::SliderAction action) {
        bar->triggerAction(action);
        return true;
    };
    if (event.matches(QKeySequence::Copy))
        return m_view.copySelection(), true;
    if (event.matches(QKeySequence::SelectAll))
        return m_view.selectAll(), true;
    if (extendSelection(event))
        return true;
    if (event.modifiers() & (Qt::AltModifier | Qt::MetaModifier))
        return false;
    switch (event.key()) {
    case Qt::Key_Up:
        return control ? (moveCurrent(-1), true) : scroll(QScrollBar::SliderSingleStepSub);
    case Qt::Key_Down:
        return control ? (moveCurrent(1), true) : scroll(QScrollBar::SliderSingleStepAdd);
    case Qt::Key_Left:
        return !control && moveTarget(-1);
    case Qt::Key_Right:
        return !control && moveTarget(1);
    case Qt::Key_Return:
    case Qt::Key_Enter:
        return activateTarget();
    case Qt::Key_PageUp:
        return scroll(QScrollBar::SliderPageStepSub);
    case Qt::Key_PageDown:
        return scroll(QScrollBar::SliderPageStepAdd);
    case Qt::Key_Space:
        return activateTarget() || scroll(QScrollBar::SliderPageStepAdd);
    case Qt::Key_Home:
        return scroll(QScrollBar::SliderToMinimum);
    case Qt::Key_End:
        return m_view.scrollToBottom(), true;
    case Qt::Key_Escape:
        if (m_view.hasSelection())
            return m_view.clearSelection(), true;
        if (m_current < 0)
            return false;
        return setCurrent(-1), true;
    default:
        return false;
    }
}

} // namespace hearth::ui
