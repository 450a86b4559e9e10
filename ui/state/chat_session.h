#pragma once

#include "bridge/engine_bridge.h"
#include "state/chat_prompt.h"
#include "state/chat_records.h"

#include <QHash>
#include <QList>
#include <QObject>
#include <QTimer>

#include <functional>
#include <utility>

namespace hearth::ui {

class ChatStore;

/// Where the reply that is on its way stands.
struct ReplyProgress {
    enum class Phase {
        None,       ///< No reply is on its way.
        NoModel,    ///< Sent as soon as a model is loaded.
        Queued,     ///< The engine has it, others go first.
        Prefilling, ///< `done` of `total` prompt tokens.
        Streaming,
    };
    Phase phase = Phase::None;
    int done = 0;
    int total = 0;
    int generated = 0; ///< Tokens of the reply so far.
    int forgotten = 0; ///< Oldest messages that the prompt was sent without.
};

using TokenMarks = QHash<RecordId, QList<TokenMark>>; ///< By reply.

/// One chat: its messages as a tree, the branch of it that is shown, and the reply that streams.
/// Window's thread. Everything that changes goes to the store; a reply's text at least every
/// second while it streams, so that neither a crash nor closing loses more.
///
/// Indices are those of the branch that is shown. At most one reply is on its way.
class ChatSession : public QObject {
    Q_OBJECT

public:
    static constexpr int kSaveMilliseconds = 1000;

    ChatSession(ChatRecord record, EngineBridge& bridge, ChatStore& store,
                QObject* parent = nullptr);
    /// Stops the reply and keeps its text.
    ~ChatSession() override;

    /// Until then a chat from the store takes no prompt.
    void setMessages(const QList<MessageRecord>& messages);
    [[nodiscard]] bool isLoaded() const { return m_loaded; }

    [[nodiscard]] const ChatRecord& record() const { return m_record; }
    [[nodiscard]] int count() const { return static_cast<int>(m_path.size()); }
    [[nodiscard]] const MessageRecord& message(int index) const;
    [[nodiscard]] int indexOf(RecordId message) const; ///< -1: not on the branch.
    /// Which of how many replies, or prompts, at this place; from 1.
    [[nodiscard]] std::pair<int, int> version(int index) const;
    [[nodiscard]] const ReplyProgress& progress() const { return m_progress; }
    [[nodiscard]] bool isBusy() const { return m_ticket != 0; }
    [[nodiscard]] bool isReplying(int index) const;

    /// The conversation as the engine gets it, with the draft as a last turn if there is one. The
    /// summary stands for the messages that it covers, while they are on the branch.
    [[nodiscard]] SessionPrompt prompt(const QString& draft = {},
                                       const QList<Attachment>& attachments = {}) const;
    /// Tokens that prompts leave free for the reply; 0: the engine's share of the context.
    [[nodiscard]] int reserveTokens() const;
    /// Of a reply made in this run with ChatSettings::probabilities; empty otherwise. One without
    /// choices stands for text that a continued reply began with.
    [[nodiscard]] const QList<TokenMark>& probabilities(int index) const;

    /// All of them, for the next session of this chat.
    [[nodiscard]] const TokenMarks& marks() const { return m_marks; }
    void setMarks(const TokenMarks& marks) { m_marks = marks; }

    /// False while a reply is on its way, the chat loads, or there is nothing to send: neither
    /// words nor an attachment.
    bool send(const QString& text, const QList<Attachment>& attachments = {});
    /// Ends the reply that is on its way, or the summary.
    void stop();
    /// Asks again for the reply at `index`: a new version beside it.
    void regenerate(int index);
    /// Goes on where the reply at `index` ended: a new version that begins with its text.
    void continueReply(int index);
    /// It was stopped, cut off by its limit or failed, and has text.
    [[nodiscard]] bool canContinue(int index) const;
    /// A new version of the prompt at `index`, and a reply to it.
    void edit(int index, const QString& text, const QList<Attachment>& attachments = {});
    void showVersion(int index, int version);
    /// Shows the branch that `message` is on, if it is not shown already. False if the chat does
    /// not have it, or a reply is on its way on another branch.
    bool reveal(RecordId message);

    /// By the person, or else only while the title is ours.
    void setTitle(const QString& title);
    void setAutomaticTitle(const QString& title);
    /// Changes where the chat is filed: pin, folder, archive.
    void amend(const std::function<void(ChatRecord&)>& change);
    void setDraft(const QString& draft, const QList<Attachment>& attachments = {});
    /// Has the model sum up the `messages` oldest of the branch; the summary stands for them in
    /// prompts from then on, nothing is erased. Fewer are taken if the next would not be a
    /// person's turn. Ends with summarised().
    void summarise(int messages);
    [[nodiscard]] bool isSummarising() const { return m_summaryTicket != 0; }
    /// A summary by hand; empty: prompts hold the messages themselves again.
    void setSummary(const QString& text, RecordId through);
    void setSettings(const ChatSettings& settings);
    [[nodiscard]] bool hasDraft() const;
    /// Puts what has not been stored yet into the store.
    void save();

signals:
    void reset();
    void inserted(int first, int count);
    void removed(int first, int count);
    void textAppended(int index, const QString& piece);
    void stateChanged(int index);
    void probabilitiesChanged(int index);
    void summarised(bool done);
    /// The reply at the end of the branch is over, however it ended.
    void replyEnded(bool failed);
    void busyChanged();
    /// Title, draft, settings or time of the record.
    void recordChanged();

private:
    void addNode(const MessageRecord& message);
    MessageRecord makeMessage(MessageRole role, RecordId parent, const QString& text) const;
    void appendToPath(const MessageRecord& message);
    void truncatePath(int count);
    void setPathTo(RecordId leaf);
    /// The branch that is shown now is the one that the chat opens with.
    void keepBranch();
    [[nodiscard]] RecordId newestLeafBelow(RecordId message) const;
    [[nodiscard]] bool canChange(int index, MessageRole role) const;
    /// Asks for a reply to the branch; `before`: one whose text it begins with.
    void startReply(const MessageRecord* before = nullptr);
    /// The first `messages` of the branch.
    [[nodiscard]] PromptBuilder begun(int messages) const;
    QList<TokenMark> marksToContinue(RecordId before, const QString& prefix) const;
    void touchRecord();
    void keepRecord();
    void saveSoon();

    void onSubmitted(quint64 ticket);
    void onAccepted(quint64 ticket, int dropped);
    void onProbabilities(quint64 ticket, const std::vector<TokenInfo>& tokens);
    void onPrefill(quint64 ticket, int done, int total);
    void onText(quint64 ticket, const QString& text, int tokens);
    void onFinished(quint64 ticket, FinishReason reason, const RequestStatistics& statistics);
    void onFailed(quint64 ticket, const Error& error);
    void endReply();
    void endSummary(bool done);

    EngineBridge& m_bridge;
    ChatStore& m_store;
    ChatRecord m_record;
    QHash<RecordId, MessageRecord> m_nodes;
    QHash<RecordId, QList<RecordId>> m_children; ///< In order of age; 0: the first messages.
    QList<RecordId> m_path;
    Ticket m_ticket = 0;
    RecordId m_reply = 0;   ///< The message that the ticket is for.
    int m_tokensBefore = 0; ///< Of the text that the reply began with.
    SessionPrompt m_sent;   ///< What the reply answers.
    ReplyProgress m_progress;
    TokenMarks m_marks;
    Ticket m_summaryTicket = 0;
    RecordId m_summaryThrough = 0;
    QString m_summaryText;
    QTimer m_saveTimer;
    bool m_loaded = false;
    bool m_replyUnsaved = false;
    bool m_recordUnsaved = false;
};

} // namespace hearth::ui
