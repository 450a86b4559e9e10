#pragma once

#include "state/chat_list_model.h"
#include "state/chat_titles.h"
#include "state/chat_transfer.h"

#include <QObject>
#include <QStringList>

#include <functional>
#include <map>
#include <memory>

namespace hearth::ui {

class ChatSession;
class ChatStore;
struct Conversation;
class EngineBridge;
struct OpenReport;

/// The chats of the window: the list, the one that is open, and those whose replies still stream.
/// Window's thread.
class ChatController : public QObject {
    Q_OBJECT

public:
    ChatController(EngineBridge& bridge, ChatStore& store, QObject* parent = nullptr);
    ~ChatController() override;

    [[nodiscard]] ChatListModel& list() { return m_list; }
    /// Never null: at first a chat that has not begun.
    [[nodiscard]] ChatSession& current() { return *m_current; }
    [[nodiscard]] bool isListLoaded() const { return m_listLoaded; }

    /// Opens a chat that has not begun; the open one if that is such already.
    void newChat();
    void open(RecordId id);
    /// The chat `rows` further down the list; the nearest there is.
    void openNeighbour(int rows);
    void rename(RecordId id, const QString& title);
    void setPinned(RecordId id, bool pinned);
    /// Empty: out of any folder. A folder is there as long as a chat is in it.
    void setFolder(RecordId id, const QString& folder);
    [[nodiscard]] QStringList folders() const; ///< In alphabetical order.
    void renameFolder(const QString& from, const QString& to);
    /// Out of the list and into the archive, or back.
    void setArchived(const QList<RecordId>& ids, bool archived);
    /// Takes chats out of sight, their replies stopped. restore() brings them back until
    /// finishRemoval().
    void remove(const QList<RecordId>& ids);
    void restore(const QList<RecordId>& ids);
    void finishRemoval(const QList<RecordId>& ids);
    /// Which chats the list shows while nothing is searched for.
    void setScope(const ChatScope& scope);
    /// Opens a new chat that holds the open one's messages up to `index`.
    void fork(int index);
    /// Opens a new chat that holds a conversation from elsewhere; a person's last turn becomes the
    /// draft, so that the model can be asked again.
    void openConversation(const Conversation& conversation);
    /// Shows only chats with `text` in title or messages, the archived ones too; blank: all.
    void search(const QString& text);
    /// Answered by exported() or transferFailed(). Several chats as Markdown go into a folder, one
    /// file each; as JSON into one file.
    void exportChats(const QList<RecordId>& ids, TransferFormat format, const QString& path);
    /// Adds the chats of a file as exportChats() writes it (JSON), or as ChatGPT or Open WebUI do:
    /// all of them or none, always as new ones. Answered by imported() or transferFailed().
    void importChats(const QString& file);
    [[nodiscard]] bool isBusy() const; ///< A reply is on its way in some chat.
    [[nodiscard]] int busyCount() const; ///< Chats with such a reply.
    void stopAll();
    [[nodiscard]] const QString& searchText() const { return m_searchText; }
    /// Name of the model that chats are answered by from now on.
    /// Chats that have not begun take `temperature`, unless theirs was changed.
    void setModel(const QString& name, double temperature = ChatSettings().temperature);
    /// Whether the model names chats after their first reply; so it does at first.
    void setAutomaticTitles(bool enabled) { m_titles.setEnabled(enabled); }
    /// Stores what streams, before the window closes.
    void saveAll();

signals:
    void currentChanged();
    void listLoaded();
    void searchFinished();
    void foldersChanged();
    void busyChanged();
    /// A reply has ended in a chat, the open one or another.
    void replyFinished(qint64 chat, bool failed);
    void exported(const QString& path, int chats);
    void imported(int chats, int messages);
    void transferFailed(const QString& path, const QString& detail);

private:
    void takeOut(RecordId id);
    void change(RecordId id, const std::function<void(ChatRecord&)>& change);
    /// The chat to show once `gone` are removed; 0: none is left.
    [[nodiscard]] RecordId neighbourOf(RecordId id, const QSet<RecordId>& gone) const;
    void onChatsLoaded(QList<ChatRecord> chats);
    /// Opens a chat without messages.
    void begin(ChatRecord record);
    ChatSession& adopt(std::unique_ptr<ChatSession> session);
    void setCurrent(ChatSession& session);
    void onBusyChanged(ChatSession& session);
    void onReplyEnded(ChatSession& session, bool failed);
    void onStoreOpened(const OpenReport& report);
    void dropIdle();

    EngineBridge& m_bridge;
    ChatStore& m_store;
    ChatListModel m_list;
    TitleMaker m_titles;
    ChatTransfer m_transfer;
    std::map<RecordId, std::unique_ptr<ChatSession>> m_sessions; ///< Open or streaming.
    std::map<RecordId, ChatRecord> m_bin;
    /// Of chats that are not open: probabilities are kept for as long as the program runs.
    std::map<RecordId, QHash<RecordId, QList<TokenMark>>> m_marks;
    ChatSession* m_current = nullptr;
    QString m_model;
    double m_temperature = ChatSettings().temperature; ///< That chats begin with.
    QString m_searchText;
    bool m_listLoaded = false;
    bool m_storeWasUnusable = false;
};

} // namespace hearth::ui
