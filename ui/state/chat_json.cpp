#include "state/chat_json.h"

#include "state/chat_transfer.h"

#include <QHash>
#include <QJsonDocument>
#include <QJsonObject>
#include <QSet>

#include <algorithm>
#include <array>

namespace hearth::ui {

namespace {

constexpr int kFormatVersion = 1;
constexpr char kFormatName[] = "hearth-chats";
constexpr qsizetype kMostTitleCharacters = 500;
constexpr qint64 kMostMilliseconds = 1LL << 45;

constexpr std::array kRoles = {"system", "user", "assistant"};
constexpr std::array kStates = {"complete", "streaming", "stopped", "failed"};

QString toText(RecordId id) {
    // As a string: other programs read numbers of this size inexactly.
    return id == 0 ? QString() : QString::number(id);
}

template<std::size_t N>
int indexIn(const std::array<const char*, N>& names, const QJsonValue& name) {
    const auto found = std::find_if(names.begin(), names.end(), [&](const char* known) {
        return name.toString() == QLatin1String(known);
    });
    return found == names.end() ? -1 : static_cast<int>(found - names.begin());
}

qint64 readTime(const QJsonValue& value) {
    const qint64 time = value.toInteger();
    return time > 0 && time < kMostMilliseconds ? time : nowMilliseconds();
}

QJsonObject toJson(const MessageRecord& message) {
    QJsonObject json = message.detailsToJson();
    json["id"] = toText(message.id);
    json["parent"] = toText(message.parent);
    json["role"] = QLatin1String(kRoles[static_cast<std::size_t>(message.role)]);
    json["state"] = QLatin1String(kStates[static_cast<std::size_t>(message.state)]);
    json["created"] = message.createdMs;
    json["text"] = message.text;
    if (!message.attachments.isEmpty())
        json["attachments"] = attachmentsToJson(message.attachments);
    return json;
}

QJsonObject toJson(const ChatContents& contents) {
    const ChatRecord& chat = contents.chat;
    QJsonArray messages;
    for (const MessageRecord& message : contents.messages)
        messages.append(toJson(message));
    return {{"title", chat.title},
            {"title_is_ours", chat.titleIsOurs},
            {"pinned", chat.pinned},
            {"archived", chat.archived},
            {"folder", chat.folder},
            {"summary", chat.summary},
            {"summary_through", toText(chat.summaryThrough)},
            {"created", chat.createdMs},
            {"updated", chat.updatedMs},
            {"settings", chat.settings.toJson()},
            {"draft", chat.draft},
            {"draft_attachments", attachmentsToJson(chat.draftAttachments)},
            {"leaf", toText(chat.leaf)},
            {"messages", messages}};
}

QList<Attachment> readAttachments(const QJsonValue& value) {
    QList<Attachment> attachments = attachmentsFromJson(value.toArray());
    for (Attachment& attachment : attachments) {
        attachment.name = plainLine(attachment.name);
        attachment.text = cleanText(attachment.text);
    }
    return attachments;
}

bool readMessage(const QJsonValue& value, ImportedMessage* message, QString* problem) {
    const QJsonObject json = value.toObject();
    const int role = indexIn(kRoles, json["role"]);
    if (!json["id"].isString() || role < 0 || !json["text"].isString()) {
        *problem = ChatTransfer::tr("A message lacks its id, its role or its text.");
        return false;
    }
    MessageRecord& record = message->record;
    message->id = json["id"].toString();
    message->parent = json["parent"].toString();
    record.role = static_cast<MessageRole>(role);
    record.state = static_cast<ReplyState>(std::max(0, indexIn(kStates, json["state"])));
    if (record.state == ReplyState::Streaming)
        record.state = ReplyState::Stopped;
    record.createdMs = readTime(json["created"]);
    record.text = cleanText(json["text"].toString());
    record.attachments = readAttachments(json["attachments"]);
    record.setDetails(json);
    return true;
}

bool readChat(const QJsonValue& value, ChatContents* contents, QString* problem) {
    const QJsonObject json = value.toObject();
    if (!json["title"].isString() || !json["messages"].isArray()) {
        *problem = ChatTransfer::tr("A chat lacks its title or its messages.");
        return false;
    }
    ChatRecord& chat = contents->chat;
    chat.title = plainLine(json["title"].toString()).left(kMostTitleCharacters);
    chat.titleIsOurs = json["title_is_ours"].toBool(true);
    chat.pinned = json["pinned"].toBool();
    chat.archived = json["archived"].toBool();
    chat.folder = plainLine(json["folder"].toString()).left(kMostTitleCharacters);
    chat.createdMs = readTime(json["created"]);
    chat.updatedMs = readTime(json["updated"]);
    chat.settings = ChatSettings::fromJson(json["settings"].toObject());
    chat.draft = cleanText(json["draft"].toString());
    chat.draftAttachments = readAttachments(json["draft_attachments"]);

    const QJsonArray stored = json["messages"].toArray();
    QList<ImportedMessage> messages(stored.size());
    for (qsizetype i = 0; i < stored.size(); ++i)
        if (!readMessage(stored[i], &messages[i], problem))
            return false;
    if (!placeMessages(messages, json["leaf"].toString(), contents, problem))
        return false;
    const QString through = json["summary_through"].toString();
    for (qsizetype i = 0; i < messages.size(); ++i) {
        if (messages[i].id == through) {
            chat.summary = cleanText(json["summary"].toString());
            chat.summaryThrough = contents->messages[i].id;
        }
    }
    return true;
}

QList<ChatContents> readOwn(const QJsonObject& json, QString* problem) {
    if (json["version"].toInt() > kFormatVersion) {
        *problem = ChatTransfer::tr("The file was written by a newer Hearth.");
        return {};
    }
    QList<ChatContents> chats;
    for (const QJsonValue& value : json["chats"].toArray())
        if (!readChat(value, &chats.emplaceBack(), problem))
            return {};
    return chats;
}

QList<ChatContents> readAny(const QJsonDocument& document, QString* problem) {
    const QJsonObject json = document.object();
    if (json["format"].toString() == QLatin1String(kFormatName) && json["chats"].isArray())
        return readOwn(json, problem);
    const QJsonArray array = document.isArray() ? document.array() : QJsonArray{json};
    if (isChatGptExport(array))
        return chatsFromChatGpt(array, problem);
    if (isOpenWebUiExport(array))
        return chatsFromOpenWebUi(array, problem);
    *problem = ChatTransfer::tr("The file holds no chats of Hearth, ChatGPT or Open WebUI.");
    return {};
}

/// Follows the parents from each message; each is passed once.
bool hasCircle(const QList<qsizetype>& parents) {
    enum State : char { New, OnTheWay, Done };
    QList<char> states(parents.size(), New);
    for (qsizetype start = 0; start < parents.size(); ++start) {
        qsizetype at = start;
        while (at >= 0 && states[at] == New) {
            states[at] = OnTheWay;
            at = parents[at];
        }
        if (at >= 0 && states[at] == OnTheWay)
            return true;
        for (at = start; at >= 0 && states[at] == OnTheWay; at = parents[at])
            states[at] = Done;
    }
    return false;
}

} // namespace

QByteArray chatsToJson(const QList<ChatContents>& chats) {
    QJsonArray all;
    for (const ChatContents& contents : chats)
        all.append(toJson(contents));
    return QJsonDocument(QJsonObject{{"format", QLatin1String(kFormatName)},
                                     {"version", kFormatVersion},
                                     {"exported", nowMilliseconds()},
                                     {"chats", all}})
        .toJson(QJsonDocument::Indented);
}

QList<ChatContents> chatsFromJson(const QByteArray& bytes, QString* problem) {
    QJsonParseError error;
    const QJsonDocument document = QJsonDocument::fromJson(bytes, &error);
    if (error.error != QJsonParseError::NoError) {
        *problem = ChatTransfer::tr("The file is not JSON (byte %1: %2).")
                       .arg(error.offset)
                       .arg(error.errorString());
        return {};
    }
    const QList<ChatContents> chats = readAny(document, problem);
    if (problem->isEmpty() && chats.isEmpty())
        *problem = ChatTransfer::tr("The file holds no chats.");
    return problem->isEmpty() ? chats : QList<ChatContents>();
}

bool placeMessages(const QList<ImportedMessage>& messages, const QString& leaf,
                   ChatContents* contents, QString* problem) {
    QHash<QString, qsizetype> places;
    for (qsizetype i = 0; i < messages.size(); ++i) {
        if (messages[i].id.isEmpty() || places.contains(messages[i].id)) {
            *problem = ChatTransfer::tr("Two messages of a chat have the same id.");
            return false;
        }
        places.insert(messages[i].id, i);
    }
    QList<qsizetype> parents(messages.size(), -1);
    for (qsizetype i = 0; i < messages.size(); ++i) {
        if (messages[i].parent.isEmpty())
            continue;
        parents[i] = places.value(messages[i].parent, -1);
        if (parents[i] < 0) {
            *problem = ChatTransfer::tr("A message follows one that is not in the file.");
            return false;
        }
    }
    if (hasCircle(parents)) {
        *problem = ChatTransfer::tr("Messages of a chat follow each other in a circle.");
        return false;
    }
    ChatRecord& chat = contents->chat;
    chat.id = makeRecordId();
    for (const ImportedMessage& message : messages) {
        contents->messages.append(message.record);
        contents->messages.last().id = makeRecordId();
        contents->messages.last().chat = chat.id;
    }
    for (qsizetype i = 0; i < messages.size(); ++i)
        contents->messages[i].parent = parents[i] < 0 ? 0 : contents->messages[parents[i]].id;
    if (!messages.isEmpty())
        chat.leaf = contents->messages[places.value(leaf, messages.size() - 1)].id;
    return true;
}

QString cleanText(const QString& text) {
    const auto offends = [](QChar c) {
        return (c.unicode() < 0x20 && c != QLatin1Char('\n') && c != QLatin1Char('\t') &&
                c != QLatin1Char('\r')) ||
               c.unicode() == 0x7F || c.isSurrogate();
    };
    if (std::none_of(text.cbegin(), text.cend(), offends))
        return text;
    QString clean;
    clean.reserve(text.size());
    for (qsizetype i = 0; i < text.size(); ++i) {
        const bool isPair =
            text[i].isHighSurrogate() && i + 1 < text.size() && text[i + 1].isLowSurrogate();
        if (isPair)
            clean += QStringView(text).mid(i++, 2);
        else if (!offends(text[i]))
            clean += text[i];
    }
    return clean;
}

} // namespace hearth::ui
