#include "view/chat/chat_accessible.h"

#include "view/chat/chat_view_private.h"
#include "view/chat/message_accessible.h"

#include <QAccessible>
#include <QAccessibleWidget>
#include <QHash>

#include <utility>

namespace hearth::ui {
namespace {

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

    QAccessibleInterface* focusChild() const override {
        return m_view.hasFocus() ? child(ChatViewPrivate::of(m_view).m_current) : nullptr;
    }

private:
    ChatView& m_view;
    mutable QHash<int, QAccessible::Id> m_children;
};

std::function<void(QAccessibleEvent&)>& listener() {
    static std::function<void(QAccessibleEvent&)> heard;
    return heard;
}

QAccessibleInterface* makeInterface(const QString&, QObject* object) {
    auto* view = qobject_cast<ChatView*>(object);
    return view ? new ChatInterface(view) : nullptr;
}

} // namespace

bool isAccessibilityHeard() {
    return listener() || QAccessible::isActive();
}

void tellAccessibility(QAccessibleEvent& event) {
    if (listener())
        listener()(event);
    QAccessible::updateAccessibility(&event);
}

void setAccessibilityListener(std::function<void(QAccessibleEvent&)> heard) {
    listener() = std::move(heard);
}

void installChatAccessibility() {
    QAccessible::installFactory(makeInterface);
}

} // namespace hearth::ui
