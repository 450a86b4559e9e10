#pragma once

#include "bridge/job_thread.h"
#include "state/chat_records.h"
#include "state/open_report.h"

#include <QList>
#include <QObject>
#include <QTimer>

#include <atomic>
#include <functional>
#include <memory>
#include <optional>
#include <variant>
#include <vector>

namespace hearth::ui {

/// A chat and all its messages.
struct ChatContents {
    ChatRecord chat;
    QList<MessageRecord> messages;
};

/// The chats of a data folder, kept by a thread of its own. Functions are called on the window's
/// thread and return at once; answers come as signals there.
///
/// What is put within one event of the window's thread is written together, or not at all: a crash
/// leaves no message without its chat. A write that fails stays in memory, in order and merged by
/// record, and is tried again every few seconds; reads see it meanwhile. So nothing is lost while
/// the program runs.
class ChatStore : public QObject {
    Q_OBJECT

public:
    static constexpr int kRetryMilliseconds = 3000;

    explicit ChatStore(const QString& file, QObject* parent = nullptr);
    /// Writes what waits, as far as the disk lets it, and joins.
    ~ChatStore() override;

    void loadChats();
    void loadMessages(RecordId chat);
    /// Answered by searched(), unless another search comes before its turn.
    void search(const QString& text);
    /// Reads chats with their messages, those in the bin too, for `take`, which is called on the
    /// store's thread.
    void read(const QList<RecordId>& chats, std::function<void(QList<ChatContents>)> take);
    /// Adds chats in one transaction, on the store's thread once it is its turn; `done` is called
    /// there, with the database's words if nothing was added. May be called from any thread.
    void add(QList<ChatContents> chats, std::function<void(std::optional<QString>)> done);

    void put(const ChatRecord& chat);
    void put(const MessageRecord& message);
    void remove(RecordId chat);
    /// Tries again now to write what could not be written.
    void retry();
    /// Answered by synced() once everything put so far was tried.
    void sync();
    [[nodiscard]] bool hasUnsaved() const { return m_hasUnsaved; }

signals:
    void opened(const hearth::ui::OpenReport& report);
    void chatsLoaded(const QList<hearth::ui::ChatRecord>& chats);
    void messagesLoaded(qint64 chat, const QList<hearth::ui::MessageRecord>& messages);
    void searched(const QString& text, const QList<hearth::ui::SearchHit>& hits);
    /// The disk takes no more (full, read-only, locked); once until allSaved().
    void notSaved(const QString& detail);
    void allSaved();
    void synced(bool everythingIsOnDisk);

private:
    class Worker;
    using Write = std::variant<ChatRecord, MessageRecord, RecordId>; ///< The last: a removal.

    void write(Write write);
    /// Hands what was put in this event to the thread.
    void post();
    void onTrouble(const QString& detail);
    void onAllSaved();

    QTimer m_retry;
    bool m_hasUnsaved = false;
    std::vector<Write> m_batch;
    std::shared_ptr<std::atomic<quint64>> m_newestSearch;
    std::unique_ptr<Worker> m_worker; ///< Used on m_thread only.
    JobThread m_thread;
};

} // namespace hearth::ui
