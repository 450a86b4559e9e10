#include "state/chat_salvage.h"

#include "state/chat_database.h"
#include "state/chat_rows.h"

#include <QSqlQuery>
#include <QUuid>

namespace hearth::ui {

namespace {

/// Calls `take` for each row that can be read. Going by rowid in both directions passes a damaged
/// page that a plain scan would end at.
template<typename Take>
void readRows(QSqlDatabase& database, const QString& columns, const QString& table, Take take) {
    for (const char* const order : {"ASC", "DESC"}) {
        QSqlQuery query(database);
        query.setForwardOnly(true);
        if (!query.exec(QStringLiteral("SELECT %1 FROM %2 ORDER BY rowid %3")
                            .arg(columns, table, QLatin1String(order))))
            continue;
        while (query.next())
            take(query);
    }
}

} // namespace

int salvageChats(const QString& damagedFile, ChatDatabase& into) {
    const QString connection = QUuid::createUuid().toString();
    QSet<RecordId> messages;
    {
        QSqlDatabase damaged = QSqlDatabase::addDatabase(QStringLiteral("QSQLITE"), connection);
        damaged.setDatabaseName(damagedFile);
        damaged.setConnectOptions(QStringLiteral("QSQLITE_OPEN_READONLY"));
        if (damaged.open()) {
            QSet<RecordId> chats;
            readRows(damaged, QLatin1String(kChatColumns), QStringLiteral("chats"),
                     [&](const QSqlQuery& row) {
                         const ChatRecord chat = chatFromRow(row);
                         if (chat.id > 0 && !chats.contains(chat.id) && !into.putChat(chat))
                             chats.insert(chat.id);
                     });
            readRows(damaged, QLatin1String(kMessageColumns), QStringLiteral("messages"),
                     [&](const QSqlQuery& row) {
                         const MessageRecord message = messageFromRow(row);
                         if (message.id > 0 && chats.contains(message.chat) &&
                             !messages.contains(message.id) && !into.putMessage(message))
                             messages.insert(message.id);
                     });
        }
        damaged.close();
    }
    QSqlDatabase::removeDatabase(connection);
    return static_cast<int>(messages.size());
}

} // namespace hearth::ui
