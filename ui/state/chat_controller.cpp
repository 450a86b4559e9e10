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
    , m_store(store)
    , m_titles(bridge)
    , m_transfer(store) {
    connect(&store, &ChatStore::opened, this, &ChatController::onStoreOpened);
    connect(&store, &ChatStore::chatsLoaded, this, &ChatController::onChatsLoaded);
    connect(&store, &ChatStore::messagesLoaded, this,
            [this](RecordId chat, const QList<MessageRecord>& messages) {
                const auto found = m_sessions.find(chat);
                if (found != m_sessions.end() && !found->second->isLoaded())
                    found->second->setMessages(messages);
            });
    connect(&store, &ChatStore::searched, this,
            [this](const QString& text, const QList<SearchHit>& hits) {
                if (text != m_searchText)
                    return;
                m_list.setHits(hits);
                emit searchFinished();
            });
    connect(&m_titles, &TitleMaker::named, this, [this](RecordId id, const QString& title) {
        change(id, [&](ChatRecord& record) {
            if (record.titleIsOurs)
                record.title = title;
        });
    });
    connect(&m_transfer, &ChatTransfer::exported, this, &ChatController::exported);
    connect(&m_transfer, &ChatTransfer::failed, this, &ChatController::transferFailed);
    connect(&m_transfer, &ChatTransfer::imported, this, [this](int chats, int messages) {
        m_store.loadChats();
        emit imported(chats, messages);
    });
    connect(&m_list, &ChatListModel::renameRequested, this, &ChatController::rename);
    newChat();
    store.loadChats();
}

ChatController::~ChatController() = default;

void ChatController::onStoreOpened(const OpenReport& report) {
    // Only now can what lies there be seen.
    if (std::exchange(m_storeWasUnusable, report.outcome == OpenOutcome::Unwritable))
        m_store.loadChats();
}

void ChatController::onChatsLoaded(QList<ChatRecord> chats) {
    const auto begun = std::stable_partition(chats.begin(), chats.end(),
                                             [](const ChatRecord& chat) { return chat.leaf != 0; });
    const QList<ChatRecord> drafts(begun, chats.end());
    chats.erase(begun, chats.end());
    m_list.setChats(std::move(chats));
    emit foldersChanged();
    if (std::exchange(m_listLoaded, true))
        return;
    emit listLoaded();
    const bool isBlank = m_current->count() == 0 && !m_current->hasDraft();
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
    connect(&adopted, &ChatSession::recordChanged, this, [this, &adopted] {
        if (!adopted.isLoaded() || adopted.count() > 0)
            m_list.put(adopted.record());
    });
    connect(&adopted, &ChatSession::busyChanged, this,
            [this, &adopted] { onBusyChanged(adopted); });
    connect(&adopted, &ChatSession::replyEnded, this,
            [this, &adopted](bool failed) { onReplyEnded(adopted, failed); });
    connect(&adopted, &ChatSession::summarised, this,
            [this] { QTimer::singleShot(0, this, &ChatController::dropIdle); });
    m_sessions[adopted.record().id] = std::move(session);
    return adopted;
}

void ChatController::newChat() {
    const auto unbegun = std::find_if(m_sessions.begin(), m_sessions.end(), [](const auto& entry) {
        return entry.second->isLoaded() && entry.second->count() == 0;
    });
    if (unbegun != m_sessions.end()) {
        setCurrent(*unbegun->second);
    } else {
        ChatRecord record;
        record.id = makeRecordId();
        record.createdMs = record.updatedMs = nowMilliseconds();
        record.settings.model = m_model;
        record.settings.temperature = m_temperature;
        begin(std::move(record));
    }
    // Where one looks is where one begins.
    if (const ChatScope& scope = m_list.scope(); scope.kind == ChatScope::Kind::Folder)
        m_current->amend([&](ChatRecord& record) { record.folder = scope.folder; });
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
    if (const auto marks = m_marks.find(id); marks != m_marks.end()) {
        session.setMarks(marks->second);
        m_marks.erase(marks);
    }
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
        const bool holdsDraft = session.count() == 0 && session.hasDraft();
        if (&session == m_current || session.isBusy() || session.isSummarising() || holdsDraft)
            return false;
        session.save();
        if (!session.marks().isEmpty())
            m_marks[entry.first] = session.marks();
        return true;
    });
}

void ChatController::onBusyChanged(ChatSession& session) {
    m_list.setBusy(session.record().id, session.isBusy());
    m_titles.setBusy(isBusy());
    emit busyChanged();
    // The session that tells us must outlive its signal.
    QTimer::singleShot(0, this, &ChatController::dropIdle);
}

void ChatController::onReplyEnded(ChatSession& session, bool failed) {
    m_titles.nameChat(session);
    emit replyFinished(session.record().id, failed);
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

void ChatController::setModel(const QString& name, double temperature) {
    m_model = name;
    const double before = std::exchange(m_temperature, temperature);
    ChatSettings settings = m_current->record().settings;
    settings.model = name;
    const bool isUnbegun = m_current->isLoaded() && m_current->count() == 0;
    if (isUnbegun && settings.preset.isEmpty() && settings.temperature == before)
        settings.temperature = temperature;
    if (settings != m_current->record().settings)
        m_current->setSettings(settings);
}

bool ChatController::isBusy() const {
    return busyCount() > 0;
}

int ChatController::busyCount() const {
    return static_cast<int>(
        std::count_if(m_sessions.begin(), m_sessions.end(),
                      [](const auto& entry) { return entry.second->isBusy(); }));
}

void ChatController::stopAll() {
    for (const auto& [id, session] : m_sessions)
        session->stop();
}

void ChatController::exportChats(const QList<RecordId>& ids, TransferFormat format,
                                 const QString& path) {
    saveAll();
    m_transfer.exportChats(ids, format, path);
}

void ChatController::importChats(const QString& file) {
    m_transfer.importChats(file);
}

void ChatController::saveAll() {
    for (const auto& [id, session] : m_sessions)
        session->save();
}

} // namespace hearth::ui
