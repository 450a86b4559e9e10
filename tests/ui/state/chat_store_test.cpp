#include "state/chat_store.h"

#include "state/chat_database.h"

#include "ui/support/chat_fixtures.h"

#include <QDir>
#include <QFile>
#include <QProcess>
#include <QSignalSpy>
#include <QSqlDatabase>
#include <QSqlQuery>
#include <QTemporaryDir>
#include <QTest>

#include <csignal>
#include <sys/resource.h>

using namespace hearth;
using namespace hearth::ui;
using namespace hearth::ui::test;

namespace {

constexpr char kWriterArgument[] = "--write-until-killed";

/// The child of the crash test: one chat, then messages without end, each told on stdout once it
/// is on disk.
int writeUntilKilled(const QString& file) {
    ChatDatabase database(file);
    if (database.open().outcome != OpenOutcome::Opened)
        return 1;
    const ChatRecord chat = makeChat(QStringLiteral("crash"));
    if (database.putChat(chat))
        return 1;
    for (int i = 0;; ++i) {
        if (database.putMessage(makeMessage(chat, MessageRole::User, QString::number(i))))
            return 1;
        std::printf("%d\n", i);
        std::fflush(stdout);
    }
}

void execute(const QString& file, const QString& statement) {
    {
        QSqlDatabase raw = QSqlDatabase::addDatabase(QStringLiteral("QSQLITE"), "raw");
        raw.setDatabaseName(file);
        QVERIFY(raw.open());
        QSqlQuery query(raw);
        QVERIFY(query.exec(statement));
        query.finish();
        raw.close();
    }
    QSqlDatabase::removeDatabase("raw");
}

/// Limits how large a file this process may write, as a full disk does.
class FileSizeLimit {
public:
    explicit FileSizeLimit(rlim_t bytes) {
        m_handler = std::signal(SIGXFSZ, SIG_IGN);
        getrlimit(RLIMIT_FSIZE, &m_before);
        const rlimit limit{bytes, m_before.rlim_max};
        setrlimit(RLIMIT_FSIZE, &limit);
    }
    ~FileSizeLimit() {
        setrlimit(RLIMIT_FSIZE, &m_before);
        std::signal(SIGXFSZ, m_handler);
    }

private:
    rlimit m_before{};
    void (*m_handler)(int) = nullptr;
};

} // namespace

class ChatStoreTest : public QObject {
    Q_OBJECT

private slots:
    void init() { m_directory = std::make_unique<QTemporaryDir>(); }

    void everythingComesBack();
    void removalAndBin();
    void searchFindsTitlesAndTexts();
    void fault_066_killedWriterLosesNothingCommitted();
    void fault_068_fullDiskKeepsTheTextInMemory();
    void fault_069_corruptDatabaseIsSetAsideAndSalvaged();
    void fault_069_zeroFilledDatabaseIsSetAside();
    void fault_069_newerSchemaIsSetAsideUntouched();
    void fault_070_unusablePathIsTold();
    void fault_071_twoInstancesShareTheFile();
    void fault_072_badRowStillOpens();

private:
    QString file() const { return m_directory->filePath("chats.sqlite"); }
    QStringList backups(const QString& kind) const {
        return QDir(m_directory->path()).entryList({"chats.sqlite." + kind + "-*"});
    }

    std::unique_ptr<QTemporaryDir> m_directory;
};

void ChatStoreTest::everythingComesBack() {
    ChatRecord chat = makeChat("Tax \"2024\" 税'");
    chat.settings.systemPrompt = "Be brief.";
    chat.settings.temperature = 0.25;
    chat.settings.model = "starter";
    chat.draft = "half a tho";
    MessageRecord question = makeMessage(chat, MessageRole::User, "多少钱? 🙂\nline");
    MessageRecord reply = makeMessage(chat, MessageRole::Assistant, "42", question.id);
    reply.figures = ReplyFigures{71.5, 0.2, 100, 96, 412, FinishReason::Length, "starter"};
    MessageRecord broken = makeMessage(chat, MessageRole::Assistant, {}, question.id);
    broken.state = ReplyState::Failed;
    broken.error = Error{ErrorCode::ContextExceeded, {}, {}, {}, 9000, 8192, {}};
    chat.leaf = reply.id;
    {
        ChatStore store(file());
        store.put(chat);
        for (const MessageRecord& message : {question, reply, broken})
            store.put(message);
    }
    ChatStore store(file());
    QSignalSpy chats(&store, &ChatStore::chatsLoaded);
    QSignalSpy messages(&store, &ChatStore::messagesLoaded);
    store.loadChats();
    store.loadMessages(chat.id);
    QVERIFY(messages.wait());
    const auto readChats = chats.at(0).at(0).value<QList<ChatRecord>>();
    QCOMPARE(readChats.size(), 1);
    QCOMPARE(readChats[0].title, chat.title);
    QCOMPARE(readChats[0].draft, chat.draft);
    QCOMPARE(readChats[0].leaf, chat.leaf);
    QCOMPARE(readChats[0].settings.toJson(), chat.settings.toJson());
    const auto read = messages.at(0).at(1).value<QList<MessageRecord>>();
    QCOMPARE(read.size(), 3);
    QCOMPARE(read[0].text, question.text);
    QCOMPARE(read[1].parent, question.id);
    QCOMPARE(read[1].figures->tokensPerSecond, 71.5);
    QCOMPARE(read[1].figures->reason, FinishReason::Length);
    QCOMPARE(read[2].state, ReplyState::Failed);
    QCOMPARE(read[2].error->code, ErrorCode::ContextExceeded);
    QCOMPARE(*read[2].error->needed, 9000U);
}

void ChatStoreTest::removalAndBin() {
    const ChatRecord kept = makeChat("kept");
    ChatRecord binned = makeChat("binned");
    const ChatRecord removed = makeChat("removed");
    {
        ChatDatabase database(file());
        database.open();
        for (const ChatRecord& chat : {kept, binned, removed}) {
            QVERIFY(!database.putChat(chat));
            QVERIFY(!database.putMessage(makeMessage(chat, MessageRole::User, "text")));
        }
        QVERIFY(!database.removeChat(removed.id));
        QVERIFY(database.messages(removed.id).isEmpty());
        binned.deletedMs = nowMilliseconds();
        QVERIFY(!database.putChat(binned));
        QVERIFY(!database.purge());
        QCOMPARE(database.messages(binned.id).size(), 1);
        binned.deletedMs = 1;
        QVERIFY(!database.putChat(binned));
        QVERIFY(!database.purge());
        QVERIFY(database.messages(binned.id).isEmpty());
        QCOMPARE(database.chats().size(), 1);
    }
}

void ChatStoreTest::searchFindsTitlesAndTexts() {
    ChatDatabase database(file());
    database.open();
    const ChatRecord tax = makeChat("Tax 100%");
    const ChatRecord code = makeChat("Code");
    QVERIFY(!database.putChat(tax));
    QVERIFY(!database.putChat(code));
    QVERIFY(!database.putMessage(makeMessage(code, MessageRole::User, "the snake_case 报税 rule")));
    QCOMPARE(database.search("tax"), QList<RecordId>{tax.id});
    QCOMPARE(database.search("报税"), QList<RecordId>{code.id});
    QCOMPARE(database.search("100%"), QList<RecordId>{tax.id});
    QCOMPARE(database.search("snake_c"), QList<RecordId>{code.id});
    QCOMPARE(database.search("snakeXc"), QList<RecordId>{});
}

void ChatStoreTest::fault_066_killedWriterLosesNothingCommitted() {
    for (int round = 0; round < 3; ++round) {
        QTemporaryDir directory;
        const QString path = directory.filePath("chats.sqlite");
        QProcess writer;
        writer.start(QCoreApplication::applicationFilePath(), {kWriterArgument, path});
        QByteArray told;
        while (told.count('\n') < 20 + 15 * round) {
            QVERIFY(writer.waitForReadyRead(10'000));
            told += writer.readAll();
        }
        ::kill(static_cast<pid_t>(writer.processId()), SIGKILL);
        QVERIFY(writer.waitForFinished());
        told += writer.readAll();

        ChatDatabase database(path);
        QCOMPARE(database.open().outcome, OpenOutcome::Opened);
        const QList<ChatRecord> chats = database.chats();
        QCOMPARE(chats.size(), 1);
        const QList<MessageRecord> messages = database.messages(chats[0].id);
        QVERIFY(messages.size() >= told.count('\n'));
        for (int i = 0; i < messages.size(); ++i)
            QCOMPARE(messages[i].text, QString::number(i));
    }
}

void ChatStoreTest::fault_068_fullDiskKeepsTheTextInMemory() {
    const ChatRecord chat = makeChat("full");
    MessageRecord message = makeMessage(chat, MessageRole::User, "first");
    {
        ChatStore store(file());
        store.put(chat);
        QSignalSpy loaded(&store, &ChatStore::messagesLoaded);
        store.loadMessages(chat.id);
        QVERIFY(loaded.wait());
        QSignalSpy notSaved(&store, &ChatStore::notSaved);
        QSignalSpy allSaved(&store, &ChatStore::allSaved);
        {
            const FileSizeLimit limit(64 * 1024);
            for (int i = 0; i < 4; ++i) {
                message.text = QString(200'000, QLatin1Char(static_cast<char>('a' + i)));
                store.put(message);
            }
            QVERIFY(notSaved.wait());
            QVERIFY(store.hasUnsaved());
            store.loadMessages(chat.id);
            QVERIFY(loaded.wait());
            const auto read = loaded.at(1).at(1).value<QList<MessageRecord>>();
            QCOMPARE(read.size(), 1);
            QCOMPARE(read[0].text, message.text);
        }
        store.retry();
        QVERIFY(allSaved.wait());
        QCOMPARE(notSaved.count(), 1);
        QVERIFY(!store.hasUnsaved());
    }
    ChatDatabase database(file());
    QCOMPARE(database.open().outcome, OpenOutcome::Opened);
    QCOMPARE(database.messages(chat.id).at(0).text, message.text);
}

void ChatStoreTest::fault_069_corruptDatabaseIsSetAsideAndSalvaged() {
    const ChatRecord chat = makeChat("survivor");
    {
        ChatDatabase database(file());
        database.open();
        QVERIFY(!database.putChat(chat));
        for (int i = 0; i < 400; ++i)
            QVERIFY(!database.putMessage(
                makeMessage(chat, MessageRole::User, QString(300, 'x') + QString::number(i))));
    }
    QFile raw(file());
    QVERIFY(raw.open(QIODevice::ReadWrite));
    const qint64 middle = raw.size() / 2 / 4096 * 4096;
    raw.seek(middle);
    raw.write(QByteArray(8192, '\xff'));
    raw.seek(0);
    const QByteArray damaged = raw.readAll();
    raw.close();

    ChatDatabase database(file());
    const OpenReport report = database.open();
    QCOMPARE(report.outcome, OpenOutcome::Damaged);
    QFile backup(report.backup);
    QVERIFY(backup.open(QIODevice::ReadOnly));
    QCOMPARE(backup.readAll(), damaged);
    QCOMPARE(database.chats().size(), 1);
    QVERIFY2(report.salvagedMessages > 100, qPrintable(QString::number(report.salvagedMessages)));
    QCOMPARE(database.messages(chat.id).size(), report.salvagedMessages);
}

void ChatStoreTest::fault_069_zeroFilledDatabaseIsSetAside() {
    QFile raw(file());
    QVERIFY(raw.open(QIODevice::WriteOnly));
    raw.write(QByteArray(20'000, '\0'));
    raw.close();
    ChatDatabase database(file());
    const OpenReport report = database.open();
    QCOMPARE(report.outcome, OpenOutcome::Damaged);
    QCOMPARE(QFileInfo(report.backup).size(), 20'000);
    QVERIFY(!database.putChat(makeChat("after")));
    QCOMPARE(database.chats().size(), 1);
}

void ChatStoreTest::fault_069_newerSchemaIsSetAsideUntouched() {
    const ChatRecord chat = makeChat("from the future");
    {
        ChatDatabase database(file());
        database.open();
        QVERIFY(!database.putChat(chat));
    }
    execute(file(), QStringLiteral("PRAGMA user_version=%1").arg(ChatDatabase::kSchemaVersion + 1));
    ChatDatabase database(file());
    const OpenReport report = database.open();
    QCOMPARE(report.outcome, OpenOutcome::Newer);
    QVERIFY(database.chats().isEmpty());
    QCOMPARE(backups("newer").size(), 1);
    execute(report.backup, "SELECT title FROM chats");
    execute(report.backup, "PRAGMA user_version=1");
    ChatDatabase older(report.backup);
    QCOMPARE(older.open().outcome, OpenOutcome::Opened);
    QCOMPARE(older.chats().at(0).title, chat.title);
}

void ChatStoreTest::fault_070_unusablePathIsTold() {
    QVERIFY(QDir(m_directory->path()).mkdir("chats.sqlite"));
    ChatStore store(file());
    QSignalSpy opened(&store, &ChatStore::opened);
    QSignalSpy notSaved(&store, &ChatStore::notSaved);
    QVERIFY(notSaved.wait());
    QCOMPARE(opened.at(0).at(0).value<OpenReport>().outcome, OpenOutcome::Unwritable);

    const ChatRecord chat = makeChat("in memory");
    store.put(chat);
    QSignalSpy chats(&store, &ChatStore::chatsLoaded);
    store.loadChats();
    QVERIFY(chats.wait());
    QCOMPARE(chats.at(0).at(0).value<QList<ChatRecord>>().size(), 1);

    QVERIFY(QDir(m_directory->path()).rmdir("chats.sqlite"));
    QSignalSpy allSaved(&store, &ChatStore::allSaved);
    store.retry();
    QVERIFY(allSaved.wait());
    ChatDatabase database(file());
    database.open();
    QCOMPARE(database.chats().size(), 1);
}

void ChatStoreTest::fault_071_twoInstancesShareTheFile() {
    {
        ChatStore first(file());
        ChatStore second(file());
        for (int i = 0; i < 50; ++i) {
            first.put(makeChat(QStringLiteral("first %1").arg(i)));
            second.put(makeChat(QStringLiteral("second %1").arg(i)));
        }
    }
    ChatDatabase database(file());
    QCOMPARE(database.open().outcome, OpenOutcome::Opened);
    QCOMPARE(database.chats().size(), 100);
}

void ChatStoreTest::fault_072_badRowStillOpens() {
    const ChatRecord chat = makeChat("one bad row");
    {
        ChatDatabase database(file());
        database.open();
        QVERIFY(!database.putChat(chat));
        QVERIFY(!database.putMessage(makeMessage(chat, MessageRole::User, "good")));
    }
    execute(file(),
            QStringLiteral("INSERT INTO messages VALUES(7, %1, 'x', 99, -3, 'soon', x'ff00', "
                           "'{not json')")
                .arg(chat.id));
    execute(file(), "UPDATE chats SET settings = '[]'");
    ChatDatabase database(file());
    QCOMPARE(database.open().outcome, OpenOutcome::Opened);
    QCOMPARE(database.chats().at(0).settings.temperature, ChatSettings().temperature);
    const QList<MessageRecord> messages = database.messages(chat.id);
    QCOMPARE(messages.size(), 2);
    QCOMPARE(messages[0].role, MessageRole::User);
    QCOMPARE(messages[0].state, ReplyState::Complete);
    QCOMPARE(messages[1].text, "good");
}

int main(int argc, char** argv) {
    QCoreApplication application(argc, argv);
    if (argc == 3 && qstrcmp(argv[1], kWriterArgument) == 0)
        return writeUntilKilled(QString::fromLocal8Bit(argv[2]));
    ChatStoreTest test;
    return QTest::qExec(&test, argc, argv);
}
#include "chat_store_test.moc"
