#pragma once

#include "hearth/event.h"
#include "hearth/request.h"

#include <QJsonArray>
#include <QJsonObject>
#include <QList>
#include <QString>

#include <optional>

namespace hearth::ui {

/// Of chats and messages; 0 is none. Made by makeRecordId(), never by the database, so that the
/// window need not wait for one.
using RecordId = qint64;

/// Unique in this process and, by its clock and random part, between two that share a database;
/// grows with time.
[[nodiscard]] RecordId makeRecordId();
[[nodiscard]] qint64 nowMilliseconds(); ///< Since 1970, UTC.

/// What becomes of the oldest turns when a chat no longer fits into the context.
enum class WhenFull : int {
    Ask = 0,    ///< Nothing is sent; the chat says by how much and offers what can be done.
    Forget = 1, ///< The oldest turns are left out of the prompt; the system prompt stays.
};

/// What a chat asks the engine for.
struct ChatSettings {
    QString model;  ///< Name in the library; empty: the one that is loaded.
    QString preset; ///< Name of the preset that the values came from; empty: none.
    QString systemPrompt;
    double temperature = 0.7;
    double topP = 0.9;
    int topK = 40;
    double minP = 0.0;
    double repetitionPenalty = 1.1;
    double presencePenalty = 0.0;
    double frequencyPenalty = 0.0;
    std::optional<qint64> seed; ///< Empty: another one each time.
    int maxTokens = 0;          ///< 0: to the end of the context.
    WhenFull whenFull = WhenFull::Ask;
    bool probabilities = false; ///< Ask for the likeliest tokens beside those that were drawn.

    bool operator==(const ChatSettings&) const = default;

    [[nodiscard]] QJsonObject toJson() const;
    /// Fields that are missing or out of range keep their default.
    [[nodiscard]] static ChatSettings fromJson(const QJsonObject& json);
    [[nodiscard]] SamplingOptions sampling() const;
};

/// A text file, or a long paste, that goes with a prompt.
struct Attachment {
    QString name;
    QString text;
    int tokens = 0; ///< As the model counted it; 0: not counted.

    bool operator==(const Attachment&) const = default;
};

[[nodiscard]] QJsonArray attachmentsToJson(const QList<Attachment>& attachments);
/// What is no attachment is left out.
[[nodiscard]] QList<Attachment> attachmentsFromJson(const QJsonArray& json);

struct ChatRecord {
    RecordId id = 0;
    QString title;           ///< Empty: not named yet.
    bool titleIsOurs = true; ///< False: a person gave it, so nothing else may replace it.
    bool pinned = false;
    bool archived = false;
    QString folder;  ///< Empty: in none.
    QString summary; ///< Stands for the messages up to summaryThrough in the prompt; empty: none.
    RecordId summaryThrough = 0;
    qint64 createdMs = 0;
    qint64 updatedMs = 0;
    qint64 deletedMs = 0; ///< Not 0: in the bin; gone at the next start.
    ChatSettings settings;
    QString draft;
    QList<Attachment> draftAttachments;
    RecordId leaf = 0; ///< Last message of the branch that is shown.
};

enum class MessageRole : int { System = 0, User = 1, Assistant = 2 };

/// How far a message got; a person's is always Complete.
enum class ReplyState : int {
    Complete = 0,
    Streaming = 1, ///< Read from disk: the program ended before the reply did.
    Stopped = 2,
    Failed = 3,
};

/// How a reply came about.
struct ReplyFigures {
    double tokensPerSecond = 0.0;
    double timeToFirstToken = 0.0; ///< Seconds.
    int promptTokens = 0;
    int cachedTokens = 0;
    int completionTokens = 0;
    FinishReason reason = FinishReason::Stop;
    QString model;
    int forgotten = 0; ///< Oldest messages that the prompt was sent without.

    bool operator==(const ReplyFigures&) const = default;
};

/// A token of a reply, what the model gave for it and what it would have said instead.
struct TokenMark {
    struct Choice {
        QString text;
        double probability = 0.0;
    };
    QString text; ///< May be part of a character, shown as U+FFFD.
    double probability = 0.0;
    QList<Choice> choices; ///< Likeliest first.
};

/// A node of a chat's tree: the messages before it are its ancestors.
struct MessageRecord {
    RecordId id = 0;
    RecordId chat = 0;
    RecordId parent = 0;
    MessageRole role = MessageRole::User;
    ReplyState state = ReplyState::Complete;
    qint64 createdMs = 0;
    QString text;
    QList<Attachment> attachments; ///< Of a person's message.
    std::optional<ReplyFigures> figures;
    std::optional<Error> error;

    [[nodiscard]] QJsonObject detailsToJson() const;
    void setDetails(const QJsonObject& json);
};

/// Where a search found its words in a chat.
struct SearchHit {
    RecordId chat = 0;
    RecordId message = 0; ///< 0: in the title.
    QString snippet;      ///< Text around the words, on one line.
};

/// One line without control and direction characters: for titles and names from outside.
[[nodiscard]] QString plainLine(const QString& text);

/// The first line of a prompt, cut at a word.
[[nodiscard]] QString titleFromPrompt(const QString& prompt);
/// Likewise; of the first attachment's name if there are no words.
[[nodiscard]] QString titleFromMessage(const MessageRecord& message);

} // namespace hearth::ui
