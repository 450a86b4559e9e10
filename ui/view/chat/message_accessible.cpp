#include "view/chat/message_accessible.h"

#include "view/chat/chat_view_private.h"

#include <QScrollBar>
#include <QTextBoundaryFinder>

#include <algorithm>
#include <array>

namespace hearth::ui {
namespace {

/// Boundaries are looked for this far around a place, so that a long text costs no more.
constexpr int kWindow = 4'000;

QString speakerOf(const ChatMessage& message) {
    if (!message.speaker.isEmpty())
        return message.speaker;
    switch (message.role) {
    case ChatRole::Person:
        return ChatView::tr("You");
    case ChatRole::Model:
        return ChatView::tr("Hearth");
    case ChatRole::Notice:
        return ChatView::tr("Notice");
    }
    return {};
}

struct NamedAction {
    MessageAction action;
    const char* name; ///< What assistive programs ask for; not translated.
};
constexpr std::array kActions{
    NamedAction{MessageAction::Copy, "copy"},
    NamedAction{MessageAction::Regenerate, "regenerate"},
    NamedAction{MessageAction::Edit, "edit"},
    NamedAction{MessageAction::Continue, "continue"},
    NamedAction{MessageAction::Fork, "branch"},
};

QString titleOf(MessageAction action) {
    switch (action) {
    case MessageAction::Copy:
        return ChatView::tr("Copy message");
    case MessageAction::Regenerate:
        return ChatView::tr("Regenerate");
    case MessageAction::Edit:
        return ChatView::tr("Edit");
    case MessageAction::Continue:
        return ChatView::tr("Continue");
    case MessageAction::Fork:
        return ChatView::tr("Branch to a new chat");
    }
    return {};
}

QTextBoundaryFinder::BoundaryType finderType(QAccessible::TextBoundaryType boundary) {
    switch (boundary) {
    case QAccessible::WordBoundary:
        return QTextBoundaryFinder::Word;
    case QAccessible::SentenceBoundary:
        return QTextBoundaryFinder::Sentence;
    default:
        return QTextBoundaryFinder::Grapheme;
    }
}

/// The unit of a text that holds a place.
std::pair<int, int> unitAround(const QString& text, int at,
                               QAccessible::TextBoundaryType boundary) {
    const auto size = static_cast<int>(text.size());
    at = qBound(0, at, size);
    if (boundary == QAccessible::NoBoundary)
        return {0, size};
    if (boundary == QAccessible::LineBoundary || boundary == QAccessible::ParagraphBoundary) {
        const auto before = at == 0 ? -1 : text.lastIndexOf(u'\n', at - 1);
        const auto after = text.indexOf(u'\n', at);
        return {static_cast<int>(before) + 1, after < 0 ? size : static_cast<int>(after) + 1};
    }
    QTextBoundaryFinder finder(finderType(boundary), text);
    finder.setPosition(at);
    const auto end = finder.toNextBoundary();
    finder.setPosition(at);
    const auto start = finder.isAtBoundary() ? at : finder.toPreviousBoundary();
    return {static_cast<int>(qMax<qsizetype>(0, start)), end < 0 ? size : static_cast<int>(end)};
}

} // namespace

ChatViewPrivate& MessageInterface::chat() const {
    return ChatViewPrivate::of(m_view);
}

ChatMessage MessageInterface::message() const {
    return chat().item(m_index).meta();
}

bool MessageInterface::isValid() const {
    return m_view.source() && m_index < chat().count() && m_index < m_view.source()->count();
}

QString MessageInterface::text(QAccessible::Text kind) const {
    if (!isValid())
        return {};
    const ChatMessage shown = message();
    if (kind == QAccessible::Name)
        return speakerOf(shown);
    if (kind == QAccessible::Description)
        return shown.state == MessageState::Failed ? shown.error
               : shown.status.isEmpty()            ? shown.footer
                                                   : shown.status;
    return kind == QAccessible::Value ? text(0, kWindow) : QString();
}

QRect MessageInterface::rect() const {
    const QRect inView = isValid() ? m_view.messageRect(m_index) : QRect();
    return {m_view.viewport()->mapToGlobal(inView.topLeft()), inView.size()};
}

QAccessible::State MessageInterface::state() const {
    QAccessible::State state;
    if (!isValid()) {
        state.invalid = true;
        return state;
    }
    state.readOnly = true;
    state.multiLine = true;
    state.selectableText = true;
    state.focusable = true;
    state.focused = m_view.hasFocus() && chat().m_current == m_index;
    state.offscreen = !m_view.messageRect(m_index).intersects(m_view.viewport()->rect());
    state.busy = message().state == MessageState::Streaming;
    return state;
}

void* MessageInterface::interface_cast(QAccessible::InterfaceType type) {
    if (type == QAccessible::TextInterface)
        return static_cast<QAccessibleTextInterface*>(this);
    if (type == QAccessible::ActionInterface)
        return static_cast<QAccessibleActionInterface*>(this);
    return nullptr;
}

const MessageText& MessageInterface::whole() const {
    chat().prepare(m_index);
    const MessageItem& item = chat().item(m_index);
    if (!m_text || m_revision != item.revision()) {
        m_text.emplace(item);
        m_revision = item.revision();
    }
    return *m_text;
}

QString MessageInterface::text(int start, int end) const {
    return isValid() ? whole().text(start, end) : QString();
}

int MessageInterface::characterCount() const {
    return isValid() ? whole().length() : 0;
}

QString MessageInterface::unit(int offset, int step, QAccessible::TextBoundaryType boundary,
                               int* start, int* end) const {
    *start = *end = -1;
    if (!isValid() || offset < -1 || offset > characterCount())
        return {};
    offset = offset == -1 ? characterCount() : offset;
    const bool all = boundary == QAccessible::NoBoundary;
    const int from = all ? 0 : qMax(0, offset - kWindow);
    const QString window =
        whole().text(from, all ? characterCount() : qMin(characterCount(), offset + kWindow));
    auto [first, last] = unitAround(window, offset - from, boundary);
    if (step != 0 && all)
        return {};
    if (step < 0) {
        if (first == 0)
            return {};
        std::tie(first, last) = unitAround(window, first - 1, boundary);
    } else if (step > 0) {
        if (last >= window.size())
            return {};
        std::tie(first, last) = unitAround(window, last, boundary);
    }
    *start = from + first;
    *end = from + last;
    return window.mid(first, last - first);
}

QString MessageInterface::textBeforeOffset(int offset, QAccessible::TextBoundaryType boundary,
                                           int* start, int* end) const {
    return unit(offset, -1, boundary, start, end);
}

QString MessageInterface::textAfterOffset(int offset, QAccessible::TextBoundaryType boundary,
                                          int* start, int* end) const {
    return unit(offset, 1, boundary, start, end);
}

QString MessageInterface::textAtOffset(int offset, QAccessible::TextBoundaryType boundary,
                                       int* start, int* end) const {
    return unit(offset, 0, boundary, start, end);
}

void MessageInterface::selection(int index, int* start, int* end) const {
    *start = *end = 0;
    if (index != 0 || selectionCount() == 0)
        return;
    ChatViewPrivate& view = chat();
    const auto [first, last] = std::minmax(view.m_selectionAnchor, view.m_selectionCaret);
    const bool all = view.m_allSelected;
    *start = all || first.message < m_index ? 0 : whole().offsetOf(first.block, first.offset);
    *end = all || last.message > m_index ? characterCount()
                                         : whole().offsetOf(last.block, last.offset);
}

int MessageInterface::selectionCount() const {
    if (!isValid() || !m_view.hasSelection())
        return 0;
    const ChatViewPrivate& view = chat();
    const auto [first, last] =
        std::minmax(view.m_selectionAnchor.message, view.m_selectionCaret.message);
    return view.m_allSelected || (first <= m_index && m_index <= last) ? 1 : 0;
}

void MessageInterface::addSelection(int start, int end) {
    setSelection(0, start, end);
}

void MessageInterface::removeSelection(int) {
    m_view.clearSelection();
}

void MessageInterface::setSelection(int, int start, int end) {
    if (!isValid())
        return;
    const MessageText::Place from = whole().placeAt(start);
    const MessageText::Place to = whole().placeAt(end);
    chat().select({m_index, from.block, from.offset}, {m_index, to.block, to.offset});
}

int MessageInterface::cursorPosition() const {
    const TextPosition caret = chat().m_selectionCaret;
    return isValid() && caret.message == m_index ? whole().offsetOf(caret.block, caret.offset) : 0;
}

void MessageInterface::setCursorPosition(int position) {
    setSelection(0, position, position);
}

QRect MessageInterface::characterRect(int offset) const {
    if (!isValid() || offset < 0 || offset > characterCount())
        return {};
    const MessageText::Place place = whole().placeAt(offset);
    const ChatViewPrivate& view = chat();
    const MessageItem& item = view.item(m_index);
    const BlockLayout* laid = place.block < item.blockCount() ? item.layout(place.block) : nullptr;
    if (!laid)
        return rect();
    QRectF caret = laid->caretAt(place.offset);
    const QRectF next = laid->caretAt(place.offset + 1);
    if (next.top() == caret.top() && next.left() > caret.left())
        caret.setRight(next.left());
    const QPointF origin(view.columnLeft() + item.bodyLeft(),
                         view.messageTop(m_index) + view.blockTop(m_index, place.block) -
                             m_view.verticalScrollBar()->value());
    const QRect inView = caret.translated(origin).toAlignedRect();
    return {m_view.viewport()->mapToGlobal(inView.topLeft()), inView.size()};
}

int MessageInterface::offsetAtPoint(const QPoint& point) const {
    if (!isValid())
        return -1;
    const TextPosition position = chat().positionAt(m_view.viewport()->mapFromGlobal(point));
    return position.message == m_index ? whole().offsetOf(position.block, position.offset) : -1;
}

void MessageInterface::scrollToSubstring(int start, int) {
    if (!isValid())
        return;
    const MessageText::Place place = whole().placeAt(start);
    chat().reveal(TextPosition{m_index, place.block, place.offset});
}

QString MessageInterface::attributes(int, int* start, int* end) const {
    *start = 0;
    *end = characterCount();
    return {};
}

QStringList MessageInterface::actionNames() const {
    QStringList names{setFocusAction(), pressAction()};
    if (!isValid())
        return {};
    for (const NamedAction& known : kActions)
        if (message().actions & known.action)
            names.append(QString::fromLatin1(known.name));
    return names;
}

QString MessageInterface::localizedActionName(const QString& name) const {
    for (const NamedAction& known : kActions)
        if (name == QLatin1String(known.name))
            return titleOf(known.action);
    return QAccessibleActionInterface::localizedActionName(name);
}

void MessageInterface::doAction(const QString& name) {
    if (!isValid())
        return;
    if (name == setFocusAction() || name == pressAction()) {
        m_view.setFocus(Qt::OtherFocusReason);
        chat().setCurrent(m_index);
        if (!m_view.viewport()->rect().intersects(m_view.messageRect(m_index)))
            m_view.scrollToMessage(m_index);
        return;
    }
    for (const NamedAction& known : kActions)
        if (name == QLatin1String(known.name) && (message().actions & known.action))
            return chat().activateAction(message(), known.action);
}

} // namespace hearth::ui
