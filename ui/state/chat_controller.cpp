#include "state/chat_controller.h"

#include "state/chat_session.h"
#include "state/chat_store.h"

#include <QTimer>

#include <algorithm>
#include <utility>

namespace hearth::ui {

ChatController::ChatController(EngineBridge& bridge, ChatStore& store, QObject* parent)
    : QObject(parent)
    , m_bridge(bridge)
    , m_store(store) {
    connect(&store, &ChatStore::chatsLoaded, this, &ChatController::onChatsLoaded);
    connect(&store, &ChatStore::messagesLoaded, this,
            [this](RecordId chat, const QList<MessageRecord>& messages) {
                const auto found = m_sessions.find(chat);
                if (found != m_sessions.end() && !found->second->isLoaded())
                    found->second->setMessages(messages);
            });
    connect(&store, &ChatStore::searched, this,
            [this](const QString& text, const QList<RecordId>& chats) {
                if (text != m_searchText)
                    return;
                QList<SearchHit> hits;
                for (const RecordId chat : chats)
                    hits.append({chat, 0, {}});
                m_list.setHits(hits);
                emit searchFinished();
            });
    connect(&m_list, &ChatListModel::renameRequested, this, &ChatController::rename);
    newChat();
    store.loadChats();
}

ChatController::~ChatController() = default;

void ChatController::onChatsLoaded(QList<ChatRecord> chats) {
    const auto begun = std::stable_partition(chats.begin(), chats.end(),
                                             [](const ChatRecord& chat) { return chat.leaf != 0; });
    const QList<ChatRecord> drafts(begun, chats.end());
    chats.erase(begun, chats.end());
    m_list.setChats(std::move(chats));
    m_listLoaded = true;
    emit listLoaded();
    const bool isBlank = m_current->count() == 0 && m_current->record().draft.isEmpty();
    if (isBlank && !drafts.isEmpty()) {
        ChatRecord draft = drafts.first();
        draft.settings.model = m_model;
        begin(std::move(draft));
    }
}

void ChatController::begin(ChatRecord record) {
    ChatSession& session =
        adopt(std::make_unique<ChatSession>(std::move(record), m_bridge, m_store));
    session.setMessages({});
    setCurrent(session);
}

ChatSession& ChatController::adopt(std::unique_ptr<ChatSession> session) {
    ChatSession& adopted = *session;
    connect(&adopted, &ChatSession::recordChanged, this,
            [this, &adopted] {
                if (adopted.count() > 0)
                    m_list.put(adopted.record());
            });
    connect(&adopted, &ChatSession::busyChanged, this,
            [this, &adopted] { onBusyChanged(adopted); });
    m_sessions[adopted.record().id] = std::move(session);
    return adopted;
}

void ChatController::newChat() {
    const auto unbegun = std::find_if(m_sessions.begin(), m_sessions.end(), [](const auto& entry) {
        return entry.second->isLoaded() && entry.second->count() == 0;
    });
    if (unbegun != m_sessions.end()) {
        setCurrent(*unbegun->second);
        return;
    }
    ChatRecord record;
    record.id = makeRecordId();
    record.createdMs = record.updatedMs = nowMilliseconds();
    record.settings.model = m_model;
    begin(std::move(record));
}

void ChatController::open(RecordId id) {
    if (const auto found = m_sessions.find(id); found != m_sessions.end()) {
        setCurrent(*found->second);
        return;
    }
    const ChatRecord* record = m_list.find(id);
    if (record == nullptr)
        return;
    ChatSession& session = adopt(std::make_unique<ChatSession>(*record, m_bridge, m_store));
    m_store.loadMessages(id);
    setCurrent(session);
}

void ChatController::openNeighbour(int rows) {
    const int last = m_list.rowCount() - 1;
    if (last < 0)
        return;
    const int row = m_list.rowOf(m_current->record().id);
    open(m_list.idAt(row < 0 ? 0 : std::clamp(row + rows, 0, last)));
}

void ChatController::setCurrent(ChatSession& session) {
    if (m_current == &session)
        return;
    m_current = &session;
    m_list.setCurrent(session.record().id);
    emit currentChanged();
    dropIdle();
}

void ChatController::dropIdle() {
    std::erase_if(m_sessions, [this](const auto& entry) {
        ChatSession& session = *entry.second;
        const bool holdsDraft = session.count() == 0 && !session.record().draft.isEmpty();
        if (&session == m_current || session.isBusy() || holdsDraft)
            return false;
        session.save();
        return true;
    });
}

void ChatController::onBusyChanged(ChatSession& session) {
    m_list.setBusy(session.record().id, session.isBusy());
    // The session that tells us must outlive its signal.
    QTimer::singleShot(0, this, &ChatController::dropIdle);
}

void ChatController::rename(RecordId id, const QString& title) {
    if (const auto found = m_sessions.find(id); found != m_sessions.end()) {
        found->second->setTitle(title);
        return;
    }
    const ChatRecord* known = m_list.find(id);
    if (known == nullptr || title.simplified().isEmpty())
        return;
    ChatRecord record = *known;
    record.title = title.simplified();
    m_store.put(record);
    m_list.put(record);
}

void ChatController::remove(const QList<RecordId>& ids) {
    for (const RecordId id : ids)
        removeOne(id);
}

void ChatController::removeOne(RecordId id) {
    if (m_list.find(id) == nullptr)
        return;
    if (const auto found = m_sessions.find(id); found != m_sessions.end())
        found->second->save();
    ChatRecord record = *m_list.find(id);
    const int row = m_list.rowOf(id);
    m_list.remove(id);
    if (m_current->record().id == id) {
        const RecordId next = m_list.idAt(std::min(row, m_list.rowCount() - 1));
        if (next != 0)
            open(next);
        else
            newChat();
    }
    m_sessions.erase(id);
    m_list.setBusy(id, false);
    m_bin[id] = record;
    record.deletedMs = nowMilliseconds();
    m_store.put(record);
}

void ChatController::restore(const QList<RecordId>& ids) {
    for (const RecordId id : ids)
        restoreOne(id);
}

void ChatController::finishRemoval(const QList<RecordId>& ids) {
    for (const RecordId id : ids)
        if (m_bin.erase(id) > 0)
            m_store.remove(id);
}

void ChatController::restoreOne(RecordId id) {
    const auto found = m_bin.find(id);
    if (found == m_bin.end())
        return;
    m_store.put(found->second);
    m_list.put(found->second);
    m_bin.erase(found);
    open(id);
}

void ChatController::search(const QString& text) {
    m_searchText = text.trimmed();
    if (!m_searchText.isEmpty()) {
        m_store.search(m_searchText);
        return;
    }
    m_list.setHits(std::nullopt);
    emit searchFinished();
}

void ChatController::setModel(const QString& name) {
    m_model = name;
    ChatSettings settings = m_current->record().settings;
    if (settings.model == name)
        return;
    settings.model = name;
    m_current->setSettings(settings);
}

void ChatController::setPinned(RecordId, bool) {}
void ChatController::setFolder(RecordId, const QString&) {}
QStringList ChatController::folders() const { return {}; }
void ChatController::renameFolder(const QString&, const QString&) {}
void ChatController::setArchived(const QList<RecordId>&, bool) {}
void ChatController::setScope(const ChatScope& scope) { m_list.setScope(scope); }
void ChatController::fork(int) {}
void ChatController::exportChats(const QList<RecordId>&, TransferFormat, const QString&) {}
void ChatController::importChats(const QString&) {}
bool ChatController::isBusy() const { return false; }
void ChatController::stopAll() {}

void ChatController::saveAll() {
    for (const auto& [id, session] : m_sessions)
        session->save();
}

} // namespace hearth::ui
