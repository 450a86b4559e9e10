#pragma once

#include "state/chat_records.h"
#include "state/open_report.h"

#include <QList>
#include <QSqlDatabase>
#include <QSqlQuery>
#include <QString>

#include <functional>
#include <map>
#include <optional>

class QSqlError;

namespace hearth::ui {

/// The chats on disk: SQLite in WAL mode, each write flushed. Belongs to one thread.
///
/// A file that is damaged, or of a newer schema, is renamed with its journal and never written to;
/// one of an older schema is copied before it is changed. Where the file can't be written it is
/// still read. Functions that write return the database's words when they fail and leave the file
/// as it was.
///
/// What a search finds is kept in step in the same transaction, but for a reply that streams: it
/// is found once it is done.
class ChatDatabase {
public:
    static constexpr int kMostHits = 200;
    using Failed = std::optional<QString>;

    explicit ChatDatabase(QString file);
    ~ChatDatabase();
    ChatDatabase(const ChatDatabase&) = delete;
    ChatDatabase& operator=(const ChatDatabase&) = delete;

    OpenReport open();

    [[nodiscard]] QList<ChatRecord> chats();
    [[nodiscard]] QList<MessageRecord> messages(RecordId chat);
    /// Chats with all words of `text` in their title or in one message, the last as it begins; the
    /// newest kMostHits, each with its newest message that holds them.
    [[nodiscard]] QList<SearchHit> search(const QString& text);

    Failed putChat(const ChatRecord& chat);
    Failed putMessage(const MessageRecord& message);
    Failed removeChat(RecordId chat);
    /// Removes what lies in the bin for longer than an Undo can take.
    Failed purge();
    /// Replies that were on their way when the program ended count as stopped.
    Failed settleReplies();
    /// All that `work` writes, or nothing.
    Failed atomically(const std::function<Failed()>& work);
    /// The write that failed last could not succeed on any disk (a row that is too large).
    [[nodiscard]] bool isHopeless() const;

private:
    Failed connectTo(const QString& options);
    void close();
    OpenReport openShared();
    /// Without shared memory, so that nobody else can use the file meanwhile.
    Failed openAlone();
    [[nodiscard]] Failed prepareSchema(bool* newer);
    [[nodiscard]] bool isSound(QString* detail);
    OpenReport startAfresh(OpenOutcome outcome, const QString& detail);
    /// Opens what can't be written, as far as it can be read.
    OpenReport openForReading(const QString& detail);
    [[nodiscard]] QString setAside(OpenOutcome outcome);
    [[nodiscard]] QString backupName(const QString& kind) const;
    Failed indexTitle(const ChatRecord& chat);
    Failed indexMessage(const MessageRecord& message);
    /// Prepared once; `statement` is a literal.
    Failed prepare(const char* statement, QSqlQuery** query);
    Failed run(const char* statement, const QVariantList& values);
    Failed note(const QSqlError& error);
    Failed execute(const QString& statement);

    const QString m_file;
    const QString m_connection;
    QSqlDatabase m_database;
    std::map<const char*, QSqlQuery> m_prepared;
    int m_failure = 0; ///< SQLite's code of the last failure.
    bool m_isInTransaction = false;
    bool m_hasRebuiltIndices = false;
};

} // namespace hearth::ui
