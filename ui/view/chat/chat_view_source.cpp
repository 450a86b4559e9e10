#include "view/chat/chat_view_private.h"

#include "view/chat/chat_accessible.h"
#include "view/chat/message_text.h"

#include <QAccessible>

#include <algorithm>
#include <utility>

namespace hearth::ui {
namespace {

constexpr int kFramesPerSecond = 60;

bool endsSentence(const QString& text, int at) {
    static const QString kFullWidth = QStringLiteral("\u3002\uFF01\uFF1F\n");
    static const QString kEnds = QStringLiteral(".!?:");
    const QChar c = text.at(at);
    if (kFullWidth.contains(c))
        return true;
    return kEnds.contains(c) && at + 1 < text.size() && text.at(at + 1).isSpace();
}

} // namespace

void ChatViewPrivate::setSource(ChatSource* source) {
    if (m_source)
        m_source->disconnect(&m_view);
    m_source = source;
    reload();
    if (!source)
        return;
    const auto valid = [this](int index) { return index >= 0 && index < count(); };
    QObject::connect(source, &ChatSource::reset, &m_view, [this] { reload(); });
    QObject::connect(source, &ChatSource::inserted, &m_view,
                     [this](int first, int added) { onInserted(first, added); });
    QObject::connect(source, &ChatSource::removed, &m_view,
                     [this](int first, int gone) { onRemoved(first, gone); });
    QObject::connect(source, &ChatSource::textAppended, &m_view,
                     [this, valid](int index, const QString& piece) {
                         if (!valid(index))
                             return;
                         item(index).append(piece);
                         wake();
                     });
    QObject::connect(source, &ChatSource::stateChanged, &m_view, [this, valid](int index) {
        if (valid(index))
            onStateChanged(index);
    });
    QObject::connect(source, &ChatSource::textReplaced, &m_view, [this, valid](int index) {
        if (valid(index))
            onTextReplaced(index);
    });
}

void ChatViewPrivate::wake() {
    if (!m_flushTimer.isActive())
        m_flushTimer.start(1000 / kFramesPerSecond, &m_view);
}

void ChatViewPrivate::onInserted(int first, int added) {
    if (first < 0 || first > count() || added <= 0)
        return;
    const bool wasEmpty = m_items.empty();
    std::vector<std::unique_ptr<MessageItem>> made;
    made.reserve(static_cast<std::size_t>(added));
    for (int i = 0; i < added; ++i)
        made.push_back(std::make_unique<MessageItem>(m_source->message(first + i)));
    m_items.insert(m_items.begin() + first, std::make_move_iterator(made.begin()),
                   std::make_move_iterator(made.end()));
    m_tops.clear();
    for (int i = first; i < first + added; ++i) {
        item(i).setWidth(columnWidth());
        updateFoot(i);
    }
    if (!m_sticky && m_anchor.message >= first && !wasEmpty)
        m_anchor.message += added;
    shiftPlaces(first, added);
    wake();
    relayout();
    if (isAccessibilityHeard())
        for (int i = first; i < first + added; ++i) {
            QAccessibleEvent event(&m_view, QAccessible::ObjectShow);
            event.setChild(i);
            tellAccessibility(event);
        }
}

void ChatViewPrivate::onRemoved(int first, int gone) {
    const int last = qMin(first + gone, count());
    if (first < 0 || first >= last)
        return;
    m_items.erase(m_items.begin() + first, m_items.begin() + last);
    if (m_anchor.message >= last)
        m_anchor.message -= last - first;
    else if (m_anchor.message >= first)
        m_anchor = {first, -1, 0.0};
    shiftPlaces(first, first - last);
    m_hover = {};
    m_pressed = {};
    m_selecting = false;
    m_allSelected = m_allSelected && !m_items.empty();
    wake();
    relayout();
}

void ChatViewPrivate::shiftPlaces(int first, int step) {
    const int goneEnd = step < 0 ? first - step : first;
    const auto shift = [&](int& message) {
        if (message >= goneEnd)
            message += step;
        else if (message >= first)
            message = -1;
        return message >= 0;
    };
    const bool any = m_selectionAnchor.message >= 0;
    const bool anchorStays = shift(m_selectionAnchor.message);
    const bool caretStays = shift(m_selectionCaret.message);
    if (any && !(anchorStays && caretStays))
        select({}, {});
    shift(m_selectionOrigin.first.message);
    shift(m_selectionOrigin.second.message);
    shift(m_hoverMessage);
    shift(m_hover.position.message);
    if (m_current >= 0 && !shift(m_current))
        m_target = {};
    shift(m_target.position.message);
    if (m_copied.message >= 0 && !shift(m_copied.message))
        m_copied = {};
    if (m_findOrigin.message >= 0 && !shift(m_findOrigin.message))
        m_findOrigin = {qMin(first, count() - 1), 0, 0};
    if (m_findCurrent.message >= 0 && !shift(m_findCurrent.message)) {
        m_findCurrent = {};
        m_findOrigin = {qMin(first, count() - 1), 0, 0};
        m_findWaits = true;
    }
}

void ChatViewPrivate::onStateChanged(int message) {
    const ChatMessage now = m_source->message(message);
    // A reply that is continued is not read again from its start.
    if (now.state == MessageState::Streaming && m_announced.id != now.id &&
        isAccessibilityHeard() && item(message).isLoaded())
        m_announced = {now.id, MessageText(item(message)).length()};
    item(message).setMeta(now);
    m_tops.clear();
    updateFoot(message);
    wake();
}

void ChatViewPrivate::onTextReplaced(int message) {
    const ChatMessage now = m_source->message(message);
    item(message).setMeta(now);
    item(message).replaceText(now.text.size());
    m_tops.clear();
    updateFoot(message);
    const auto [first, last] = std::minmax(m_selectionAnchor, m_selectionCaret);
    if (m_allSelected || (first.message <= message && message <= last.message))
        select({}, {});
    if (m_findCurrent.message == message) {
        m_findOrigin = std::exchange(m_findCurrent, {});
        m_findWaits = true;
    }
    wake();
    relayout();
}

void ChatViewPrivate::announce(int message) {
    const MessageItem& shown = item(message);
    const bool streams = shown.meta().state == MessageState::Streaming;
    if (!isAccessibilityHeard() || !shown.isLoaded() ||
        (!streams && m_announced.id != shown.meta().id))
        return;
    const MessageText text(shown);
    if (m_announced.id != shown.meta().id)
        m_announced = {shown.meta().id, 0};
    const QString news = text.text(m_announced.length, text.length());
    auto end = static_cast<int>(news.size());
    while (streams && end > 0 && !endsSentence(news, end - 1))
        --end;
    if (end > 0) {
        QAccessibleTextInsertEvent event(&m_view, m_announced.length, news.left(end));
        event.setChild(message);
        m_announced.length += end;
        tellAccessibility(event);
    }
    if (!streams && !shown.isPending())
        m_announced = {};
}

void ChatViewPrivate::reload() {
    m_items.clear();
    m_tops.clear();
    m_anchor = {};
    m_sticky = true;
    m_current = -1;
    m_target = {};
    m_hoverMessage = -1;
    m_hover = {};
    m_pressed = {};
    m_copied = {};
    m_selecting = false;
    m_announced = {};
    m_view.clearSelection();
    const int messages = m_source ? m_source->count() : 0;
    m_items.reserve(static_cast<std::size_t>(messages));
    for (int i = 0; i < messages; ++i) {
        m_items.push_back(std::make_unique<MessageItem>(m_source->message(i)));
        item(i).setWidth(columnWidth());
    }
    for (int i = 0; i < messages; ++i)
        updateFoot(i);
    relayout();
    if (!m_findText.isEmpty())
        find(std::exchange(m_findText, QString()));
}

} // namespace hearth::ui
