#pragma once

#include "bridge/job_thread.h"
#include "state/chat_records.h"

#include <QObject>

#include <functional>

namespace hearth::ui {

class ChatStore;
struct ChatContents;

enum class TransferFormat { Json, Markdown };

/// Takes chats out into files and in from them, on a thread of its own beside the store's. Window's
/// thread; outlived by the store.
class ChatTransfer : public QObject {
    Q_OBJECT

public:
    explicit ChatTransfer(ChatStore& store, QObject* parent = nullptr);
    /// Waits for what is being written.
    ~ChatTransfer() override;

    /// Answered by exported() or failed(). One chat as Markdown goes into the file `path`, several
    /// into the folder, which is made.
    void exportChats(const QList<RecordId>& ids, TransferFormat format, const QString& path);
    /// Answered by imported() or failed().
    void importChats(const QString& file);

signals:
    void exported(const QString& path, int chats);
    void imported(int chats, int messages);
    void failed(const QString& path, const QString& detail);

private:
    void write(const QList<ChatContents>& chats, TransferFormat format, const QString& path);
    void read(const QString& file);
    void tell(std::function<void()> what);

    ChatStore& m_store;
    JobThread m_thread;
};

} // namespace hearth::ui
