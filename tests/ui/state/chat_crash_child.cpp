#include "chat_crash_child.h"

#include "demo/scripted_engine.h"
#include "state/chat_controller.h"
#include "state/chat_json.h"
#include "state/chat_session.h"

#include "ui/support/chat_fixtures.h"

#include <QCoreApplication>
#include <QCryptographicHash>
#include <QFile>
#include <QRandomGenerator>
#include <QTimer>

#include <chrono>
#include <cstdio>

namespace hearth::ui::test {

namespace {

template<typename... Parts>
void tell(const char* kind, Parts... parts) {
    QString line = QString::fromLatin1(kind);
    ((line += QStringLiteral(" %1").arg(parts)), ...);
    std::puts(line.toLatin1().constData());
    std::fflush(stdout);
}

QString writeImport(const QString& file) {
    QList<ChatContents> chats;
    for (int i = 0; i < kImportedChats; ++i) {
        ChatContents contents;
        contents.chat = makeChat(QStringLiteral("from a file %1").arg(i));
        contents.chat.folder = QLatin1String(kImported);
        RecordId parent = 0;
        for (int number = 0; number < kImportedMessages; ++number) {
            contents.messages.append(makeMessage(contents.chat, MessageRole::User,
                                                 QString(2000, QLatin1Char('x')), parent));
            parent = contents.messages.last().id;
        }
        contents.chat.leaf = parent;
        chats.append(contents);
    }
    QFile out(file);
    if (out.open(QIODevice::WriteOnly))
        out.write(chatsToJson(chats));
    return file;
}

class Person : public QObject {
public:
    Person(const QString& file, int seed)
        : m_random(static_cast<quint32>(seed))
        , m_store(file)
        , m_chats(m_bridge, m_store)
        , m_import(writeImport(file + QLatin1String(".json"))) {
        Script script;
        script.wordDelay = std::chrono::microseconds(1500);
        script.replies.clear();
        for (const int words : {20, 3000, 150, 600})
            script.replies.push_back(
                QStringLiteral("word%1 ").arg(seed).repeated(words).toStdString());
        script.helperReplies = {"Prompt about words"};
        m_bridge.setEngine(std::make_shared<ScriptedEngine>(ModelInfo(), script));
        connect(&m_store, &ChatStore::synced, this, &Person::onSynced);
        connect(&m_chats, &ChatController::currentChanged, this,
                [this] { watch(m_chats.current()); });
        watch(m_chats.current());
        connect(&m_chats, &ChatController::listLoaded, this, [this] {
            tell("ready");
            act();
        });
    }

private:
    void watch(ChatSession& session) {
        connect(&session, &ChatSession::textAppended, this, [&session](int index) {
            const MessageRecord& reply = session.message(index);
            tell("S", reply.chat, reply.id, reply.text.size(), steadyMilliseconds());
        });
    }

    void act() {
        ChatSession& chat = m_chats.current();
        const int last = chat.count() - 1;
        switch (m_random.bounded(14)) {
        case 0:
            m_chats.newChat();
            break;
        case 1:
            m_chats.open(m_chats.list().idAt(m_random.bounded(8)));
            break;
        case 2:
            if (m_random.bounded(6) == 0)
                chat.stop();
            break;
        case 3:
            chat.regenerate(last);
            break;
        case 4:
            chat.edit(0, QStringLiteral("edited %1").arg(++m_number));
            break;
        case 5:
            if (m_random.bounded(8) == 0)
                remove();
            break;
        case 6:
            if (m_random.bounded(8) == 0)
                m_chats.importChats(m_import);
            break;
        case 7:
            m_chats.setPinned(chat.record().id, m_random.bounded(2) == 0);
            break;
        case 8:
        case 9:
            write(QStringLiteral("draft %1").arg(++m_number));
            break;
        default:
            send();
            break;
        }
        sync();
        QTimer::singleShot(m_random.bounded(25), this, [this] { act(); });
    }

    void write(const QString& draft) {
        ChatSession& chat = m_chats.current();
        if (!chat.isLoaded())
            return;
        tell("t", chat.record().id, hashOf(draft));
        chat.setDraft(draft);
    }

    void send() {
        ChatSession& chat = m_chats.current();
        if (!chat.isLoaded() || chat.isBusy())
            return;
        tell("t", chat.record().id, hashOf({}));
        chat.send(QStringLiteral("prompt %1").arg(++m_number));
    }

    void remove() {
        const RecordId id = m_chats.current().record().id;
        if (m_chats.current().record().folder == QLatin1String(kImported))
            return;
        tell("D", id);
        m_chats.remove({id});
        if (m_random.bounded(2) == 0)
            m_chats.finishRemoval({id});
    }

    /// What the window could show as saved once this is answered.
    void sync() {
        if (m_isSyncing)
            return;
        m_isSyncing = true;
        m_chats.saveAll();
        const ChatSession& chat = m_chats.current();
        for (int i = 0; i < chat.count(); ++i)
            if (!chat.isReplying(i) && !m_told.contains(chat.message(i).id))
                m_shown.append(chat.message(i));
        if (chat.isLoaded() && (chat.count() > 0 || chat.hasDraft())) {
            m_drafts.append(chat.record().id);
            tell("B", chat.record().id, hashOf(chat.record().draft));
        }
        m_store.sync();
    }

    void onSynced(bool isOnDisk) {
        m_isSyncing = false;
        for (const MessageRecord& message : std::exchange(m_shown, {})) {
            if (!isOnDisk)
                continue;
            m_told.insert(message.id);
            tell("M", message.chat, message.id, hashOf(message.text));
        }
        for (const RecordId chat : std::exchange(m_drafts, {}))
            if (isOnDisk)
                tell("T", chat);
    }

    QRandomGenerator m_random;
    EngineBridge m_bridge;
    ChatStore m_store;
    ChatController m_chats;
    const QString m_import;
    QList<MessageRecord> m_shown;
    QList<RecordId> m_drafts;
    QSet<RecordId> m_told;
    int m_number = 0;
    bool m_isSyncing = false;
};

} // namespace

qint64 steadyMilliseconds() {
    using namespace std::chrono;
    return duration_cast<milliseconds>(steady_clock::now().time_since_epoch()).count();
}

QString hashOf(const QString& text) {
    return QString::fromLatin1(
        QCryptographicHash::hash(text.toUtf8(), QCryptographicHash::Md5).toHex());
}

int useChatsUntilKilled(const QString& file, int seed) {
    const Person person(file, seed);
    return QCoreApplication::exec();
}

} // namespace hearth::ui::test
