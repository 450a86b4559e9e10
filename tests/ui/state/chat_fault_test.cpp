#include "fault_vfs.h"

#include "state/chat_database.h"
#include "state/chat_schema.h"
#include "state/chat_store.h"

#include "ui/support/chat_fixtures.h"

#include <QDir>
#include <QProcess>
#include <QSignalSpy>
#include <QSqlDatabase>
#include <QSqlError>
#include <QSqlQuery>
#include <QTemporaryDir>
#include <QTest>

#include <sys/stat.h>
#include <unistd.h>

using namespace hearth;
using namespace hearth::ui;
using namespace hearth::ui::test;

namespace {

constexpr char kReaderArgument[] = "--read-as-nobody";

/// More of them by the environment, for a long run.
int timesAsOften() {
    return std::max(1, qEnvironmentVariableIntValue("HEARTH_FAULT_FACTOR"));
}

/// A child without rights: what it may read of a folder, on stdout.
int readAsNobody(const QString& file) {
    constexpr uid_t kNobody = 65534;
    if (geteuid() == 0 && setresuid(kNobody, kNobody, kNobody) != 0)
        return 1;
    ChatDatabase database(file);
    const OpenReport report = database.open();
    const QList<ChatRecord> chats = database.chats();
    std::printf("%d %d %d\n", static_cast<int>(report.outcome), static_cast<int>(chats.size()),
                chats.isEmpty() ? 0 : static_cast<int>(database.messages(chats[0].id).size()));
    return 0;
}

bool execute(const QString& file, const QString& statement) {
    bool isDone = false;
    {
        QSqlDatabase raw = QSqlDatabase::addDatabase("QSQLITE", "raw");
        raw.setDatabaseName(file);
        isDone = raw.open() && QSqlQuery(raw).exec(statement);
        raw.close();
    }
    QSqlDatabase::removeDatabase("raw");
    return isDone;
}

/// Empty: the file is sound, its index too.
QString integrityOf(const QString& file) {
    QString problem;
    {
        QSqlDatabase raw = QSqlDatabase::addDatabase("QSQLITE", "integrity");
        raw.setDatabaseName(file);
        raw.open();
        QSqlQuery query(raw);
        if (!query.exec("PRAGMA integrity_check") || !query.next())
            problem = query.lastError().text();
        else if (query.value(0).toString() != "ok")
            problem = query.value(0).toString();
        query.finish();
        for (const char* const table : {"words", "title_words"})
            if (problem.isEmpty() && !query.exec(QString("INSERT INTO %1(%1) "
                                                         "VALUES('integrity-check')")
                                                     .arg(table)))
                problem = query.lastError().text();
        query.finish();
        raw.close();
    }
    QSqlDatabase::removeDatabase("integrity");
    return problem;
}

/// A write, and when it was told to be on disk.
struct Told {
    qsizetype operations = 0;
    MessageRecord message;
};

} // namespace

class ChatFaultTest : public QObject {
    Q_OBJECT

private slots:
    void init() {
        m_directory = std::make_unique<QTemporaryDir>();
        FaultVfs::instance().heal();
    }
    void cleanup() { FaultVfs::instance().heal(); }

    void fault_067_powerLossKeepsWhatWasTold();
    void fault_068_everyWriteMayFail_data();
    void fault_068_everyWriteMayFail();
    void fault_070_readOnlyFolderIsRead();
    void fault_070_networkFolderWithoutSharedMemory();
    void fault_071_lockedFileIsTriedAgain();
    void fault_071_bothBringUpAnOlderFile();
    void fault_071_neitherLosesTheOthersChats();
    void fault_072_damagedIndexStopsNoWrite();

private:
    QString file() const { return m_directory->filePath("chats.sqlite"); }
    void checkAfterLoss(const QList<DiskOperation>& operations, qsizetype count, PowerLoss loss,
                        const ChatRecord& chat, const QList<Told>& told);

    std::unique_ptr<QTemporaryDir> m_directory;
    QRandomGenerator m_random{67};
};

void ChatFaultTest::fault_067_powerLossKeepsWhatWasTold() {
    FaultVfs& disk = FaultVfs::instance();
    disk.startRecording();
    ChatRecord chat = makeChat("power");
    QList<Told> told;
    qsizetype chatTold = 0;
    {
        ChatDatabase database(file());
        QCOMPARE(database.open().outcome, OpenOutcome::Opened);
        QVERIFY(!database.putChat(chat));
        chatTold = disk.recorded();
        MessageRecord message;
        for (int i = 0; i < 60; ++i) {
            // Half of them grow, as replies do; every tenth is long enough for a checkpoint.
            if (i % 2 == 0)
                message = makeMessage(chat, MessageRole::Assistant, {});
            message.text += QString("%1 ").arg(i).repeated(i % 10 == 9 ? 60'000 : 40);
            QVERIFY(!database.putMessage(message));
            told.append({disk.recorded(), message});
        }
    }
    disk.stopRecording();
    const QList<DiskOperation> operations = disk.takeRecord();
    const qsizetype from = chatTold;
    QVERIFY(operations.size() > 500);
    int losses = 0;
    const int wanted = 120 * timesAsOften();
    for (int i = 0; i < wanted; ++i) {
        const qsizetype count = from + (operations.size() - from) * i / wanted;
        for (const PowerLoss loss : {PowerLoss::DropAll, PowerLoss::DropSome}) {
            checkAfterLoss(operations, count, loss, chat, told);
            if (QTest::currentTestFailed())
                return;
            ++losses;
        }
    }
    qInfo() << losses << "losses of power among" << operations.size() << "operations";
}

void ChatFaultTest::checkAfterLoss(const QList<DiskOperation>& operations, qsizetype count,
                                   PowerLoss loss, const ChatRecord& chat,
                                   const QList<Told>& told) {
    const QTemporaryDir after;
    replay(operations, count, loss, m_random, after.path());
    const QString path = after.filePath("chats.sqlite");
    ChatDatabase database(path);
    const OpenReport report = database.open();
    QVERIFY2(report.outcome == OpenOutcome::Opened, qPrintable(report.detail));
    QCOMPARE(database.chats().size(), 1);
    QHash<RecordId, QString> texts;
    for (const MessageRecord& message : database.messages(chat.id))
        texts.insert(message.id, message.text);
    for (const Told& one : told)
        if (one.operations <= count)
            QVERIFY2(texts.value(one.message.id).startsWith(one.message.text),
                     qPrintable(QString("told after %1 of %2").arg(one.operations).arg(count)));
    const QString problem = integrityOf(path);
    QVERIFY2(problem.isEmpty(), qPrintable(problem));
}

void ChatFaultTest::fault_068_everyWriteMayFail_data() {
    QTest::addColumn<int>("how");
    QTest::newRow("full") << static_cast<int>(DiskFailure::Full);
    QTest::newRow("i/o error") << static_cast<int>(DiskFailure::Io);
    QTest::newRow("short write") << static_cast<int>(DiskFailure::ShortWrite);
}

void ChatFaultTest::fault_068_everyWriteMayFail() {
    QFETCH(int, how);
    FaultVfs& disk = FaultVfs::instance();
    const ChatRecord chat = makeChat("disk");
    const int step = std::max(1, 6 / timesAsOften());
    bool hasReachedTheEnd = false;
    int runs = 0;
    for (int nth = 1; !hasReachedTheEnd; nth += step, ++runs) {
        const QTemporaryDir directory;
        const QString path = directory.filePath("chats.sqlite");
        QList<MessageRecord> messages;
        {
            disk.failFrom(nth, static_cast<DiskFailure>(how));
            ChatStore store(path);
            QSignalSpy synced(&store, &ChatStore::synced);
            QSignalSpy notSaved(&store, &ChatStore::notSaved);
            store.put(chat);
            for (int i = 0; i < 12; ++i) {
                messages.append(makeMessage(chat, MessageRole::User,
                                            QString("text %1 ").arg(i).repeated(i * 90)));
                store.put(messages.last());
                if (i % 3 == 2)
                    store.sync();
            }
            QVERIFY(QTest::qWaitFor([&] { return synced.count() == 4; }));
            hasReachedTheEnd = synced.last()[0].toBool();
            QCOMPARE(notSaved.isEmpty(), hasReachedTheEnd);
            // What can't be written is still there.
            QSignalSpy loaded(&store, &ChatStore::messagesLoaded);
            store.loadMessages(chat.id);
            QVERIFY(loaded.wait());
            QCOMPARE(loaded[0][1].value<QList<MessageRecord>>().size(), messages.size());
            disk.heal();
            store.sync();
            QVERIFY(QTest::qWaitFor([&] { return synced.count() == 5; }));
            QVERIFY2(synced.last()[0].toBool(), qPrintable(QString::number(nth)));
        }
        {
            ChatDatabase database(path);
            QCOMPARE(database.open().outcome, OpenOutcome::Opened);
            QCOMPARE(database.chats().size(), 1);
            const QList<MessageRecord> read = database.messages(chat.id);
            QCOMPARE(read.size(), messages.size());
            for (int i = 0; i < read.size(); ++i)
                QCOMPARE(read[i].text, messages[i].text);
        }
        const QString problem = integrityOf(path);
        QVERIFY2(problem.isEmpty(), qPrintable(problem));
        const QStringList files = QDir(directory.path()).entryList(QDir::Files);
        QVERIFY2(files.filter("damaged").isEmpty(), qPrintable(files.join(' ')));
    }
    QVERIFY2(runs > 20, qPrintable(QString::number(runs)));
    qInfo() << runs << "places to fail";
}

void ChatFaultTest::fault_070_readOnlyFolderIsRead() {
    const ChatRecord chat = makeChat("read only");
    {
        ChatDatabase database(file());
        database.open();
        QVERIFY(!database.putChat(chat));
        QVERIFY(!database.putMessage(makeMessage(chat, MessageRole::User, "text")));
    }
    const QByteArray folder = QFile::encodeName(m_directory->path());
    const auto seen = [this] {
        QProcess reader;
        reader.start(QCoreApplication::applicationFilePath(), {kReaderArgument, file()});
        reader.waitForFinished();
        return reader.readAllStandardOutput().trimmed();
    };
    const QByteArray expected =
        QByteArray::number(static_cast<int>(OpenOutcome::Unwritable)) + " 1 1";
    QCOMPARE(chmod(QFile::encodeName(file()).constData(), 0444), 0);
    QCOMPARE(chmod(folder.constData(), 0555), 0);
    QCOMPARE(seen(), expected);
    QCOMPARE(QDir(m_directory->path()).entryList(QDir::Files), QStringList({"chats.sqlite"}));
    // One that would have to be brought up to date is read as it is.
    QCOMPARE(chmod(folder.constData(), 0755), 0);
    QCOMPARE(chmod(QFile::encodeName(file()).constData(), 0644), 0);
    for (const char* const statement :
         {"DROP TABLE words", "DROP TABLE title_words", "ALTER TABLE chats DROP COLUMN pinned",
          "PRAGMA user_version=1"})
        QVERIFY(execute(file(), statement));
    QCOMPARE(chmod(QFile::encodeName(file()).constData(), 0444), 0);
    QCOMPARE(chmod(folder.constData(), 0555), 0);
    QCOMPARE(seen(), expected);
    QCOMPARE(chmod(folder.constData(), 0755), 0);
}

void ChatFaultTest::fault_070_networkFolderWithoutSharedMemory() {
    const ChatRecord chat = makeChat("far away");
    {
        ChatDatabase database(file());
        database.open();
        QVERIFY(!database.putChat(chat));
    }
    FaultVfs::instance().failFrom(1, DiskFailure::NoSharedMemory);
    for (const QString& path : {file(), m_directory->filePath("new.sqlite")}) {
        ChatDatabase database(path);
        const OpenReport report = database.open();
        QVERIFY2(report.outcome == OpenOutcome::Opened, qPrintable(report.detail));
        QVERIFY(!database.putChat(chat));
        QVERIFY(!database.putMessage(makeMessage(chat, MessageRole::User, "text")));
        QCOMPARE(database.chats().size(), 1);
    }
    FaultVfs::instance().heal();
    QCOMPARE(integrityOf(file()), QString());
}

void ChatFaultTest::fault_071_lockedFileIsTriedAgain() {
    ChatStore store(file());
    QSignalSpy synced(&store, &ChatStore::synced);
    store.sync();
    QVERIFY(synced.wait());
    QSignalSpy notSaved(&store, &ChatStore::notSaved);
    QSignalSpy allSaved(&store, &ChatStore::allSaved);
    {
        QSqlDatabase other = QSqlDatabase::addDatabase("QSQLITE", "other");
        other.setDatabaseName(file());
        QVERIFY(other.open());
        QVERIFY(QSqlQuery(other).exec("BEGIN IMMEDIATE"));
        store.put(makeChat("waits"));
        // A short lock is waited for.
        QTest::qWait(300);
        QVERIFY(notSaved.isEmpty());
        QVERIFY(notSaved.wait(10'000));
        QVERIFY(store.hasUnsaved());
        QVERIFY(QSqlQuery(other).exec("COMMIT"));
        other.close();
    }
    QSqlDatabase::removeDatabase("other");
    QVERIFY(allSaved.wait(10'000));
    ChatDatabase reader(file());
    reader.open();
    QCOMPARE(reader.chats().size(), 1);
}

void ChatFaultTest::fault_071_bothBringUpAnOlderFile() {
    for (const char* const statement :
         {"PRAGMA journal_mode=WAL",
          "CREATE TABLE chats(id INTEGER PRIMARY KEY, title TEXT NOT NULL, created INTEGER NOT "
          "NULL, updated INTEGER NOT NULL, deleted INTEGER NOT NULL, settings TEXT NOT NULL, "
          "draft TEXT NOT NULL, leaf INTEGER NOT NULL)",
          "CREATE TABLE messages(id INTEGER PRIMARY KEY, chat INTEGER NOT NULL, parent INTEGER "
          "NOT NULL, role INTEGER NOT NULL, state INTEGER NOT NULL, created INTEGER NOT NULL, "
          "text TEXT NOT NULL, details TEXT NOT NULL)",
          "INSERT INTO chats VALUES(5, 'old', 1, 2, 0, '{}', '', 6)", "PRAGMA user_version=1"})
        QVERIFY(execute(file(), statement));
    ChatStore stores[2] = {ChatStore(file()), ChatStore(file())};
    QSignalSpy opened[2] = {QSignalSpy(&stores[0], &ChatStore::opened),
                            QSignalSpy(&stores[1], &ChatStore::opened)};
    for (int i = 0; i < 2; ++i) {
        QSignalSpy chats(&stores[i], &ChatStore::chatsLoaded);
        stores[i].loadChats();
        QVERIFY(chats.wait());
        QCOMPARE(opened[i][0][0].value<OpenReport>().outcome, OpenOutcome::Opened);
        QCOMPARE(chats[0][0].value<QList<ChatRecord>>().size(), 1);
    }
    QCOMPARE(integrityOf(file()), QString());
}

void ChatFaultTest::fault_071_neitherLosesTheOthersChats() {
    ChatRecord ours = makeChat("ours");
    ChatRecord theirs = makeChat("theirs");
    QList<MessageRecord> messages;
    {
        ChatStore first(file());
        ChatStore second(file());
        for (int i = 0; i < 40; ++i) {
            for (auto* const pair : {&ours, &theirs}) {
                ChatStore& store = pair == &ours ? first : second;
                messages.append(makeMessage(*pair, MessageRole::User, QString::number(i)));
                pair->leaf = messages.last().id;
                store.put(messages.last());
                store.put(*pair);
            }
            QCoreApplication::processEvents();
        }
    }
    ChatDatabase reader(file());
    reader.open();
    QCOMPARE(reader.chats().size(), 2);
    for (const ChatRecord& chat : reader.chats()) {
        QCOMPARE(reader.messages(chat.id).size(), 40);
        QCOMPARE(chat.leaf, reader.messages(chat.id).last().id);
    }
}

void ChatFaultTest::fault_072_damagedIndexStopsNoWrite() {
    const ChatRecord chat = makeChat("index");
    {
        ChatDatabase database(file());
        database.open();
        QVERIFY(!database.putChat(chat));
        for (int i = 0; i < 50; ++i)
            QVERIFY(!database.putMessage(
                makeMessage(chat, MessageRole::User, QString("word%1 and more").arg(i))));
    }
    QVERIFY(execute(file(), "UPDATE words_data SET block = x'00ff00ff00ff'"));
    ChatDatabase database(file());
    QCOMPARE(database.open().outcome, OpenOutcome::Opened);
    QCOMPARE(database.messages(chat.id).size(), 50);
    const auto failed = database.putMessage(makeMessage(chat, MessageRole::User, "fresh word"));
    QVERIFY2(!failed, qPrintable(failed.value_or(QString())));
    QCOMPARE(database.search("fresh").size(), 1);
    QCOMPARE(database.search("word7").size(), 1);
    QCOMPARE(integrityOf(file()), QString());
}

int main(int argc, char** argv) {
    QCoreApplication application(argc, argv);
    if (argc == 3 && qstrcmp(argv[1], kReaderArgument) == 0)
        return readAsNobody(QString::fromLocal8Bit(argv[2]));
    FaultVfs::instance();
    ChatFaultTest test;
    return QTest::qExec(&test, argc, argv);
}
#include "chat_fault_test.moc"
