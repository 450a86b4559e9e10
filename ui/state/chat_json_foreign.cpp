#include "state/chat_json.h"

#include <QHash>
#include <QJsonObject>
#include <QSet>

#include <algorithm>
#include <utility>

namespace hearth::ui {

namespace {

qint64 fromSeconds(const QJsonValue& value) {
    const double seconds = value.toDouble();
    // Open WebUI has used both units.
    const double milliseconds = seconds > 1e11 ? seconds : seconds * 1000;
    return milliseconds > 0 && milliseconds < 1e14 ? static_cast<qint64>(milliseconds)
                                                   : nowMilliseconds();
}

bool readRole(const QString& name, MessageRole* role) {
    if (name != QLatin1String("user") && name != QLatin1String("assistant"))
        return false;
    *role = name == QLatin1String("user") ? MessageRole::User : MessageRole::Assistant;
    return true;
}

ChatContents describe(const QJsonObject& json, const QJsonValue& created,
                      const QJsonValue& updated) {
    ChatContents contents;
    ChatRecord& chat = contents.chat;
    chat.title = plainLine(json["title"].toString()).left(500);
    chat.titleIsOurs = false;
    chat.createdMs = fromSeconds(created);
    chat.updatedMs = fromSeconds(updated);
    return contents;
}

/// Text parts of a ChatGPT message; others (pictures) are left out.
QString partsOf(const QJsonObject& content) {
    QStringList texts;
    for (const QJsonValue& part : content["parts"].toArray()) {
        const QString text = part.isString() ? part.toString() : part.toObject()["text"].toString();
        if (!text.isEmpty())
            texts.append(text);
    }
    if (texts.isEmpty() && content["text"].isString())
        texts.append(content["text"].toString());
    return cleanText(texts.join(QLatin1String("\n\n")));
}

/// A node of ChatGPT's mapping that a person sees.
bool readNode(const QJsonObject& node, MessageRecord* record) {
    const QJsonObject message = node["message"].toObject();
    if (!readRole(message["author"].toObject()["role"].toString(), &record->role))
        return false;
    const QString recipient = message["recipient"].toString(QStringLiteral("all"));
    record->text = partsOf(message["content"].toObject());
    record->createdMs = fromSeconds(message["create_time"]);
    return !record->text.isEmpty() && recipient == QLatin1String("all");
}

/// The nearest of a node's ancestors, itself first, that was kept. No node is passed twice: a long
/// way may be that of many.
class KeptAncestors {
public:
    KeptAncestors(const QJsonObject& mapping, const QSet<QString>& kept)
        : m_mapping(mapping)
        , m_kept(kept) {}

    QString of(QString id) {
        QStringList passed;
        while (!id.isEmpty() && !m_kept.contains(id)) {
            const auto known = m_known.constFind(id);
            if (known != m_known.cend()) {
                id = *known;
                break;
            }
            // In a circle it meets itself: nothing.
            m_known.insert(id, {});
            passed.append(id);
            id = m_mapping[id].toObject()["parent"].toString();
        }
        for (const QString& node : std::as_const(passed))
            m_known[node] = id;
        return id;
    }

private:
    const QJsonObject& m_mapping;
    const QSet<QString>& m_kept;
    QHash<QString, QString> m_known;
};

} // namespace

bool isChatGptExport(const QJsonArray& json) {
    return !json.isEmpty() && json.first().toObject()["mapping"].isObject();
}

bool isOpenWebUiExport(const QJsonArray& json) {
    return !json.isEmpty() &&
           json.first().toObject()["chat"].toObject()["history"].toObject()["messages"].isObject();
}

QList<ChatContents> chatsFromChatGpt(const QJsonArray& json, QString* problem) {
    QList<ChatContents> chats;
    for (const QJsonValue& value : json) {
        const QJsonObject chat = value.toObject();
        const QJsonObject mapping = chat["mapping"].toObject();
        QSet<QString> kept;
        QList<ImportedMessage> messages;
        for (auto node = mapping.begin(); node != mapping.end(); ++node) {
            ImportedMessage message{node.key(), {}, {}};
            if (readNode(node->toObject(), &message.record)) {
                kept.insert(node.key());
                messages.append(message);
            }
        }
        if (messages.isEmpty())
            continue;
        KeptAncestors ancestors(mapping, kept);
        for (ImportedMessage& message : messages)
            message.parent = ancestors.of(mapping[message.id].toObject()["parent"].toString());
        std::stable_sort(messages.begin(), messages.end(), [](const auto& a, const auto& b) {
            return a.record.createdMs < b.record.createdMs;
        });
        chats.append(describe(chat, chat["create_time"], chat["update_time"]));
        const QString leaf = ancestors.of(chat["current_node"].toString());
        if (!placeMessages(messages, leaf, &chats.last(), problem))
            return {};
    }
    return chats;
}

QList<ChatContents> chatsFromOpenWebUi(const QJsonArray& json, QString* problem) {
    QList<ChatContents> chats;
    for (const QJsonValue& value : json) {
        const QJsonObject outer = value.toObject();
        const QJsonObject history = outer["chat"].toObject()["history"].toObject();
        const QJsonObject stored = history["messages"].toObject();
        QList<ImportedMessage> messages;
        for (auto entry = stored.begin(); entry != stored.end(); ++entry) {
            const QJsonObject node = entry->toObject();
            ImportedMessage message{entry.key(), node["parentId"].toString(), {}};
            if (!readRole(node["role"].toString(), &message.record.role))
                message.record.role = MessageRole::System;
            message.record.text = cleanText(node["content"].toString());
            message.record.createdMs = fromSeconds(node["timestamp"]);
            messages.append(message);
        }
        if (messages.isEmpty())
            continue;
        std::stable_sort(messages.begin(), messages.end(), [](const auto& a, const auto& b) {
            return a.record.createdMs < b.record.createdMs;
        });
        chats.append(describe(outer["title"].isString() ? outer : outer["chat"].toObject(),
                              outer["created_at"], outer["updated_at"]));
        chats.last().chat.pinned = outer["pinned"].toBool();
        chats.last().chat.archived = outer["archived"].toBool();
        if (!placeMessages(messages, history["currentId"].toString(), &chats.last(), problem))
            return {};
    }
    return chats;
}

} // namespace hearth::ui
