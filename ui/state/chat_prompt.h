#pragma once

#include "state/chat_records.h"

#include <QList>
#include <QString>

#include <vector>

namespace hearth::ui {

/// A prompt, and which messages each of its turns was made of (none: system prompt, draft).
struct SessionPrompt {
    ChatPrompt prompt;
    QList<QList<RecordId>> sources;
};

/// Puts a conversation together as models take it: turns of one side that follow each other (a
/// failed reply leaves them) are joined, as many templates refuse them.
class PromptBuilder {
public:
    /// The system prompt, and what stands for the messages that a summary covers.
    explicit PromptBuilder(const ChatSettings& settings, const QString& summary = {});
    void add(const MessageRecord& message);
    void addUser(const QString& text, const QList<Attachment>& attachments = {});
    [[nodiscard]] SessionPrompt take() { return std::move(m_result); }

private:
    void addTurn(const char* role, const QString& text, RecordId source);

    SessionPrompt m_result;
};

/// Attachments as their names and fenced texts, then the words.
[[nodiscard]] QString withAttachments(const QList<Attachment>& attachments, const QString& words);

/// A reply's text without its thinking, begun or done.
[[nodiscard]] QString withoutThinking(const QString& reply);

/// What a reply that goes on begins with: the text without the blanks at its end, which the model
/// makes itself, and better with the word that follows.
[[nodiscard]] QString replyToContinue(const QString& text);

/// How many messages `dropped` turns, the oldest but for a leading system turn, were made of.
[[nodiscard]] int messagesIn(const SessionPrompt& prompt, int dropped);

[[nodiscard]] TokenMark toTokenMark(const TokenInfo& token);

} // namespace hearth::ui
