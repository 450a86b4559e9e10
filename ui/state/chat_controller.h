#pragma once

#include "state/chat_list_model.h"

#include <QObject>

#include <map>
#include <memory>

namespace hearth::ui {

class ChatSession;
class ChatStore;
class EngineBridge;

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
    /// Takes the chat out of sight, its reply stopped. restore() brings it back until
    /// finishRemoval().
    void remove(RecordId id);
    void restore(RecordId id);
    void finishRemoval(RecordId id);
    /// Shows only chats with `text` in title or messages; blank: all.
    void search(const QString& text);
    [[nodiscard]] const QString& searchText() const { return m_searchText; }
    /// Name of the model that chats are answered by from now on.
    void setModel(const QString& name);
    /// Stores what streams, before the window closes.
    void saveAll();

signals:
    void currentChanged();
    void listLoaded();
    void searchFinished();

private:
    void onChatsLoaded(QList<ChatRecord> chats);
    /// Opens a chat without messages.
    void begin(ChatRecord record);
    ChatSession& adopt(std::unique_ptr<ChatSession> session);
    void setCurrent(ChatSession& session);
    void onBusyChanged(ChatSession& session);
    void dropIdle();

    EngineBridge& m_bridge;
    ChatStore& m_store;
    ChatListModel m_list;
    std::map<RecordId, std::unique_ptr<ChatSession>> m_sessions; ///< Open or streaming.
    std::map<RecordId, ChatRecord> m_bin;
    ChatSession* m_current = nullptr;
    QString m_model;
    QString m_searchText;
    bool m_listLoaded = false;
};

} // namespace hearth::ui
