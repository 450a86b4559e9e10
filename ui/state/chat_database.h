#pragma once

#include "state/chat_records.h"
#include "state/open_report.h"

#include <QList>
#include <QSqlDatabase>
#include <QString>

#include <optional>
#include <span>

class QSqlQuery;

namespace hearth::ui {

/// The chats on disk: SQLite in WAL mode, each write flushed. Belongs to one thread.
///
/// A file that is damaged, or of a newer schema, is renamed with its journal and never written to.
/// Functions that write return the database's words when they fail and leave the file as it was.
class ChatDatabase {
public:
    static constexpr int kSchemaVersion = 1;
    using Failed = std::optional<QString>;

    explicit ChatDatabase(QString file);
    ~ChatDatabase();
    ChatDatabase(const ChatDatabase&) = delete;
    ChatDatabase& operator=(const ChatDatabase&) = delete;

    OpenReport open();

    [[nodiscard]] QList<ChatRecord> chats();
    [[nodiscard]] QList<MessageRecord> messages(RecordId chat);
    /// Chats whose title or text contains `text`, ASCII letters in either case.
    [[nodiscard]] QList<RecordId> search(const QString& text);

    Failed putChat(const ChatRecord& chat);
    Failed putMessage(const MessageRecord& message);
    Failed removeChat(RecordId chat);
    /// Removes what lies in the bin for longer than an Undo can take.
    Failed purge();

private:
    Failed connectTo();
    void close();
    [[nodiscard]] Failed prepareSchema(bool* newer);
    [[nodiscard]] bool isSound(QString* detail);
    OpenReport startAfresh(OpenOutcome outcome, const QString& detail);
    [[nodiscard]] QString setAside(OpenOutcome outcome);
    Failed run(QSqlQuery& query);
    Failed execute(const QString& statement);
    /// A transaction; rolled back at the first statement that fails.
    Failed executeAll(std::span<const QString> statements);

    const QString m_file;
    const QString m_connection;
    QSqlDatabase m_database;
};

} // namespace hearth::ui
