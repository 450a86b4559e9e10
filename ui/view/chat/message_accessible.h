#pragma once

#include "view/chat/message_text.h"

#include <QAccessible>

#include <optional>

namespace hearth::ui {

class ChatView;
class ChatViewPrivate;
struct ChatMessage;
enum class MessageAction;

/// A message for screen readers, by its place in the chat: who speaks, the text as it is read,
/// selection and places in it, and what can be done with it. Looks everything up whenever it is
/// asked. GUI thread.
class MessageInterface : public QAccessibleInterface,
                         public QAccessibleTextInterface,
                         public QAccessibleActionInterface {
public:
    MessageInterface(QAccessibleInterface& list, ChatView& view, int index)
        : m_list(list)
        , m_view(view)
        , m_index(index) {}

    bool isValid() const override;
    QObject* object() const override { return nullptr; }
    QAccessibleInterface* parent() const override { return &m_list; }
    QAccessibleInterface* child(int) const override { return nullptr; }
    QAccessibleInterface* childAt(int, int) const override { return nullptr; }
    int childCount() const override { return 0; }
    int indexOfChild(const QAccessibleInterface*) const override { return -1; }
    QAccessible::Role role() const override { return QAccessible::ListItem; }
    QString text(QAccessible::Text kind) const override;
    void setText(QAccessible::Text, const QString&) override {}
    QRect rect() const override;
    QAccessible::State state() const override;
    void* interface_cast(QAccessible::InterfaceType type) override;

    // Text
    void selection(int index, int* start, int* end) const override;
    int selectionCount() const override;
    void addSelection(int start, int end) override;
    void removeSelection(int index) override;
    void setSelection(int index, int start, int end) override;
    int cursorPosition() const override;
    void setCursorPosition(int position) override;
    QString text(int start, int end) const override;
    QString textBeforeOffset(int offset, QAccessible::TextBoundaryType boundary, int* start,
                             int* end) const override;
    QString textAfterOffset(int offset, QAccessible::TextBoundaryType boundary, int* start,
                            int* end) const override;
    QString textAtOffset(int offset, QAccessible::TextBoundaryType boundary, int* start,
                         int* end) const override;
    int characterCount() const override;
    QRect characterRect(int offset) const override;
    int offsetAtPoint(const QPoint& point) const override;
    void scrollToSubstring(int start, int end) override;
    QString attributes(int offset, int* start, int* end) const override;

    // Actions
    QStringList actionNames() const override;
    QString localizedActionName(const QString& name) const override;
    QString localizedActionDescription(const QString&) const override { return {}; }
    void doAction(const QString& name) override;
    QStringList keyBindingsForAction(const QString&) const override { return {}; }

private:
    ChatViewPrivate& chat() const;
    ChatMessage message() const;
    const MessageText& whole() const;
    QString unit(int offset, int step, QAccessible::TextBoundaryType boundary, int* start,
                 int* end) const;

    QAccessibleInterface& m_list;
    ChatView& m_view;
    int m_index;
    mutable std::optional<MessageText> m_text;
    mutable quint64 m_revision = 0;
};

} // namespace hearth::ui
