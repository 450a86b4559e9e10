#include "state/chat_database.h"

#include "state/chat_rows.h"
#include "state/chat_salvage.h"
#include "state/chat_schema.h"
#include "state/chat_search.h"
#include "state/chat_words.h"

#include <QDateTime>
#include <QDir>
#include <QFile>
#include <QFileInfo>
#include <QJsonDocument>
#include <QSqlError>
#include <QUrl>
#include <QUuid>
#include <QVariant>

#include <utility>

namespace hearth::ui {

namespace {

/// How long an Undo in another window of the same data may still come.
constexpr qint64 kBinMilliseconds = 60'000;
constexpr char kBusyTimeout[] = "QSQLITE_BUSY_TIMEOUT=5000";

// SQLite's result codes.
constexpr int kIo = 10;
constexpr int kCorrupt = 11;
constexpr int kTooBig = 18;
constexpr int kConstraint = 19;
constexpr int kMismatch = 20;
constexpr int kNotADatabase = 26;

int codeOf(const QSqlError& error) {
    return error.nativeErrorCode().toInt() & 0xFF; // The rest tells of the kind.
}

QString toText(const QJsonObject& json) {
    return QString::fromUtf8(QJsonDocument(json).toJson(QJsonDocument::Compact));
}

QString toText(const QList<Attachment>& attachments) {
    if (attachments.isEmpty())
        return QStringLiteral("[]");
    return QString::fromUtf8(
        QJsonDocument(attachmentsToJson(attachments)).toJson(QJsonDocument::Compact));
}

/// A null QString would be bound as NULL.
QString notNull(const QString& text) {
    return text.isNull() ? QStringLiteral("") : text;
}

} // namespace

ChatDatabase::ChatDatabase(QString file)
    : m_file(std::move(file))
    , m_connection(QUuid::createUuid().toString()) {
}

ChatDatabase::~ChatDatabase() {
    close();
}

void ChatDatabase::close() {
    if (!m_database.isValid())
        return;
    m_prepared.clear();
    m_database.close();
    m_database = {};
    QSqlDatabase::removeDatabase(m_connection);
}

ChatDatabase::Failed ChatDatabase::connectTo(const QString& options) {
    m_database = QSqlDatabase::addDatabase(QStringLiteral("QSQLITE"), m_connection);
    m_database.setDatabaseName(m_file);
    m_database.setConnectOptions(options);
    if (!m_database.open())
        return m_database.lastError().text();
    return std::nullopt;
}

ChatDatabase::Failed ChatDatabase::execute(const QString& statement) {
    QSqlQuery query(m_database);
    if (query.exec(statement))
        return std::nullopt;
    return note(query.lastError());
}

ChatDatabase::Failed ChatDatabase::note(const QSqlError& error) {
    m_failure = codeOf(error);
    return error.text();
}

ChatDatabase::Failed ChatDatabase::prepare(const char* statement, QSqlQuery** query) {
    const auto [found, isNew] = m_prepared.try_emplace(statement, m_database);
    *query = &found->second;
    if (!isNew)
        return std::nullopt;
    found->second.setForwardOnly(true);
    if (found->second.prepare(QLatin1String(statement)))
        return std::nullopt;
    const Failed failed = note(found->second.lastError());
    m_prepared.erase(found);
    return failed;
}

ChatDatabase::Failed ChatDatabase::run(const char* statement, const QVariantList& values) {
    QSqlQuery* query = nullptr;
    if (Failed failed = prepare(statement, &query))
        return failed;
    for (qsizetype i = 0; i < values.size(); ++i)
        query->bindValue(static_cast<int>(i), values[i]);
    const bool isDone = query->exec();
    const Failed failed = isDone ? Failed() : note(query->lastError());
    query->finish();
    return failed;
}

ChatDatabase::Failed ChatDatabase::atomically(const std::function<Failed()>& work) {
    if (m_isInTransaction)
        return work();
    if (Failed failed = execute(QStringLiteral("BEGIN IMMEDIATE")))
        return failed;
    m_isInTransaction = true;
    Failed failed = work();
    m_isInTransaction = false;
    if (!failed)
        failed = execute(QStringLiteral("COMMIT"));
    if (!failed)
        return failed;
    const int code = m_failure;
    execute(QStringLiteral("ROLLBACK"));
    m_failure = code;
    // The file was sound when it was opened: most likely its index is not, which can be made anew.
    if (code != kCorrupt || std::exchange(m_hasRebuiltIndices, true))
        return failed;
    m_prepared.clear();
    return rebuildWordIndices(m_database) ? failed : atomically(work);
}

bool ChatDatabase::isHopeless() const {
    return m_failure == kTooBig || m_failure == kConstraint || m_failure == kMismatch;
}

OpenReport ChatDatabase::open() {
    QDir().mkpath(QFileInfo(m_file).absolutePath());
    OpenReport report = openShared();
    // Some network folders have no shared memory; one program alone needs none.
    if (report.outcome == OpenOutcome::Unwritable && m_failure == kIo && !openAlone())
        report = {};
    return report.outcome == OpenOutcome::Unwritable && report.backup.isEmpty()
               ? openForReading(report.detail)
               : report;
}

OpenReport ChatDatabase::openShared() {
    if (const Failed failed = connectTo(QLatin1String(kBusyTimeout)))
        return {OpenOutcome::Unwritable, {}, *failed, 0};
    QString detail;
    if (!isSound(&detail))
        return startAfresh(OpenOutcome::Damaged, detail);
    bool newer = false;
    const Failed failed = prepareSchema(&newer);
    if (newer)
        return startAfresh(OpenOutcome::Newer, {});
    return failed ? OpenReport{OpenOutcome::Unwritable, {}, *failed, 0} : OpenReport{};
}

ChatDatabase::Failed ChatDatabase::openAlone() {
    close();
    bool newer = false;
    Failed failed = connectTo(QLatin1String(kBusyTimeout));
    if (!failed)
        failed = execute(QStringLiteral("PRAGMA locking_mode=EXCLUSIVE"));
    return failed ? failed : prepareSchema(&newer);
}

OpenReport ChatDatabase::openForReading(const QString& detail) {
    // "immutable" reads what lies in a folder that takes no lock files.
    const QString uri =
        QUrl::fromLocalFile(QFileInfo(m_file).absoluteFilePath()).toString(QUrl::FullyEncoded);
    for (const QString& name :
         {uri + QStringLiteral("?mode=ro"), uri + QStringLiteral("?mode=ro&immutable=1")}) {
        close();
        m_database = QSqlDatabase::addDatabase(QStringLiteral("QSQLITE"), m_connection);
        m_database.setDatabaseName(name);
        m_database.setConnectOptions(QLatin1String(kBusyTimeout) +
                                     QLatin1String(";QSQLITE_OPEN_URI;QSQLITE_OPEN_READONLY"));
        if (m_database.open() &&
            QSqlQuery(m_database).exec(QStringLiteral("SELECT 1 FROM chats LIMIT 1")))
            break;
    }
    return {OpenOutcome::Unwritable, {}, detail, 0};
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
        // A lock or a missing permission is no damage.
        const int code = codeOf(query.lastError());
        return code != kCorrupt && code != kNotADatabase;
    }
    *detail = query.value(0).toString();
    if (*detail != QLatin1String("ok"))
        return false;
    query.finish();
    QString unread;
    const int version = chatSchemaVersion(m_database, &unread);
    if (version < 0 && unread.isEmpty()) {
        *detail = QStringLiteral("user_version %1").arg(version);
        return false;
    }
    return hasChatColumns(m_database, version, detail);
}

ChatDatabase::Failed ChatDatabase::prepareSchema(bool* newer) {
    if (Failed failed = execute(QStringLiteral("PRAGMA user_version")))
        return failed;
    QString detail;
    const int version = chatSchemaVersion(m_database, &detail);
    if (version < 0)
        return detail;
    *newer = version > kChatSchemaVersion;
    if (*newer)
        return std::nullopt;
    // EXTRA before WAL: the journal that makes the file one must not come back after a power loss.
    for (const char* const pragma : {"PRAGMA synchronous=EXTRA", "PRAGMA journal_mode=WAL",
                                     "SELECT 1 FROM sqlite_schema LIMIT 1"})
        if (const Failed failed = execute(QLatin1String(pragma)))
            return failed;
    // Another program may bring the same file up in the same second: each has a copy of its own.
    const QString mine = QUuid::createUuid().toString(QUuid::Id128).left(8);
    return bringUpToDate(m_database, version,
                         backupName(QStringLiteral("schema%1-%2").arg(version).arg(mine)));
}

OpenReport ChatDatabase::startAfresh(OpenOutcome outcome, const QString& detail) {
    close();
    const QString backup = setAside(outcome);
    if (backup.isEmpty())
        return {OpenOutcome::Unwritable, {}, detail, 0};
    OpenReport report{outcome, backup, detail, 0};
    bool newer = false;
    Failed failed = connectTo(QLatin1String(kBusyTimeout));
    if (!failed)
        failed = prepareSchema(&newer);
    if (failed)
        return {OpenOutcome::Unwritable, backup, *failed, 0};
    if (outcome == OpenOutcome::Damaged)
        report.salvagedMessages = salvageChats(backup, *this);
    return report;
}

QString ChatDatabase::backupName(const QString& kind) const {
    const QString base =
        m_file + QLatin1Char('.') + kind + QLatin1Char('-') +
        QDateTime::currentDateTimeUtc().toString(QStringLiteral("yyyyMMdd-HHmmss"));
    QString backup = base;
    for (int attempt = 1; QFileInfo::exists(backup); ++attempt)
        backup = base + QStringLiteral("-%1").arg(attempt);
    return backup;
}

QString ChatDatabase::setAside(OpenOutcome outcome) {
    const QString backup = backupName(outcome == OpenOutcome::Newer ? QStringLiteral("newer")
                                                                    : QStringLiteral("damaged"));
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
    query.exec(QStringLiteral("SELECT * FROM chats WHERE deleted = 0 ORDER BY updated DESC"));
    ChatRows rows(query);
    while (query.next())
        chats.append(rows.read());
    return chats;
}

QList<MessageRecord> ChatDatabase::messages(RecordId chat) {
    QList<MessageRecord> messages;
    QSqlQuery query(m_database);
    query.setForwardOnly(true);
    query.prepare(QStringLiteral("SELECT * FROM messages WHERE chat = ? ORDER BY id"));
    query.addBindValue(chat);
    query.exec();
    const MessageRows rows(query);
    while (query.next())
        messages.append(rows.read());
    return messages;
}

QList<SearchHit> ChatDatabase::search(const QString& text) {
    return searchChats(m_database, text, kMostHits);
}

ChatDatabase::Failed ChatDatabase::putChat(const ChatRecord& chat) {
    return atomically([&] {
        if (Failed failed = indexTitle(chat))
            return failed;
        return run("INSERT OR REPLACE INTO chats(id, title, created, updated, deleted, settings, "
                   "draft, leaf, title_is_ours, pinned, archived, folder, summary, "
                   "summary_through, draft_attachments) "
                   "VALUES(?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
                   {chat.id, notNull(chat.title), chat.createdMs, chat.updatedMs, chat.deletedMs,
                    toText(chat.settings.toJson()), notNull(chat.draft), chat.leaf,
                    chat.titleIsOurs ? 1 : 0, chat.pinned ? 1 : 0, chat.archived ? 1 : 0,
                    notNull(chat.folder), notNull(chat.summary), chat.summaryThrough,
                    toText(chat.draftAttachments)});
    });
}

ChatDatabase::Failed ChatDatabase::indexTitle(const ChatRecord& chat) {
    QSqlQuery* known = nullptr;
    if (Failed failed = prepare("SELECT title FROM chats WHERE id = ?", &known))
        return failed;
    known->bindValue(0, chat.id);
    const bool isSame = known->exec() && known->next() && known->value(0).toString() == chat.title;
    known->finish();
    if (isSame)
        return std::nullopt;
    if (Failed failed = run("DELETE FROM title_words WHERE rowid = ?", {chat.id}))
        return failed;
    return run("INSERT INTO title_words(rowid, text) VALUES(?, ?)",
               {chat.id, spacedWords(chat.title)});
}

ChatDatabase::Failed ChatDatabase::putMessage(const MessageRecord& message) {
    return atomically([&] {
        if (Failed failed = indexMessage(message))
            return failed;
        return run("INSERT OR REPLACE INTO messages(id, chat, parent, role, state, created, text, "
                   "details, attachments) VALUES(?, ?, ?, ?, ?, ?, ?, ?, ?)",
                   {message.id, message.chat, message.parent, static_cast<int>(message.role),
                    static_cast<int>(message.state), message.createdMs, notNull(message.text),
                    toText(message.detailsToJson()), toText(message.attachments)});
    });
}

ChatDatabase::Failed ChatDatabase::indexMessage(const MessageRecord& message) {
    if (Failed failed = run("DELETE FROM words WHERE rowid = ?", {message.id}))
        return failed;
    // A reply is stored every second while it grows; to index it each time would cost its square.
    if (message.state == ReplyState::Streaming)
        return std::nullopt;
    return run("INSERT INTO words(rowid, text) VALUES(?, ?)", {message.id, wordsOf(message)});
}

ChatDatabase::Failed ChatDatabase::removeChat(RecordId chat) {
    return atomically([&]() -> Failed {
        for (const char* const statement :
             {"DELETE FROM words WHERE rowid IN (SELECT id FROM messages WHERE chat = ?)",
              "DELETE FROM messages WHERE chat = ?", "DELETE FROM title_words WHERE rowid = ?",
              "DELETE FROM chats WHERE id = ?"})
            if (Failed failed = run(statement, {chat}))
                return failed;
        return std::nullopt;
    });
}

ChatDatabase::Failed ChatDatabase::purge() {
    QList<RecordId> binned;
    QSqlQuery query(m_database);
    query.exec(QStringLiteral("SELECT id FROM chats WHERE deleted != 0 AND deleted < %1")
                   .arg(nowMilliseconds() - kBinMilliseconds));
    while (query.next())
        binned.append(query.value(0).toLongLong());
    query.finish();
    if (binned.isEmpty())
        return std::nullopt;
    return atomically([&]() -> Failed {
        for (const RecordId chat : binned)
            if (Failed failed = removeChat(chat))
                return failed;
        return std::nullopt;
    });
}

ChatDatabase::Failed ChatDatabase::settleReplies() {
    QList<MessageRecord> replies;
    {
        QSqlQuery query(m_database);
        query.exec(QStringLiteral("SELECT * FROM messages WHERE state = %1")
                       .arg(static_cast<int>(ReplyState::Streaming)));
        const MessageRows rows(query);
        while (query.next())
            replies.append(rows.read());
    }
    if (replies.isEmpty())
        return std::nullopt;
    return atomically([&]() -> Failed {
        for (MessageRecord& reply : replies) {
            reply.state = ReplyState::Stopped;
            if (Failed failed = putMessage(reply))
                return failed;
        }
        return std::nullopt;
    });
}

} // namespace hearth::ui
