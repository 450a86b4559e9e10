#include "state/chat_salvage.h"

#include "state/chat_database.h"
#include "state/chat_rows.h"

#include <QSet>
#include <QSqlQuery>
#include <QUuid>

namespace hearth::ui {

namespace {

/// Calls `take` for each row that can be read. Going by rowid in both directions passes a damaged
/// page that a plain scan would end at.
template<typename Rows, typename Take>
void readRows(QSqlDatabase& database, const QString& table, Take take) {
    for (const char* const order : {"ASC", "DESC"}) {
        QSqlQuery query(database);
        query.setForwardOnly(true);
        if (!query.exec(QStringLiteral("SELECT * FROM %1 ORDER BY rowid %2")
                            .arg(table, QLatin1String(order))))
            continue;
        Rows rows(query);
        while (query.next())
            take(rows.read());
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
            // Else SQLite reads nothing of a file that has fewer pages than its header says.
            QSqlQuery(damaged).exec(QStringLiteral("PRAGMA writable_schema=ON"));
            const ChatDatabase::Failed failed = into.atomically([&] {
                QSet<RecordId> chats;
                readRows<ChatRows>(damaged, QStringLiteral("chats"), [&](const ChatRecord& chat) {
                    if (chat.id > 0 && !chats.contains(chat.id) && !into.putChat(chat))
                        chats.insert(chat.id);
                });
                readRows<MessageRows>(
                    damaged, QStringLiteral("messages"), [&](const MessageRecord& message) {
                        if (message.id > 0 && chats.contains(message.chat) &&
                            !messages.contains(message.id) && !into.putMessage(message))
                            messages.insert(message.id);
                    });
                return ChatDatabase::Failed();
            });
            if (failed)
                messages.clear();
        }
        damaged.close();
    }
    QSqlDatabase::removeDatabase(connection);
    return static_cast<int>(messages.size());
}

} // namespace hearth::ui
