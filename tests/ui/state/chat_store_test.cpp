#include "state/chat_store.h"

#include "state/chat_database.h"
#include "state/chat_schema.h"

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

QList<RecordId> found(ChatDatabase& database, const QString& text) {
    QList<RecordId> chats;
    for (const SearchHit& hit : database.search(text))
        chats.append(hit.chat);
    return chats;
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
    void searchFindsWordsOfAnyScript_data();
    void searchFindsWordsOfAnyScript();
    void searchShowsTheNewestHit();
    void indexFollowsItsMessages();
    void olderSchemaIsCopiedAndBroughtUp();
    void batchIsWrittenWhole();
    void impossibleWriteHoldsNothingBack();
    void fault_066_killedWriterLosesNothingCommitted();
    void fault_068_fullDiskKeepsTheTextInMemory();
    void fault_069_corruptDatabaseIsSetAsideAndSalvaged();
    void fault_069_truncatedDatabaseIsSalvaged();
    void fault_069_missingTablesAndColumns_data();
    void fault_069_missingTablesAndColumns();
    void fault_069_failedMigrationLeavesNoCopies();
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
    chat.draftAttachments = {{"notes.txt", "a draft's file", 4}};
    chat.titleIsOurs = false;
    chat.pinned = true;
    chat.archived = true;
    chat.folder = "Money";
    chat.summary = "It was about money.";
    chat.summaryThrough = 5;
    MessageRecord question = makeMessage(chat, MessageRole::User, "多少钱? 🙂\nline");
    question.attachments = {{"a.csv", "1,2\n", 6}, {"b.txt", "", 0}};
    MessageRecord reply = makeMessage(chat, MessageRole::Assistant, "42", question.id);
    reply.figures = ReplyFigures{71.5, 0.2, 100, 96, 412, FinishReason::Length, "starter", 3};
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
    QVERIFY(readChats[0].draftAttachments == chat.draftAttachments);
    QVERIFY(!readChats[0].titleIsOurs && readChats[0].pinned && readChats[0].archived);
    QCOMPARE(readChats[0].folder, chat.folder);
    QCOMPARE(readChats[0].summary, chat.summary);
    QCOMPARE(readChats[0].summaryThrough, chat.summaryThrough);
    const auto read = messages.at(0).at(1).value<QList<MessageRecord>>();
    QCOMPARE(read.size(), 3);
    QCOMPARE(read[0].text, question.text);
    QCOMPARE(read[1].parent, question.id);
    QVERIFY(read[0].attachments == question.attachments);
    QVERIFY(read[1].figures == reply.figures);
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
    QCOMPARE(found(database, "tax"), QList<RecordId>{tax.id});
    QCOMPARE(found(database, "报税"), QList<RecordId>{code.id});
    QCOMPARE(found(database, "100%"), QList<RecordId>{tax.id});
    QCOMPARE(found(database, "snake_c"), QList<RecordId>{code.id});
    QCOMPARE(found(database, "snakeXc"), QList<RecordId>{});
}

void ChatStoreTest::searchFindsWordsOfAnyScript_data() {
    QTest::addColumn<QString>("text");
    QTest::addColumn<QString>("searched");
    QTest::addColumn<bool>("isFound");
    const QString mixed =
        "Die Café-Rechnung für Zoë: 发票号码是十二, ラーメン, 한국어, C++ und snake_case.";
    for (const char* const word :
         {"发",         "发票",  "号码是", "票号",      "十二", "ラーメン", "ーメ",    "한국",
          "cafe",       "CAFÉ",  "rechn",  "zoe",       "Zoë",  "c++",      "C++ und", "die für",
          "snake_case", "snake", "case",   "发票 café", "+",    "café-rech"})
        QTest::newRow(word) << mixed << QString::fromUtf8(word) << true;
    for (const char* const word :
         {"票发", "发号", "echnung", "die Frau", "c--", "\"", "rechnungen", "*"})
        QTest::newRow(word) << mixed << QString::fromUtf8(word) << false;
    QTest::newRow("operators") << "to be OR not"
                               << "OR" << true;
    QTest::newRow("quotes") << "say \"hello\" twice"
                            << "\"hello\"" << true;
    QTest::newRow("column") << "a text: b"
                            << "text:" << true;
    QTest::newRow("rare han") << QStringLiteral("𠮷野家") << QStringLiteral("𠮷") << true;
    QTest::newRow("blank") << mixed << "  " << false;
}

void ChatStoreTest::searchFindsWordsOfAnyScript() {
    QFETCH(QString, text);
    QFETCH(QString, searched);
    QFETCH(bool, isFound);
    ChatDatabase database(file());
    database.open();
    const ChatRecord inText = makeChat("untitled 1");
    const ChatRecord inTitle = makeChat(text);
    ChatRecord inFile = makeChat("untitled 2");
    for (const ChatRecord& chat : {inText, inTitle, inFile})
        QVERIFY(!database.putChat(chat));
    MessageRecord message = makeMessage(inText, MessageRole::Assistant, text);
    QVERIFY(!database.putMessage(message));
    MessageRecord question = makeMessage(inFile, MessageRole::User, "see there");
    question.attachments = {{"x.txt", text, 1}};
    QVERIFY(!database.putMessage(question));
    const QList<SearchHit> hits = database.search(searched);
    QCOMPARE(hits.size(), isFound ? 3 : 0);
    for (const SearchHit& hit : hits) {
        QCOMPARE(hit.message == 0, hit.chat == inTitle.id);
        QCOMPARE(hit.snippet.isEmpty(), hit.chat == inTitle.id);
    }
}

void ChatStoreTest::searchShowsTheNewestHit() {
    ChatDatabase database(file());
    database.open();
    const ChatRecord older = makeChat("older", 1000);
    const ChatRecord newer = makeChat("newer", 2000);
    QVERIFY(!database.putChat(older));
    QVERIFY(!database.putChat(newer));
    const QString filler = QString("lorem ipsum dolor ").repeated(30);
    QVERIFY(!database.putMessage(makeMessage(newer, MessageRole::User, "needle one")));
    const MessageRecord newest =
        makeMessage(newer, MessageRole::User, filler + "\nthe Needle\tis\u202e here " + filler);
    QVERIFY(!database.putMessage(newest));
    QVERIFY(!database.putMessage(makeMessage(older, MessageRole::User, "needless")));
    const QList<SearchHit> hits = database.search("needle");
    QCOMPARE(hits.size(), 2);
    QCOMPARE(hits[0].chat, newer.id);
    QCOMPARE(hits[0].message, newest.id);
    QVERIFY2(hits[0].snippet.contains("the Needle is here lorem"), qPrintable(hits[0].snippet));
    QVERIFY(hits[0].snippet.startsWith("…") && hits[0].snippet.endsWith("…"));
    QVERIFY(hits[0].snippet.size() < 140);
    QCOMPARE(hits[1].snippet, "needless");
}

void ChatStoreTest::indexFollowsItsMessages() {
    ChatDatabase database(file());
    database.open();
    ChatRecord chat = makeChat("first title");
    QVERIFY(!database.putChat(chat));
    MessageRecord reply = makeMessage(chat, MessageRole::Assistant, "apples");
    reply.state = ReplyState::Streaming;
    QVERIFY(!database.putMessage(reply));
    QVERIFY(found(database, "apples").isEmpty());
    reply.text = "pears";
    reply.state = ReplyState::Complete;
    QVERIFY(!database.putMessage(reply));
    QVERIFY(!database.putMessage(reply));
    QVERIFY(found(database, "apples").isEmpty());
    QCOMPARE(found(database, "pears"), QList<RecordId>{chat.id});
    chat.title = "second name";
    QVERIFY(!database.putChat(chat));
    QVERIFY(found(database, "title").isEmpty());
    QCOMPARE(found(database, "name"), QList<RecordId>{chat.id});
    chat.deletedMs = 1;
    QVERIFY(!database.putChat(chat));
    QVERIFY(found(database, "pears").isEmpty() && found(database, "name").isEmpty());
    chat.deletedMs = 0;
    QVERIFY(!database.putChat(chat));
    QCOMPARE(found(database, "pears"), QList<RecordId>{chat.id});
    QVERIFY(!database.removeChat(chat.id));
    QVERIFY(!database.putChat(chat));
    QVERIFY(found(database, "pears").isEmpty());
    // What a crash left half done is found after the next start.
    reply.state = ReplyState::Streaming;
    QVERIFY(!database.putMessage(reply));
    QVERIFY(!database.settleReplies());
    QCOMPARE(found(database, "pears"), QList<RecordId>{chat.id});
    QCOMPARE(database.messages(chat.id).at(0).state, ReplyState::Stopped);
    execute(file(), "INSERT INTO words(words) VALUES('integrity-check')");
}

void ChatStoreTest::olderSchemaIsCopiedAndBroughtUp() {
    for (const char* const statement :
         {"PRAGMA journal_mode=WAL",
          "CREATE TABLE chats(id INTEGER PRIMARY KEY, title TEXT NOT NULL, created INTEGER NOT "
          "NULL, updated INTEGER NOT NULL, deleted INTEGER NOT NULL, settings TEXT NOT NULL, "
          "draft TEXT NOT NULL, leaf INTEGER NOT NULL)",
          "CREATE TABLE messages(id INTEGER PRIMARY KEY, chat INTEGER NOT NULL, parent INTEGER "
          "NOT NULL, role INTEGER NOT NULL, state INTEGER NOT NULL, created INTEGER NOT NULL, "
          "text TEXT NOT NULL, details TEXT NOT NULL)",
          "INSERT INTO chats VALUES(5, 'old times', 1, 2, 0, '{\"temperature\": 0.5}', 'dr', 6)",
          "INSERT INTO messages VALUES(6, 5, 0, 1, 0, 1, '你好 world', '{}')",
          "PRAGMA user_version=1"})
        execute(file(), statement);
    ChatDatabase database(file());
    QCOMPARE(database.open().outcome, OpenOutcome::Opened);
    const QList<ChatRecord> chats = database.chats();
    QCOMPARE(chats.size(), 1);
    QCOMPARE(chats[0].title, "old times");
    QCOMPARE(chats[0].draft, "dr");
    QCOMPARE(chats[0].settings.temperature, 0.5);
    QVERIFY(chats[0].titleIsOurs && !chats[0].pinned);
    QCOMPARE(database.messages(5).at(0).text, "你好 world");
    QCOMPARE(found(database, "好"), QList<RecordId>{5});
    QCOMPARE(found(database, "times"), QList<RecordId>{5});
    const QStringList copies = backups("schema1");
    QCOMPARE(copies.size(), 1);
    execute(m_directory->filePath(copies[0]), "SELECT draft FROM chats WHERE leaf = 6");
    // Only once.
    ChatDatabase again(file());
    QCOMPARE(again.open().outcome, OpenOutcome::Opened);
    QCOMPARE(backups("schema1").size(), 1);
}

void ChatStoreTest::batchIsWrittenWhole() {
    const ChatRecord chat = makeChat("batch");
    {
        ChatStore store(file());
        QSignalSpy synced(&store, &ChatStore::synced);
        store.sync();
        QVERIFY(synced.wait());
        // The second message of the batch can't be written: neither the first nor the chat is.
        execute(file(), "CREATE TRIGGER refuse BEFORE INSERT ON messages WHEN new.text = 'bad' "
                        "BEGIN SELECT abs(-9223372036854775808); END");
        QSignalSpy notSaved(&store, &ChatStore::notSaved);
        store.put(makeMessage(chat, MessageRole::User, "good"));
        store.put(makeMessage(chat, MessageRole::Assistant, "bad"));
        store.put(chat);
        QVERIFY(notSaved.wait());
        {
            ChatDatabase reader(file());
            reader.open();
            QVERIFY(reader.chats().isEmpty());
            QVERIFY(reader.messages(chat.id).isEmpty());
        }
        execute(file(), "DROP TRIGGER refuse");
    }
    ChatDatabase reader(file());
    reader.open();
    QCOMPARE(reader.chats().size(), 1);
    QCOMPARE(reader.messages(chat.id).size(), 2);
}

void ChatStoreTest::impossibleWriteHoldsNothingBack() {
    const ChatRecord chat = makeChat("batch");
    ChatStore store(file());
    QSignalSpy synced(&store, &ChatStore::synced);
    store.sync();
    QVERIFY(synced.wait());
    execute(file(), "CREATE TRIGGER refuse BEFORE INSERT ON messages WHEN new.text = 'bad' "
                    "BEGIN SELECT RAISE(ABORT, 'never'); END");
    store.put(makeMessage(chat, MessageRole::User, "good"));
    store.put(makeMessage(chat, MessageRole::Assistant, "bad"));
    store.put(chat);
    store.sync();
    QVERIFY(synced.wait());
    QCOMPARE(synced.at(1).at(0).toBool(), false);
    QVERIFY(store.hasUnsaved());
    ChatDatabase reader(file());
    reader.open();
    QCOMPARE(reader.chats().size(), 1);
    QCOMPARE(reader.messages(chat.id).size(), 1);
    store.loadMessages(chat.id);
    QSignalSpy loaded(&store, &ChatStore::messagesLoaded);
    QVERIFY(loaded.wait());
    QCOMPARE(loaded.at(0).at(1).value<QList<MessageRecord>>().size(), 2);
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

void ChatStoreTest::fault_069_truncatedDatabaseIsSalvaged() {
    const ChatRecord chat = makeChat("cut short");
    {
        ChatDatabase database(file());
        database.open();
        QVERIFY(!database.putChat(chat));
        for (int i = 0; i < 400; ++i)
            QVERIFY(!database.putMessage(
                makeMessage(chat, MessageRole::User, QString(300, 'x') + QString::number(i))));
    }
    QVERIFY(QFile::resize(file(), QFileInfo(file()).size() / 4096 / 2 * 4096));
    ChatDatabase database(file());
    const OpenReport report = database.open();
    QCOMPARE(report.outcome, OpenOutcome::Damaged);
    QCOMPARE(database.chats().size(), 1);
    QVERIFY2(report.salvagedMessages > 100, qPrintable(QString::number(report.salvagedMessages)));
    QCOMPARE(database.messages(chat.id).size(), report.salvagedMessages);
}

void ChatStoreTest::fault_069_missingTablesAndColumns_data() {
    QTest::addColumn<QStringList>("damage");
    QTest::addColumn<int>("outcome");
    QTest::addColumn<int>("messages");
    const auto row = [](const char* name, const QStringList& damage, OpenOutcome outcome,
                        int messages) {
        QTest::newRow(name) << damage << static_cast<int>(outcome) << messages;
    };
    row("messages", {"DROP TABLE messages"}, OpenOutcome::Damaged, 0);
    row("other messages", {"DROP TABLE messages", "CREATE TABLE messages(a, b)"},
        OpenOutcome::Damaged, 0);
    row("a column", {"ALTER TABLE chats DROP COLUMN folder"}, OpenOutcome::Damaged, 1);
    row("negative version", {"PRAGMA user_version=-5"}, OpenOutcome::Damaged, 1);
    row("an index", {"DROP TABLE words"}, OpenOutcome::Opened, 1);
    row("both indices", {"DROP TABLE words", "DROP TABLE title_words"}, OpenOutcome::Opened, 1);
    row("no version", {"PRAGMA user_version=0"}, OpenOutcome::Opened, 1);
    row("an older version", {"PRAGMA user_version=1"}, OpenOutcome::Opened, 1);
}

void ChatStoreTest::fault_069_missingTablesAndColumns() {
    QFETCH(QStringList, damage);
    QFETCH(int, outcome);
    QFETCH(int, messages);
    const ChatRecord chat = makeChat("whole");
    {
        ChatDatabase database(file());
        database.open();
        QVERIFY(!database.putChat(chat));
        QVERIFY(!database.putMessage(makeMessage(chat, MessageRole::User, "before")));
    }
    for (const QString& statement : damage)
        execute(file(), statement);
    ChatDatabase database(file());
    const OpenReport report = database.open();
    QVERIFY2(static_cast<int>(report.outcome) == outcome, qPrintable(report.detail));
    QCOMPARE(database.chats().size(), 1);
    QCOMPARE(database.messages(chat.id).size(), messages);
    const auto failed = database.putMessage(makeMessage(chat, MessageRole::User, "after"));
    QVERIFY2(!failed, qPrintable(failed.value_or(QString())));
    QCOMPARE(found(database, "after"), QList<RecordId>{chat.id});
    QCOMPARE(found(database, "before").size(), messages);
    QCOMPARE(found(database, "whole"), QList<RecordId>{chat.id});
}

void ChatStoreTest::fault_069_failedMigrationLeavesNoCopies() {
    {
        ChatDatabase database(file());
        database.open();
        QVERIFY(!database.putChat(makeChat("kept")));
    }
    // A view of that name can't be dropped as a table.
    for (const char* const statement :
         {"DROP TABLE words", "CREATE VIEW words AS SELECT 1", "PRAGMA user_version=1"})
        execute(file(), statement);
    for (int attempt = 0; attempt < 3; ++attempt) {
        ChatDatabase database(file());
        QCOMPARE(database.open().outcome, OpenOutcome::Unwritable);
        QCOMPARE(database.chats().size(), 1);
    }
    QCOMPARE(backups("schema1"), QStringList());
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
    execute(file(), QStringLiteral("PRAGMA user_version=%1").arg(kChatSchemaVersion + 1));
    ChatDatabase database(file());
    const OpenReport report = database.open();
    QCOMPARE(report.outcome, OpenOutcome::Newer);
    QVERIFY(database.chats().isEmpty());
    QCOMPARE(backups("newer").size(), 1);
    execute(report.backup, "SELECT title FROM chats");
    execute(report.backup, QStringLiteral("PRAGMA user_version=%1").arg(kChatSchemaVersion));
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
                           "'{not json', '[7, {}')")
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
