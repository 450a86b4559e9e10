#include "view/chat/chat_accessible.h"

#include "view/chat/chat_source.h"
#include "view/chat/chat_view.h"

#include <QAccessible>
#include <QAccessibleWidget>
#include <QHash>

namespace hearth::ui {
namespace {

QString speaker(ChatRole role) {
    switch (role) {
    case ChatRole::Person:
        return ChatView::tr("You");
    case ChatRole::Model:
        return ChatView::tr("Model");
    case ChatRole::Notice:
        return ChatView::tr("Notice");
    }
    return {};
}

/// A message by its place in the chat; it looks the text up whenever it is asked.
class MessageInterface : public QAccessibleInterface {
public:
    MessageInterface(QAccessibleInterface& list, ChatView& view, int index)
        : m_list(list)
        , m_view(view)
        , m_index(index) {}

    bool isValid() const override { return m_view.source() && m_index < m_view.source()->count(); }
    QObject* object() const override { return nullptr; }
    QAccessibleInterface* parent() const override { return &m_list; }
    QAccessibleInterface* child(int) const override { return nullptr; }
    QAccessibleInterface* childAt(int, int) const override { return nullptr; }
    int childCount() const override { return 0; }
    int indexOfChild(const QAccessibleInterface*) const override { return -1; }
    QAccessible::Role role() const override { return QAccessible::ListItem; }

    QString text(QAccessible::Text kind) const override {
        if (!isValid())
            return {};
        const ChatMessage message = m_view.source()->message(m_index);
        if (kind == QAccessible::Name)
            return QStringLiteral("%1: %2").arg(speaker(message.role), message.text);
        if (kind == QAccessible::Description)
            return message.state == MessageState::Failed ? message.error
                   : message.status.isEmpty()            ? message.footer
                                                         : message.status;
        return {};
    }
    void setText(QAccessible::Text, const QString&) override {}

    QRect rect() const override {
        const QRect inView = isValid() ? m_view.messageRect(m_index) : QRect();
        return {m_view.viewport()->mapToGlobal(inView.topLeft()), inView.size()};
    }

    QAccessible::State state() const override {
        QAccessible::State state;
        state.readOnly = true;
        state.multiLine = true;
        state.offscreen =
            isValid() && !m_view.messageRect(m_index).intersects(m_view.viewport()->rect());
        state.busy =
            isValid() && m_view.source()->message(m_index).state == MessageState::Streaming;
        return state;
    }

private:
    QAccessibleInterface& m_list;
    ChatView& m_view;
    int m_index;
};

class ChatInterface : public QAccessibleWidget {
public:
    explicit ChatInterface(ChatView* view)
        : QAccessibleWidget(view, QAccessible::List)
        , m_view(*view) {}

    ~ChatInterface() override {
        for (const QAccessible::Id id : std::as_const(m_children))
            QAccessible::deleteAccessibleInterface(id);
    }

    int childCount() const override { return m_view.source() ? m_view.source()->count() : 0; }

    QAccessibleInterface* child(int index) const override {
        if (index < 0 || index >= childCount())
            return nullptr;
        auto found = m_children.constFind(index);
        if (found == m_children.constEnd()) {
            auto* self = const_cast<ChatInterface*>(this);
            auto* message = new MessageInterface(*self, m_view, index);
            found = m_children.insert(index, QAccessible::registerAccessibleInterface(message));
        }
        return QAccessible::accessibleInterface(*found);
    }

    int indexOfChild(const QAccessibleInterface* child) const override {
        for (auto it = m_children.constBegin(); it != m_children.constEnd(); ++it)
            if (QAccessible::accessibleInterface(it.value()) == child)
                return it.key();
        return -1;
    }

    QAccessibleInterface* childAt(int x, int y) const override {
        const QPoint point = m_view.viewport()->mapFromGlobal(QPoint(x, y));
        for (int i = 0; i < childCount(); ++i)
            if (m_view.messageRect(i).contains(point))
                return child(i);
        return nullptr;
    }

private:
    ChatView& m_view;
    mutable QHash<int, QAccessible::Id> m_children;
};

QAccessibleInterface* makeInterface(const QString&, QObject* object) {
    auto* view = qobject_cast<ChatView*>(object);
    return view ? new ChatInterface(view) : nullptr;
}

} // namespace

void installChatAccessibility() {
    QAccessible::installFactory(makeInterface);
}

} // namespace hearth::ui
