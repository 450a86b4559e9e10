#pragma once

#include "view/chat/chat_source.h"

namespace hearth::ui {

class ChatSession;

/// Shows a chat session to the chat view, in the words of the language in force.
class SessionSource : public ChatSource {
    Q_OBJECT

public:
    using ChatSource::ChatSource;

    /// Not owned; must outlive the source or be replaced.
    void setSession(ChatSession* session);
    [[nodiscard]] ChatSession* session() const { return m_session; }
    /// Row of the message that the view names; -1: not there.
    [[nodiscard]] int indexOf(const QString& id) const;

    /// Messages that are no longer sent: the last of them says so.
    void setForgotten(const QList<qint64>& messages);

    int count() const override;
    ChatMessage message(int index) const override;

private:
    ChatSession* m_session = nullptr;
    qint64 m_lastForgotten = 0;
};

} // namespace hearth::ui
