#include "state/chat_schema.h"

#include "state/chat_rows.h"
#include "state/chat_words.h"

#include <QFile>
#include <QSqlDatabase>
#include <QSqlError>
#include <QSqlQuery>
#include <QStringList>

#include <functional>
#include <span>
#include <utility>

namespace hearth::ui {

namespace {

using Failed = std::optional<QString>;

constexpr int kNoSuchName = 1; ///< SQLite's code for a statement that the tables don't fit.
constexpr int kApplicationId = 0x48524348; // "HRCH"

const char* const kFirstSchema[] = {
    "CREATE TABLE IF NOT EXISTS chats(id INTEGER PRIMARY KEY, title TEXT NOT NULL, "
    "created INTEGER NOT NULL, updated INTEGER NOT NULL, deleted INTEGER NOT NULL, "
    "settings TEXT NOT NULL, draft TEXT NOT NULL, leaf INTEGER NOT NULL)",
    "CREATE TABLE IF NOT EXISTS messages(id INTEGER PRIMARY KEY, chat INTEGER NOT NULL, "
    "parent INTEGER NOT NULL, role INTEGER NOT NULL, state INTEGER NOT NULL, "
    "created INTEGER NOT NULL, text TEXT NOT NULL, details TEXT NOT NULL)",
    "CREATE INDEX IF NOT EXISTS messages_by_chat ON messages(chat)",
};

struct AddedColumn {
    const char* table;
    const char* name;
    const char* definition;
};
constexpr AddedColumn kSecondSchema[] = {
    {"chats", "title_is_ours", "INTEGER NOT NULL DEFAULT 1"},
    {"chats", "pinned", "INTEGER NOT NULL DEFAULT 0"},
    {"chats", "archived", "INTEGER NOT NULL DEFAULT 0"},
    {"chats", "folder", "TEXT NOT NULL DEFAULT ''"},
    {"chats", "summary", "TEXT NOT NULL DEFAULT ''"},
    {"chats", "summary_through", "INTEGER NOT NULL DEFAULT 0"},
    {"chats", "draft_attachments", "TEXT NOT NULL DEFAULT '[]'"},
    {"messages", "attachments", "TEXT NOT NULL DEFAULT '[]'"},
};

const char* const kFirstColumns[] = {
    "SELECT id, title, created, updated, deleted, settings, draft, leaf FROM chats",
    "SELECT id, chat, parent, role, state, created, text, details FROM messages",
};

const char* const kWordIndices[] = {
    // Rows are those of messages and of chats. They hold the words apart from the text itself, as
    // CJK characters are spaced.
    "DROP TABLE IF EXISTS words",
    "DROP TABLE IF EXISTS title_words",
    "CREATE VIRTUAL TABLE words USING fts5(text, tokenize='unicode61 remove_diacritics 2', "
    "prefix='1 2')",
    "CREATE VIRTUAL TABLE title_words USING fts5(text, "
    "tokenize='unicode61 remove_diacritics 2', prefix='1 2')",
};

Failed execute(QSqlDatabase& database, const QString& statement) {
    QSqlQuery query(database);
    if (query.exec(statement))
        return std::nullopt;
    return query.lastError().text();
}

Failed executeAll(QSqlDatabase& database, std::span<const char* const> statements) {
    for (const char* const statement : statements)
        if (Failed failed = execute(database, QLatin1String(statement)))
            return failed;
    return std::nullopt;
}

/// False also where a lock or the disk keeps it from being read; `error` says which.
bool canRead(const QSqlDatabase& database, const QString& statement, QSqlError* error = nullptr) {
    QSqlQuery query(database);
    const bool isRead = query.exec(statement);
    if (!isRead && error != nullptr)
        *error = query.lastError();
    return isRead;
}

QString selectColumn(const AddedColumn& column) {
    return QStringLiteral("SELECT %1 FROM %2 LIMIT 0")
        .arg(QLatin1String(column.name), QLatin1String(column.table));
}

Failed addColumns(QSqlDatabase& database) {
    for (const AddedColumn& column : kSecondSchema)
        if (!canRead(database, selectColumn(column)))
            if (Failed failed = execute(database, QStringLiteral("ALTER TABLE %1 ADD COLUMN %2 %3")
                                                      .arg(QLatin1String(column.table),
                                                           QLatin1String(column.name),
                                                           QLatin1String(column.definition))))
                return failed;
    return std::nullopt;
}

Failed insertWords(QSqlDatabase& database, const QString& table, qint64 row, const QString& words) {
    QSqlQuery query(database);
    query.prepare(QStringLiteral("INSERT INTO %1(rowid, text) VALUES(?, ?)").arg(table));
    query.addBindValue(row);
    query.addBindValue(words);
    if (query.exec())
        return std::nullopt;
    return query.lastError().text();
}

Failed indexEverything(QSqlDatabase& database) {
    QSqlQuery titles(database);
    titles.setForwardOnly(true);
    if (!titles.exec(QStringLiteral("SELECT id, title FROM chats")))
        return titles.lastError().text();
    while (titles.next())
        if (Failed failed =
                insertWords(database, QStringLiteral("title_words"), titles.value(0).toLongLong(),
                            spacedWords(titles.value(1).toString())))
            return failed;
    QSqlQuery messages(database);
    messages.setForwardOnly(true);
    if (!messages.exec(QStringLiteral("SELECT * FROM messages")))
        return messages.lastError().text();
    const MessageRows rows(messages);
    while (messages.next()) {
        const MessageRecord message = rows.read();
        if (message.state == ReplyState::Streaming)
            continue;
        if (Failed failed =
                insertWords(database, QStringLiteral("words"), message.id, wordsOf(message)))
            return failed;
    }
    return std::nullopt;
}

/// Also of an index that is too damaged to be dropped: it can't even be opened.
Failed removeWordIndices(QSqlDatabase& database) {
    QStringList statements = {
        QStringLiteral("PRAGMA writable_schema=ON"),
        QStringLiteral("DELETE FROM sqlite_schema WHERE name IN ('words', 'title_words')"),
        QStringLiteral("PRAGMA writable_schema=RESET")};
    for (const char* const table : {"words", "title_words"})
        for (const char* const part : {"data", "idx", "content", "docsize", "config"})
            statements.append(QStringLiteral("DROP TABLE IF EXISTS %1_%2")
                                  .arg(QLatin1String(table), QLatin1String(part)));
    for (const QString& statement : std::as_const(statements))
        if (Failed failed = execute(database, statement))
            return failed;
    return std::nullopt;
}

Failed makeWordIndices(QSqlDatabase& database) {
    Failed failed = executeAll(database, kWordIndices);
    return failed ? failed : indexEverything(database);
}

Failed inTransaction(QSqlDatabase& database, const std::function<Failed()>& work) {
    Failed failed = execute(database, QStringLiteral("BEGIN IMMEDIATE"));
    if (failed)
        return failed;
    failed = work();
    if (!failed)
        failed = execute(database, QStringLiteral("COMMIT"));
    if (failed)
        execute(database, QStringLiteral("ROLLBACK"));
    return failed;
}

Failed build(QSqlDatabase& database, int from) {
    // Another window of the same data may have been first.
    QString detail;
    if (chatSchemaVersion(database, &detail) == kChatSchemaVersion)
        return std::nullopt;
    Failed failed;
    if (from < 1)
        failed = executeAll(database, kFirstSchema);
    if (!failed)
        failed = addColumns(database);
    if (!failed)
        failed = makeWordIndices(database);
    for (const QString& statement :
         {QStringLiteral("PRAGMA application_id=%1").arg(kApplicationId),
          QStringLiteral("PRAGMA user_version=%1").arg(kChatSchemaVersion)})
        if (!failed)
            failed = execute(database, statement);
    return failed;
}

} // namespace

int chatSchemaVersion(const QSqlDatabase& database, QString* detail) {
    QSqlQuery query(database);
    if (query.exec(QStringLiteral("PRAGMA user_version")) && query.next())
        return query.value(0).toInt();
    *detail = query.lastError().text();
    return -1;
}

bool hasChatColumns(const QSqlDatabase& database, int version, QString* detail) {
    QStringList statements;
    if (version > 0 && version <= kChatSchemaVersion)
        for (const char* const columns : kFirstColumns)
            statements.append(QLatin1String(columns) + QLatin1String(" LIMIT 0"));
    if (version == kChatSchemaVersion)
        for (const AddedColumn& column : kSecondSchema)
            statements.append(selectColumn(column));
    for (const QString& statement : std::as_const(statements)) {
        QSqlError error;
        if (canRead(database, statement, &error) || error.nativeErrorCode().toInt() != kNoSuchName)
            continue;
        *detail = error.text();
        return false;
    }
    return true;
}

bool hasWordIndices(const QSqlDatabase& database) {
    for (const char* const table : {"words", "title_words"}) {
        QSqlQuery query(database);
        query.prepare(QStringLiteral("SELECT 1 FROM sqlite_schema WHERE name = ?"));
        query.addBindValue(QLatin1String(table));
        if (query.exec() && !query.next())
            return false;
    }
    return true;
}

Failed bringUpToDate(QSqlDatabase& database, int from, const QString& backup) {
    if (from == kChatSchemaVersion)
        return hasWordIndices(database) ? std::nullopt : rebuildWordIndices(database);
    if (from > 0) {
        QSqlQuery copy(database);
        copy.prepare(QStringLiteral("VACUUM INTO ?"));
        copy.addBindValue(backup);
        if (!copy.exec()) {
            QFile::remove(backup);
            return copy.lastError().text();
        }
    }
    Failed failed = inTransaction(database, [&] { return build(database, from); });
    // It is tried again every few seconds: copies of what did not change would fill the disk.
    if (failed && from > 0)
        QFile::remove(backup);
    return failed;
}

Failed rebuildWordIndices(QSqlDatabase& database) {
    return inTransaction(database, [&] {
        const Failed failed = removeWordIndices(database);
        return failed ? failed : makeWordIndices(database);
    });
}

} // namespace hearth::ui
