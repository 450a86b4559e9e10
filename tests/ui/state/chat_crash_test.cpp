#include "chat_crash_child.h"

#include "state/chat_database.h"
#include "state/chat_session.h"

#include <QHash>
#include <QProcess>
#include <QRandomGenerator>
#include <QSet>
#include <QSqlDatabase>
#include <QSqlQuery>
#include <QTemporaryDir>
#include <QTest>

#include <csignal>

using namespace hearth;
using namespace hearth::ui;
using namespace hearth::ui::test;

namespace {

constexpr char kChildArgument[] = "--use-chats";
constexpr int kKills = 40;              ///< HEARTH_KILLS for another number.
constexpr int kKillsADisk = 20;         ///< Then a fresh folder.
constexpr int kSlackMilliseconds = 500; ///< For a machine that is busy with something else.

/// What children have told of one folder.
struct Account {
    struct Message {
        RecordId chat = 0;
        QString hash;
    };
    struct Shown {
        RecordId chat = 0;
        qsizetype length = 0;
    };
    QHash<RecordId, Message> messages;
    QHash<RecordId, QSet<QString>> drafts; ///< Those that may be found.
    QHash<RecordId, QSet<QString>> begun;  ///< Likewise, once what is being written is told.
    QSet<RecordId> removed;
    QHash<RecordId, Shown> replies; ///< What must be there of replies that streamed.

    void take(const QByteArray& line, qint64 killedMs);
    /// A draft that may be on disk from now on.
    void note(RecordId chat, const QString& hash) {
        for (auto* const known : {&drafts, &begun})
            if (known->contains(chat))
                (*known)[chat].insert(hash);
    }
};

void Account::take(const QByteArray& line, qint64 killedMs) {
    const QList<QByteArray> words = line.split(' ');
    const RecordId chat = words.value(1).toLongLong();
    const QString hash = QString::fromLatin1(words.value(words.size() - 1));
    if (words[0] == "M")
        messages.insert(words.value(2).toLongLong(), {chat, hash});
    else if (words[0] == "B")
        begun[chat] = {hash};
    else if (words[0] == "T")
        drafts[chat] = begun.value(chat);
    else if (words[0] == "t")
        note(chat, hash);
    else if (words[0] == "D")
        removed.insert(chat);
    else if (words[0] == "S" && words.value(4).toLongLong() <
                                    killedMs - ChatSession::kSaveMilliseconds - kSlackMilliseconds)
        replies.insert(words.value(2).toLongLong(), {chat, words.value(3).toLongLong()});
}

int scalar(QSqlDatabase& database, const char* statement) {
    QSqlQuery query(database);
    return query.exec(QLatin1String(statement)) && query.next() ? query.value(0).toInt() : -1;
}

} // namespace

class ChatCrashTest : public QObject {
    Q_OBJECT

private slots:
    void fault_066_killedAtAnyMomentLosesNothingShownAsSaved();

private:
    void killOnce(const QString& file, int seed, Account& account);
    void check(const QString& file, const Account& account);
    void checkTables(const QString& file);

    QRandomGenerator m_random{66};
    int m_messages = 0;
    int m_replies = 0;
};

void ChatCrashTest::fault_066_killedAtAnyMomentLosesNothingShownAsSaved() {
    const int wanted = qEnvironmentVariableIntValue("HEARTH_KILLS");
    const int kills = wanted > 0 ? wanted : kKills;
    std::unique_ptr<QTemporaryDir> directory;
    Account account;
    for (int kill = 0; kill < kills; ++kill) {
        if (kill % kKillsADisk == 0) {
            directory = std::make_unique<QTemporaryDir>();
            account = {};
        }
        const QString file = directory->filePath("chats.sqlite");
        killOnce(file, kill + 1, account);
        if (QTest::currentTestFailed())
            return;
        check(file, account);
        if (QTest::currentTestFailed()) {
            directory->setAutoRemove(false);
            qWarning() << "kill" << kill << "of" << file;
            return;
        }
    }
    qInfo() << kills << "kills," << m_messages << "messages and" << m_replies
            << "half replies looked for";
    QVERIFY(m_messages > kills && m_replies > 0);
}

void ChatCrashTest::killOnce(const QString& file, int seed, Account& account) {
    QProcess child;
    child.setProcessChannelMode(QProcess::ForwardedErrorChannel);
    child.start(QCoreApplication::applicationFilePath(),
                {kChildArgument, file, QString::number(seed)});
    QByteArray told;
    while (!told.contains("ready\n")) {
        QVERIFY(child.waitForReadyRead(30'000));
        told += child.readAll();
    }
    // Most die young, at any step of a write; some stream long enough to owe a part of a reply.
    const int life = seed % 8 == 0 ? 1700 + static_cast<int>(m_random.bounded(900))
                                   : static_cast<int>(m_random.bounded(300));
    const qint64 end = steadyMilliseconds() + life;
    for (qint64 left = life; left > 0; left = end - steadyMilliseconds()) {
        child.waitForReadyRead(static_cast<int>(left));
        told += child.readAll();
    }
    QCOMPARE(child.state(), QProcess::Running);
    const qint64 killedMs = steadyMilliseconds();
    ::kill(static_cast<pid_t>(child.processId()), SIGKILL);
    QVERIFY(child.waitForFinished());
    told += child.readAll();
    account.replies.clear();
    // The last line may be cut.
    QList<QByteArray> lines = told.split('\n');
    lines.removeLast();
    for (const QByteArray& line : std::as_const(lines))
        account.take(line, killedMs);
}

void ChatCrashTest::check(const QString& file, const Account& account) {
    ChatDatabase database(file);
    const OpenReport report = database.open();
    QVERIFY2(report.outcome == OpenOutcome::Opened, qPrintable(report.detail));
    QHash<RecordId, QString> texts;
    QHash<RecordId, QString> drafts;
    int imported = 0;
    for (const ChatRecord& chat : database.chats()) {
        drafts.insert(chat.id, chat.draft);
        const QList<MessageRecord> messages = database.messages(chat.id);
        for (const MessageRecord& message : messages)
            texts.insert(message.id, message.text);
        if (chat.folder == QLatin1String(kImported)) {
            ++imported;
            QVERIFY(messages.size() >= kImportedMessages);
        }
        QVERIFY(chat.leaf == 0 || texts.contains(chat.leaf));
    }
    QCOMPARE(imported % kImportedChats, 0);
    for (auto told = account.messages.begin(); told != account.messages.end(); ++told) {
        if (account.removed.contains(told->chat))
            continue;
        ++m_messages;
        QVERIFY2(texts.contains(told.key()), "a message that was told to be on disk is gone");
        QCOMPARE(hashOf(texts.value(told.key())), told->hash);
    }
    for (auto told = account.drafts.begin(); told != account.drafts.end(); ++told)
        if (!account.removed.contains(told.key()))
            QVERIFY2(told->contains(hashOf(drafts.value(told.key()))), "a draft is gone");
    for (auto told = account.replies.begin(); told != account.replies.end(); ++told) {
        if (account.removed.contains(told->chat))
            continue;
        ++m_replies;
        const qsizetype there = texts.value(told.key()).size();
        QVERIFY2(there >= told->length,
                 qPrintable(QString("%1 of %2 characters").arg(there).arg(told->length)));
    }
    checkTables(file);
}

void ChatCrashTest::checkTables(const QString& file) {
    {
        QSqlDatabase raw = QSqlDatabase::addDatabase("QSQLITE", "raw");
        raw.setDatabaseName(file);
        QVERIFY(raw.open());
        QSqlQuery query(raw);
        QVERIFY(query.exec("PRAGMA integrity_check") && query.next());
        QCOMPARE(query.value(0).toString(), "ok");
        query.finish();
        QVERIFY(query.exec("INSERT INTO words(words) VALUES('integrity-check')"));
        query.finish();
        // Each message has its chat; all that is done is in the index, and nothing else.
        QCOMPARE(
            scalar(raw, "SELECT count(*) FROM messages WHERE chat NOT IN (SELECT id FROM chats)"),
            0);
        QCOMPARE(scalar(raw, "SELECT count(*) FROM messages WHERE state != 1 AND id NOT IN "
                             "(SELECT rowid FROM words)"),
                 0);
        QCOMPARE(
            scalar(raw, "SELECT count(*) FROM words WHERE rowid NOT IN (SELECT id FROM messages)"),
            0);
        raw.close();
    }
    QSqlDatabase::removeDatabase("raw");
}

int main(int argc, char** argv) {
    QCoreApplication application(argc, argv);
    if (argc == 4 && qstrcmp(argv[1], kChildArgument) == 0)
        return useChatsUntilKilled(QString::fromLocal8Bit(argv[2]), QString(argv[3]).toInt());
    ChatCrashTest test;
    return QTest::qExec(&test, argc, argv);
}
#include "chat_crash_test.moc"
