#pragma once

#include "state/chat_store.h"

#include <QByteArray>
#include <QJsonArray>
#include <QList>
#include <QString>

namespace hearth::ui {

/// Chats as a file that keeps everything: tree, versions, attachments, settings, figures.
[[nodiscard]] QByteArray chatsToJson(const QList<ChatContents>& chats);

/// Reads what chatsToJson() writes, or the exports of ChatGPT and Open WebUI. Every chat and
/// message gets a new id, in the order of the old ones. On anything that is not as it should be,
/// `problem` says what, and nothing is returned.
[[nodiscard]] QList<ChatContents> chatsFromJson(const QByteArray& bytes, QString* problem);

/// A message of a file before it has an id.
struct ImportedMessage {
    QString id;
    QString parent; ///< Empty: none.
    MessageRecord record;
};

/// Gives ids to messages, which may stand in any order. Refuses two of one id, a parent that is not
/// there, and circles. `leaf` becomes the shown one; unknown: the last.
[[nodiscard]] bool placeMessages(const QList<ImportedMessage>& messages, const QString& leaf,
                                 ChatContents* contents, QString* problem);

/// Text of a message without what can't be written: control characters but for line ends and tabs,
/// halves of characters.
[[nodiscard]] QString cleanText(const QString& text);

// Exports of other programs; false with a problem.
[[nodiscard]] bool isChatGptExport(const QJsonArray& json);
[[nodiscard]] bool isOpenWebUiExport(const QJsonArray& json);
[[nodiscard]] QList<ChatContents> chatsFromChatGpt(const QJsonArray& json, QString* problem);
[[nodiscard]] QList<ChatContents> chatsFromOpenWebUi(const QJsonArray& json, QString* problem);

} // namespace hearth::ui
