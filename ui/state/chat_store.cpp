#include "state/chat_store.h"

#include "state/chat_database.h"

#include <algorithm>
#include <deque>
#include <utility>
#include <variant>

namespace hearth::ui {

namespace {

struct Removal {
    RecordId id = 0;
};
using Write = std::variant<ChatRecord, MessageRecord, Removal>;

template<typename Record>
void overlay(QList<Record>& records, const Record& newer) {
    const auto found = std::find_if(records.begin(), records.end(),
                                    [&](const Record& record) { return record.id == newer.id; });
    if (found == records.end())
        records.append(newer);
    else
        *found = newer;
}

} // namespace

/// The thread's side: the database and the writes that it has not taken yet.
class ChatStore::Worker {
public:
    Worker(const QString& file, ChatStore* store) : m_file(file), m_store(store) {}

    void open();
    void write(Write&& write);
    void retry();
    [[nodiscard]] bool hasPending() const { return !m_pending.empty(); }
    QList<ChatRecord> chats();
    QList<MessageRecord> messages(RecordId chat);
    QList<RecordId> search(const QString& text) { return m_database->search(text); }

private:
    void flush();
    ChatDatabase::Failed apply(const Write& write);
    void report(const ChatDatabase::Failed& failed);

    const QString m_file;
    ChatStore* const m_store;
    std::unique_ptr<ChatDatabase> m_database;
    bool m_writable = false;
    bool m_inTrouble = false;
    std::deque<Write> m_pending;
};

void ChatStore::Worker::open() {
    m_database = std::make_unique<ChatDatabase>(m_file);
    const OpenReport opened = m_database->open();
    m_writable = opened.outcome != OpenOutcome::Unwritable;
    if (m_writable)
        m_database->purge();
    QMetaObject::invokeMethod(
        m_store, [store = m_store, opened] { emit store->opened(opened); }, Qt::QueuedConnection);
    if (!m_writable)
        report(opened.detail);
}

void ChatStore::Worker::write(Write&& write) {
    const auto replaces = [&](const Write& older) {
        if (older.index() != write.index())
            return false;
        return std::visit(
            [&](const auto& record) {
                return record.id == std::get<std::decay_t<decltype(record)>>(write).id;
            },
            older);
    };
    const auto older = std::find_if(m_pending.begin(), m_pending.end(), replaces);
    if (older != m_pending.end())
        *older = std::move(write);
    else
        m_pending.push_back(std::move(write));
    flush();
}

void ChatStore::Worker::retry() {
    if (!m_writable) {
        m_database.reset();
        open();
    }
    flush();
}

void ChatStore::Worker::flush() {
    if (!m_writable)
        return;
    while (!m_pending.empty()) {
        if (const auto failed = apply(m_pending.front())) {
            report(failed);
            return;
        }
        m_pending.pop_front();
    }
    report(std::nullopt);
}

ChatDatabase::Failed ChatStore::Worker::apply(const Write& write) {
    if (const auto* chat = std::get_if<ChatRecord>(&write))
        return m_database->putChat(*chat);
    if (const auto* message = std::get_if<MessageRecord>(&write))
        return m_database->putMessage(*message);
    return m_database->removeChat(std::get<Removal>(write).id);
}

void ChatStore::Worker::report(const ChatDatabase::Failed& failed) {
    if (failed.has_value() == m_inTrouble)
        return;
    m_inTrouble = failed.has_value();
    QMetaObject::invokeMethod(
        m_store,
        [store = m_store, failed] {
            if (failed)
                store->onTrouble(*failed);
            else
                store->onAllSaved();
        },
        Qt::QueuedConnection);
}

QList<ChatRecord> ChatStore::Worker::chats() {
    QList<ChatRecord> chats = m_database->chats();
    for (const Write& write : m_pending) {
        if (const auto* chat = std::get_if<ChatRecord>(&write))
            overlay(chats, *chat);
        else if (const auto* removal = std::get_if<Removal>(&write))
            chats.removeIf([&](const ChatRecord& kept) { return kept.id == removal->id; });
    }
    chats.removeIf([](const ChatRecord& chat) { return chat.deletedMs != 0; });
    return chats;
}

QList<MessageRecord> ChatStore::Worker::messages(RecordId chat) {
    QList<MessageRecord> messages = m_database->messages(chat);
    for (const Write& write : m_pending)
        if (const auto* message = std::get_if<MessageRecord>(&write); message && message->chat == chat)
            overlay(messages, *message);
    return messages;
}

ChatStore::ChatStore(const QString& file, QObject* parent)
    : QObject(parent)
    , m_worker(std::make_unique<Worker>(file, this)) {
    m_retry.setInterval(kRetryMilliseconds);
    connect(&m_retry, &QTimer::timeout, this, &ChatStore::retry);
    m_thread.post([this] { m_worker->open(); });
}

ChatStore::~ChatStore() {
    // The connection must be closed by the thread that opened it.
    m_thread.post([this] {
        m_worker->retry();
        m_worker.reset();
    });
    m_thread.finish();
}

void ChatStore::loadChats() {
    m_thread.post([this] {
        QMetaObject::invokeMethod(
            this, [this, chats = m_worker->chats()] { emit chatsLoaded(chats); },
            Qt::QueuedConnection);
    });
}

void ChatStore::loadMessages(RecordId chat) {
    m_thread.post([this, chat] {
        QMetaObject::invokeMethod(
            this,
            [this, chat, messages = m_worker->messages(chat)] {
                emit messagesLoaded(chat, messages);
            },
            Qt::QueuedConnection);
    });
}

void ChatStore::search(const QString& text) {
    m_thread.post([this, text] {
        QMetaObject::invokeMethod(
            this, [this, text, found = m_worker->search(text)] { emit searched(text, found); },
            Qt::QueuedConnection);
    });
}

void ChatStore::put(const ChatRecord& chat) {
    m_thread.post([this, chat] { m_worker->write(chat); });
}

void ChatStore::put(const MessageRecord& message) {
    m_thread.post([this, message] { m_worker->write(message); });
}

void ChatStore::remove(RecordId chat) {
    m_thread.post([this, chat] { m_worker->write(Removal{chat}); });
}

void ChatStore::retry() {
    m_thread.post([this] { m_worker->retry(); });
}

void ChatStore::sync() {
    m_thread.post([this] {
        m_worker->retry();
        QMetaObject::invokeMethod(
            this, [this, saved = !m_worker->hasPending()] { emit synced(saved); },
            Qt::QueuedConnection);
    });
}

void ChatStore::onTrouble(const QString& detail) {
    m_hasUnsaved = true;
    m_retry.start();
    emit notSaved(detail);
}

void ChatStore::onAllSaved() {
    m_hasUnsaved = false;
    m_retry.stop();
    emit allSaved();
}

} // namespace hearth::ui
