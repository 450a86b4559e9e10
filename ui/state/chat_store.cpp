#include "state/chat_store.h"

#include "state/chat_database.h"

#include <QHash>

#include <algorithm>
#include <deque>
#include <utility>

namespace hearth::ui {

namespace {

template<typename Record>
void overlay(QList<Record>& records, const Record& newer) {
    const auto found = std::find_if(records.begin(), records.end(),
                                    [&](const Record& record) { return record.id == newer.id; });
    if (found == records.end())
        records.append(newer);
    else
        *found = newer;
}

RecordId idOf(const ChatRecord& chat) {
    return chat.id;
}
RecordId idOf(const MessageRecord& message) {
    return message.id;
}
RecordId idOf(RecordId removed) {
    return removed;
}

template<typename Write>
bool isSameRecord(const Write& a, const Write& b) {
    return a.index() == b.index() &&
           std::visit([](const auto& record) { return idOf(record); }, a) ==
               std::visit([](const auto& record) { return idOf(record); }, b);
}

} // namespace

/// The thread's side: the database and the writes that it has not taken yet.
class ChatStore::Worker {
public:
    Worker(const QString& file, ChatStore* store)
        : m_file(file)
        , m_store(store) {}

    void open();
    void write(std::vector<Write>&& writes);
    void retry();
    [[nodiscard]] bool hasPending() const { return !m_pending.empty(); }
    QList<ChatRecord> chats();
    QList<MessageRecord> messages(RecordId chat);
    QList<SearchHit> search(const QString& text) { return m_database->search(text); }
    QList<ChatContents> read(const QList<RecordId>& chats);
    ChatDatabase::Failed add(const QList<ChatContents>& chats);

private:
    void flush();
    /// Each on its own, for one that could never be written must not hold back the others.
    void flushSingly();
    void queue(Write&& write);
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
    if (m_writable) {
        m_database->purge();
        m_database->settleReplies();
    }
    QMetaObject::invokeMethod(
        m_store, [store = m_store, opened] { emit store->opened(opened); }, Qt::QueuedConnection);
    if (!m_writable)
        report(opened.detail);
}

void ChatStore::Worker::write(std::vector<Write>&& writes) {
    for (Write& write : writes)
        queue(std::move(write));
    flush();
}

void ChatStore::Worker::queue(Write&& write) {
    // To the end, as a removal may lie between.
    std::erase_if(m_pending, [&](const Write& older) { return isSameRecord(older, write); });
    m_pending.push_back(std::move(write));
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
    if (m_pending.empty()) {
        report(std::nullopt);
        return;
    }
    const auto failed = m_database->atomically([this]() -> ChatDatabase::Failed {
        for (const Write& write : m_pending)
            if (auto broken = apply(write))
                return broken;
        return std::nullopt;
    });
    if (!failed)
        m_pending.clear();
    else if (m_database->isHopeless())
        flushSingly();
    report(m_pending.empty() ? ChatDatabase::Failed() : failed);
}

void ChatStore::Worker::flushSingly() {
    std::erase_if(m_pending, [this](const Write& write) { return !apply(write); });
}

ChatDatabase::Failed ChatStore::Worker::apply(const Write& write) {
    if (const auto* chat = std::get_if<ChatRecord>(&write))
        return m_database->putChat(*chat);
    if (const auto* message = std::get_if<MessageRecord>(&write))
        return m_database->putMessage(*message);
    return m_database->removeChat(std::get<RecordId>(write));
}

QList<ChatContents> ChatStore::Worker::read(const QList<RecordId>& wanted) {
    QHash<RecordId, ChatRecord> known;
    for (const ChatRecord& chat : chats())
        known.insert(chat.id, chat);
    QList<ChatContents> contents;
    for (const RecordId id : wanted)
        if (const auto chat = known.constFind(id); chat != known.cend())
            contents.append({*chat, messages(id)});
    return contents;
}

ChatDatabase::Failed ChatStore::Worker::add(const QList<ChatContents>& chats) {
    if (!m_writable)
        return QStringLiteral("read-only");
    return m_database->atomically([&]() -> ChatDatabase::Failed {
        for (const ChatContents& contents : chats) {
            if (auto failed = m_database->putChat(contents.chat))
                return failed;
            for (const MessageRecord& message : contents.messages)
                if (auto failed = m_database->putMessage(message))
                    return failed;
        }
        return std::nullopt;
    });
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
        else if (const auto* removal = std::get_if<RecordId>(&write))
            chats.removeIf([&](const ChatRecord& kept) { return kept.id == *removal; });
    }
    chats.removeIf([](const ChatRecord& chat) { return chat.deletedMs != 0; });
    return chats;
}

QList<MessageRecord> ChatStore::Worker::messages(RecordId chat) {
    QList<MessageRecord> messages = m_database->messages(chat);
    for (const Write& write : m_pending)
        if (const auto* message = std::get_if<MessageRecord>(&write);
            message && message->chat == chat)
            overlay(messages, *message);
    return messages;
}

ChatStore::ChatStore(const QString& file, QObject* parent)
    : QObject(parent)
    , m_newestSearch(std::make_shared<std::atomic<quint64>>(0))
    , m_worker(std::make_unique<Worker>(file, this)) {
    m_retry.setInterval(kRetryMilliseconds);
    connect(&m_retry, &QTimer::timeout, this, &ChatStore::retry);
    m_thread.post([this] { m_worker->open(); });
}

ChatStore::~ChatStore() {
    post();
    // The connection must be closed by the thread that opened it.
    m_thread.post([this] {
        m_worker->retry();
        m_worker.reset();
    });
    m_thread.finish();
}

void ChatStore::loadChats() {
    post();
    m_thread.post([this] {
        QMetaObject::invokeMethod(
            this, [this, chats = m_worker->chats()] { emit chatsLoaded(chats); },
            Qt::QueuedConnection);
    });
}

void ChatStore::loadMessages(RecordId chat) {
    post();
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
    post();
    const quint64 number = ++*m_newestSearch;
    m_thread.post([this, text, number] {
        // Whoever types fast waits for the last word only.
        if (*m_newestSearch != number)
            return;
        QMetaObject::invokeMethod(
            this, [this, text, found = m_worker->search(text)] { emit searched(text, found); },
            Qt::QueuedConnection);
    });
}

void ChatStore::read(const QList<RecordId>& chats, std::function<void(QList<ChatContents>)> take) {
    post();
    m_thread.post([this, chats, take = std::move(take)] { take(m_worker->read(chats)); });
}

void ChatStore::add(QList<ChatContents> chats, std::function<void(std::optional<QString>)> done) {
    m_thread.post(
        [this, chats = std::move(chats), done = std::move(done)] { done(m_worker->add(chats)); });
}

void ChatStore::put(const ChatRecord& chat) {
    write(chat);
}

void ChatStore::put(const MessageRecord& message) {
    write(message);
}

void ChatStore::remove(RecordId chat) {
    write(chat);
}

void ChatStore::write(Write write) {
    if (m_batch.empty())
        QMetaObject::invokeMethod(this, &ChatStore::post, Qt::QueuedConnection);
    std::erase_if(m_batch, [&](const Write& older) { return isSameRecord(older, write); });
    m_batch.push_back(std::move(write));
}

void ChatStore::post() {
    if (m_batch.empty())
        return;
    m_thread.post([this, batch = std::exchange(m_batch, {})]() mutable {
        m_worker->write(std::move(batch));
    });
}

void ChatStore::retry() {
    post();
    m_thread.post([this] { m_worker->retry(); });
}

void ChatStore::sync() {
    post();
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
