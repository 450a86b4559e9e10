#include "state/chat_database.h"

#include "state/chat_rows.h"
#include "state/chat_salvage.h"

#include <QDateTime>
#include <QDir>
#include <QFile>
#include <QFileInfo>
#include <QJsonDocument>
#include <QSqlError>
#include <QSqlQuery>
#include <QUuid>
#include <QVariant>


namespace hearth::ui {

namespace {

/// How long an Undo in another window of the same data may still come.
constexpr qint64 kBinMilliseconds = 60'000;
constexpr int kApplicationId = 0x48524348; // "HRCH"

QString toText(const QJsonObject& json) {
    return QString::fromUtf8(QJsonDocument(json).toJson(QJsonDocument::Compact));
}

QJsonObject toObject(const QVariant& value) {
    return QJsonDocument::fromJson(value.toString().toUtf8()).object();
}

template<typename Enum>
Enum toEnum(const QVariant& value, Enum last, Enum fallback) {
    bool isNumber = false;
    const int number = value.toInt(&isNumber);
    return isNumber && number >= 0 && number <= static_cast<int>(last) ? static_cast<Enum>(number)
                                                                       : fallback;
}

/// The text as a LIKE pattern that finds it anywhere.
QString likePattern(const QString& text) {
    QString pattern = text;
    pattern.replace(QLatin1Char('\\'), QStringLiteral("\\\\"))
        .replace(QLatin1Char('%'), QStringLiteral("\\%"))
        .replace(QLatin1Char('_'), QStringLiteral("\\_"));
    return QLatin1Char('%') + pattern + QLatin1Char('%');
}

} // namespace

ChatRecord chatFromRow(const QSqlQuery& row) {
    ChatRecord chat;
    chat.id = row.value(0).toLongLong();
    chat.title = row.value(1).toString();
    chat.createdMs = row.value(2).toLongLong();
    chat.updatedMs = row.value(3).toLongLong();
    chat.deletedMs = row.value(4).toLongLong();
    chat.settings = ChatSettings::fromJson(toObject(row.value(5)));
    chat.draft = row.value(6).toString();
    chat.leaf = row.value(7).toLongLong();
    return chat;
}

MessageRecord messageFromRow(const QSqlQuery& row) {
    MessageRecord message;
    message.id = row.value(0).toLongLong();
    message.chat = row.value(1).toLongLong();
    message.parent = row.value(2).toLongLong();
    message.role = toEnum(row.value(3), MessageRole::Assistant, MessageRole::User);
    message.state = toEnum(row.value(4), ReplyState::Failed, ReplyState::Complete);
    message.createdMs = row.value(5).toLongLong();
    message.text = row.value(6).toString();
    message.setDetails(toObject(row.value(7)));
    return message;
}

ChatDatabase::ChatDatabase(QString file)
    : m_file(std::move(file))
    , m_connection(QUuid::createUuid().toString()) {}

ChatDatabase::~ChatDatabase() {
    close();
}

void ChatDatabase::close() {
    if (!m_database.isValid())
        return;
    m_database.close();
    m_database = {};
    QSqlDatabase::removeDatabase(m_connection);
}

ChatDatabase::Failed ChatDatabase::connectTo() {
    m_database = QSqlDatabase::addDatabase(QStringLiteral("QSQLITE"), m_connection);
    m_database.setDatabaseName(m_file);
    m_database.setConnectOptions(QStringLiteral("QSQLITE_BUSY_TIMEOUT=5000"));
    if (!m_database.open())
        return m_database.lastError().text();
    return std::nullopt;
}

ChatDatabase::Failed ChatDatabase::run(QSqlQuery& query) {
    if (query.exec())
        return std::nullopt;
    return query.lastError().text();
}

ChatDatabase::Failed ChatDatabase::execute(const QString& statement) {
    QSqlQuery query(m_database);
    if (query.exec(statement))
        return std::nullopt;
    return query.lastError().text();
}

OpenReport ChatDatabase::open() {
    QDir().mkpath(QFileInfo(m_file).absolutePath());
    if (const Failed failed = connectTo())
        return {OpenOutcome::Unwritable, {}, *failed, 0};
    QString detail;
    if (!isSound(&detail))
        return startAfresh(OpenOutcome::Damaged, detail);
    bool newer = false;
    const Failed failed = prepareSchema(&newer);
    if (newer)
        return startAfresh(OpenOutcome::Newer, {});
    if (failed)
        return {OpenOutcome::Unwritable, {}, *failed, 0};
    return {};
}

bool ChatDatabase::isSound(QString* detail) {
    if (!QFileInfo::exists(m_file) || QFileInfo(m_file).size() == 0)
        return true;
    // A file full of zeros has no header; SQLite takes one shorter than a page for a new database.
    QFile file(m_file);
    if (file.open(QIODevice::ReadOnly) && !file.read(16).startsWith("SQLite format 3")) {
        *detail = QStringLiteral("not a database");
        return false;
    }
    QSqlQuery query(m_database);
    if (!query.exec(QStringLiteral("PRAGMA quick_check(1)")) || !query.next()) {
        *detail = query.lastError().text();
        const QString code = query.lastError().nativeErrorCode();
        // SQLITE_CORRUPT and SQLITE_NOTADB; a lock or a missing permission is no damage.
        return code != QLatin1String("11") && code != QLatin1String("26");
    }
    *detail = query.value(0).toString();
    return *detail == QLatin1String("ok");
}

ChatDatabase::Failed ChatDatabase::prepareSchema(bool* newer) {
    QSqlQuery query(m_database);
    if (!query.exec(QStringLiteral("PRAGMA user_version")) || !query.next())
        return query.lastError().text();
    const int version = query.value(0).toInt();
    query.finish();
    *newer = version > kSchemaVersion;
    if (*newer)
        return std::nullopt;
    for (const char* const pragma : {"PRAGMA journal_mode=WAL", "PRAGMA synchronous=FULL"})
        if (const Failed failed = execute(QLatin1String(pragma)))
            return failed;
    if (version == kSchemaVersion)
        return std::nullopt;
    const QString statements[] = {
        QStringLiteral("BEGIN IMMEDIATE"),
        QStringLiteral("CREATE TABLE IF NOT EXISTS chats(id INTEGER PRIMARY KEY, "
                       "title TEXT NOT NULL, created INTEGER NOT NULL, updated INTEGER NOT NULL, "
                       "deleted INTEGER NOT NULL, settings TEXT NOT NULL, draft TEXT NOT NULL, "
                       "leaf INTEGER NOT NULL)"),
        QStringLiteral("CREATE TABLE IF NOT EXISTS messages(id INTEGER PRIMARY KEY, "
                       "chat INTEGER NOT NULL, parent INTEGER NOT NULL, role INTEGER NOT NULL, "
                       "state INTEGER NOT NULL, created INTEGER NOT NULL, text TEXT NOT NULL, "
                       "details TEXT NOT NULL)"),
        QStringLiteral("CREATE INDEX IF NOT EXISTS messages_by_chat ON messages(chat)"),
        QStringLiteral("PRAGMA application_id=%1").arg(kApplicationId),
        QStringLiteral("PRAGMA user_version=%1").arg(kSchemaVersion),
        QStringLiteral("COMMIT"),
    };
    return executeAll(statements);
}

OpenReport ChatDatabase::startAfresh(OpenOutcome outcome, const QString& detail) {
    close();
    const QString backup = setAside(outcome);
    if (backup.isEmpty())
        return {OpenOutcome::Unwritable, {}, detail, 0};
    OpenReport report{outcome, backup, detail, 0};
    bool newer = false;
    Failed failed = connectTo();
    if (!failed)
        failed = prepareSchema(&newer);
    if (failed)
        return {OpenOutcome::Unwritable, backup, *failed, 0};
    if (outcome == OpenOutcome::Damaged)
        report.salvagedMessages = salvageChats(backup, *this);
    return report;
}

QString ChatDatabase::setAside(OpenOutcome outcome) {
    const QString base =
        m_file + (outcome == OpenOutcome::Newer ? QStringLiteral(".newer-")
                                                : QStringLiteral(".damaged-")) +
        QDateTime::currentDateTimeUtc().toString(QStringLiteral("yyyyMMdd-HHmmss"));
    QString backup = base;
    for (int attempt = 1; QFileInfo::exists(backup); ++attempt)
        backup = base + QStringLiteral("-%1").arg(attempt);
    if (!QFile::rename(m_file, backup))
        return {};
    for (const char* const suffix : {"-wal", "-shm"})
        QFile::rename(m_file + QLatin1String(suffix), backup + QLatin1String(suffix));
    return backup;
}

QList<ChatRecord> ChatDatabase::chats() {
    QList<ChatRecord> chats;
    QSqlQuery query(m_database);
    query.setForwardOnly(true);
    query.exec(QStringLiteral("SELECT %1 FROM chats WHERE deleted = 0 ORDER BY updated DESC")
                   .arg(QLatin1String(kChatColumns)));
    while (query.next())
        chats.append(chatFromRow(query));
    return chats;
}

QList<MessageRecord> ChatDatabase::messages(RecordId chat) {
    QList<MessageRecord> messages;
    QSqlQuery query(m_database);
    query.setForwardOnly(true);
    query.prepare(QStringLiteral("SELECT %1 FROM messages WHERE chat = ? ORDER BY id")
                      .arg(QLatin1String(kMessageColumns)));
    query.addBindValue(chat);
    query.exec();
    while (query.next())
        messages.append(messageFromRow(query));
    return messages;
}

QList<RecordId> ChatDatabase::search(const QString& text) {
    QList<RecordId> found;
    QSqlQuery query(m_database);
    query.setForwardOnly(true);
    query.prepare(QStringLiteral(
        "SELECT id FROM chats WHERE deleted = 0 AND (title LIKE :p ESCAPE '\\' OR id IN "
        "(SELECT chat FROM messages WHERE text LIKE :q ESCAPE '\\'))"));
    query.bindValue(QStringLiteral(":p"), likePattern(text));
    query.bindValue(QStringLiteral(":q"), likePattern(text));
    query.exec();
    while (query.next())
        found.append(query.value(0).toLongLong());
    return found;
}

ChatDatabase::Failed ChatDatabase::putChat(const ChatRecord& chat) {
    QSqlQuery query(m_database);
    query.prepare(QStringLiteral("INSERT OR REPLACE INTO chats(%1) VALUES(?, ?, ?, ?, ?, ?, ?, ?)")
                      .arg(QLatin1String(kChatColumns)));
    query.addBindValue(chat.id);
    // A null QString would be bound as NULL.
    query.addBindValue(chat.title.isNull() ? QStringLiteral("") : chat.title);
    query.addBindValue(chat.createdMs);
    query.addBindValue(chat.updatedMs);
    query.addBindValue(chat.deletedMs);
    query.addBindValue(toText(chat.settings.toJson()));
    query.addBindValue(chat.draft.isNull() ? QStringLiteral("") : chat.draft);
    query.addBindValue(chat.leaf);
    return run(query);
}

ChatDatabase::Failed ChatDatabase::putMessage(const MessageRecord& message) {
    QSqlQuery query(m_database);
    query.prepare(
        QStringLiteral("INSERT OR REPLACE INTO messages(%1) VALUES(?, ?, ?, ?, ?, ?, ?, ?)")
            .arg(QLatin1String(kMessageColumns)));
    query.addBindValue(message.id);
    query.addBindValue(message.chat);
    query.addBindValue(message.parent);
    query.addBindValue(static_cast<int>(message.role));
    query.addBindValue(static_cast<int>(message.state));
    query.addBindValue(message.createdMs);
    query.addBindValue(message.text.isNull() ? QStringLiteral("") : message.text);
    query.addBindValue(toText(message.detailsToJson()));
    return run(query);
}

ChatDatabase::Failed ChatDatabase::removeChat(RecordId chat) {
    if (Failed failed = execute(QStringLiteral("BEGIN IMMEDIATE")))
        return failed;
    for (const char* const statement :
         {"DELETE FROM messages WHERE chat = ?", "DELETE FROM chats WHERE id = ?"}) {
        QSqlQuery query(m_database);
        query.prepare(QLatin1String(statement));
        query.addBindValue(chat);
        if (Failed failed = run(query)) {
            execute(QStringLiteral("ROLLBACK"));
            return failed;
        }
    }
    return execute(QStringLiteral("COMMIT"));
}

ChatDatabase::Failed ChatDatabase::purge() {
    const QString bin = QStringLiteral("deleted != 0 AND deleted < %1")
                            .arg(nowMilliseconds() - kBinMilliseconds);
    const QString statements[] = {
        QStringLiteral("BEGIN IMMEDIATE"),
        QStringLiteral("DELETE FROM messages WHERE chat IN (SELECT id FROM chats WHERE %1)").arg(bin),
        QStringLiteral("DELETE FROM chats WHERE %1").arg(bin),
        QStringLiteral("COMMIT"),
    };
    return executeAll(statements);
}

ChatDatabase::Failed ChatDatabase::executeAll(std::span<const QString> statements) {
    for (const QString& statement : statements) {
        if (Failed failed = execute(statement)) {
            execute(QStringLiteral("ROLLBACK"));
            return failed;
        }
    }
    return std::nullopt;
}

} // namespace hearth::ui
