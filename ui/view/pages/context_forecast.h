#pragma once

#include "state/chat_session.h"

#include <QElapsedTimer>
#include <QHash>
#include <QObject>
#include <QPointer>
#include <QTimer>

namespace hearth::ui {

class EngineBridge;
class TokenCounter;

/// What would be sent now: how it fills the context, and what of it would be forgotten. Asks the
/// engine a moment after something has changed; while a reply streams, its tokens are added.
/// Window's thread.
class ContextForecast : public QObject {
    Q_OBJECT

public:
    /// Tokens; the conversation has what the template puts between the turns too.
    struct Parts {
        int system = 0;
        int summary = 0;
        int conversation = 0;
        int draft = 0;
        int attachments = 0; ///< Of the draft.
        int reserve = 0;     ///< Kept free for the reply.
        int context = 0;
    };

    ContextForecast(EngineBridge& bridge, TokenCounter& counter, QObject* parent = nullptr);

    /// Not owned.
    void setSession(ChatSession* session);
    void setDraft(const QString& text, const QList<Attachment>& attachments);
    void askSoon() { m_soon.start(); }
    /// Something has changed that the engine was not asked about yet.
    [[nodiscard]] bool isStale() const { return m_soon.isActive(); }
    /// True until what was asked for is answered.
    [[nodiscard]] bool isPending() const { return isStale() || m_isAsked; }
    /// Once an engine has answered for the open chat.
    [[nodiscard]] bool isKnown() const { return m_fit.context > 0; }

    [[nodiscard]] const PromptFit& fit() const { return m_fit; }
    /// With what streams.
    [[nodiscard]] int used() const;
    [[nodiscard]] Parts parts() const;
    /// The engine would refuse it as it is.
    [[nodiscard]] bool overflows() const { return isKnown() && m_fit.tokens >= m_fit.context; }
    /// It fits, but leaves less than the reserve for a reply.
    [[nodiscard]] bool isShort() const { return isKnown() && !overflows() && m_fit.dropped > 0; }
    /// Even without what can be dropped there is no room for a reply.
    [[nodiscard]] bool isHopeless() const;
    /// The oldest messages, which would have to go.
    [[nodiscard]] QList<RecordId> forgotten() const;

signals:
    void changed();
    void attachmentCounted(int index, int tokens);

private:
    struct Counted {
        QString text;
        int tokens = 0;
        quint64 question = 0; ///< 0: answered.
    };

    void ask();
    void count(Counted& counted, const QString& text);
    void onCounted(const PromptFit& fit);
    void onTextCounted(quint64 question, int tokens);

    EngineBridge& m_bridge;
    TokenCounter& m_counter;
    QPointer<ChatSession> m_session;
    QTimer m_soon;
    QString m_draft;
    QList<Attachment> m_attachments;
    QList<QList<RecordId>> m_askedTurns; ///< What each turn was made of, without the system's.
    QList<QList<RecordId>> m_turns;      ///< Of what m_fit is about.
    bool m_isAsked = false;
    PromptFit m_fit;
    std::weak_ptr<Engine> m_engine; ///< That the counts are of.
    Counted m_systemCount;
    Counted m_summaryCount;
    Counted m_draftCount;
    QHash<quint64, QString> m_attachmentQuestions; ///< To the text that is counted.
    quint64 m_lastQuestion = 0;
};

} // namespace hearth::ui
