#pragma once

#include "bridge/job_thread.h"
#include "state/chat_records.h"
#include "state/open_report.h"

#include <QList>
#include <QObject>
#include <QTimer>

#include <memory>

namespace hearth::ui {

/// The chats of a data folder, kept by a thread of its own. Functions are called on the window's
/// thread and return at once; answers come as signals there.
///
/// A write that fails stays in memory, in order and merged by record, and is tried again every few
/// seconds; reads see it meanwhile. So nothing is lost while the program runs.
class ChatStore : public QObject {
    Q_OBJECT

public:
    static constexpr int kRetryMilliseconds = 3000;

    explicit ChatStore(const QString& file, QObject* parent = nullptr);
    /// Writes what waits, as far as the disk lets it, and joins.
    ~ChatStore() override;

    void loadChats();
    void loadMessages(RecordId chat);
    void search(const QString& text);

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
    void searched(const QString& text, const QList<qint64>& chats);
    /// The disk takes no more (full, read-only, locked); once until allSaved().
    void notSaved(const QString& detail);
    void allSaved();
    void synced(bool everythingIsOnDisk);

private:
    class Worker;

    void onTrouble(const QString& detail);
    void onAllSaved();

    QTimer m_retry;
    bool m_hasUnsaved = false;
    std::unique_ptr<Worker> m_worker; ///< Used on m_thread only.
    JobThread m_thread;
};

} // namespace hearth::ui
