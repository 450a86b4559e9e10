#pragma once

#include "bridge/engine_bridge.h"
#include "state/chat_records.h"

#include <QHash>
#include <QObject>

namespace hearth::ui {

class ChatSession;

/// Has the model name chats, in the low lane. Window's thread.
///
/// A title is asked for once there is a whole reply and the chat still bears the first line of its
/// prompt. What the model answers is taken only if it looks like a title of this conversation.
class TitleMaker : public QObject {
    Q_OBJECT

public:
    explicit TitleMaker(EngineBridge& bridge, QObject* parent = nullptr);
    ~TitleMaker() override;

    void setEnabled(bool enabled);
    /// Asks for a title if the chat wants one, once nobody waits for a reply.
    void nameChat(const ChatSession& chat);
    /// While someone waits for a reply, nothing is asked; what was is asked again later.
    void setBusy(bool busy);

signals:
    void named(qint64 chat, const QString& title);

private:
    struct Topic {
        QString question;     ///< The person's first words.
        QString conversation; ///< What the model is shown.
    };
    struct Asked {
        RecordId chat = 0;
        Topic topic;
        QString answer;
    };

    void askAll();
    void withdrawAll();
    void onEnded(quint64 ticket, bool isDone);

    EngineBridge& m_bridge;
    QHash<RecordId, Topic> m_waiting;
    QHash<Ticket, Asked> m_asked;
    bool m_isBusy = false;
    bool m_isEnabled = true;
};

/// The title in a model's answer to "name this conversation": one line without decoration. Empty:
/// there is none, or it has nothing to do with the `question`. (Small models stray in their replies
/// already; a title after those would hide what the chat began with.)
[[nodiscard]] QString titleFromAnswer(const QString& answer, const QString& question);

} // namespace hearth::ui
