#include "state/chat_session.h"

#include "demo/scripted_engine.h"
#include "state/chat_controller.h"
#include "state/chat_database.h"
#include "state/chat_store.h"

#include "ui/support/chat_fixtures.h"

#include <QAbstractItemModelTester>
#include <QSignalSpy>
#include <QTemporaryDir>
#include <QTest>

#include <optional>

using namespace hearth;
using namespace hearth::ui;
using namespace hearth::ui::test;

class ChatSessionTest : public QObject {
    Q_OBJECT

private slots:
    void init();
    void cleanup();

    void sendStreamsAReply();
    void conversationGoesToTheEngine();
    void promptWaitsForTheModel();
    void stopKeepsThePartialText();
    void partialTextIsSavedWhileItStreams();
    void closingMidReplyKeepsTheText();
    void regenerateMakesAVersion();
    void editMakesABranch();
    void failureIsKeptAndRetried();
    void circularTreeOpens();
    void controllerOpensAndRestores();
    void chatThatStillLoadsIsRenamed();
    void controllerRemovesAndRestores();
    void draftOfAChatNotBegunSurvives();
    void chatsStreamSideBySide();
    void searchFilters();

private:
    void start();
    void useScript(const Script& script);
    ChatSession& chat() { return m_controller->current(); }
    [[nodiscard]] QList<MessageRecord> stored(RecordId chat);

    std::unique_ptr<QTemporaryDir> m_directory;
    std::unique_ptr<EngineBridge> m_bridge;
    std::unique_ptr<ChatStore> m_store;
    std::unique_ptr<ChatController> m_controller;
    std::shared_ptr<ScriptedEngine> m_engine;
};

void ChatSessionTest::init() {
    m_directory = std::make_unique<QTemporaryDir>();
    start();
}

void ChatSessionTest::start() {
    cleanup();
    m_bridge = std::make_unique<EngineBridge>();
    m_store = std::make_unique<ChatStore>(m_directory->filePath("chats.sqlite"));
    m_controller = std::make_unique<ChatController>(*m_bridge, *m_store);
    QTRY_VERIFY(m_controller->isListLoaded());
}

void ChatSessionTest::cleanup() {
    m_controller.reset();
    m_engine.reset();
    m_bridge.reset();
    m_store.reset();
}

void ChatSessionTest::useScript(const Script& script) {
    m_engine = std::make_shared<ScriptedEngine>(ModelInfo(), script);
    m_bridge->setEngine(m_engine);
}

QList<MessageRecord> ChatSessionTest::stored(RecordId chat) {
    QSignalSpy loaded(m_store.get(), &ChatStore::messagesLoaded);
    m_store->loadMessages(chat);
    return loaded.wait() ? loaded.at(0).at(1).value<QList<MessageRecord>>()
                         : QList<MessageRecord>();
}

void ChatSessionTest::sendStreamsAReply() {
    useScript({});
    QSignalSpy inserted(&chat(), &ChatSession::inserted);
    QString streamed;
    connect(&chat(), &ChatSession::textAppended, this, [&](int index, const QString& piece) {
        QCOMPARE(index, 1);
        streamed += piece;
    });
    QVERIFY(!chat().send("  \n "));
    QVERIFY(chat().send("What is 2+2?\nPlease."));
    QVERIFY(!chat().send("again"));
    QTRY_VERIFY(!chat().isBusy());
    QCOMPARE(inserted.count(), 2);
    QCOMPARE(streamed, "Hello! How can I help you today?");
    QCOMPARE(chat().message(1).text, streamed);
    QCOMPARE(chat().message(1).state, ReplyState::Complete);
    QCOMPARE(chat().message(1).figures->completionTokens, 7);
    QCOMPARE(chat().record().title, "What is 2+2?");
    QCOMPARE(m_controller->list().rowCount(), 1);
}

void ChatSessionTest::conversationGoesToTheEngine() {
    useScript({});
    ChatSettings settings = chat().record().settings;
    settings.systemPrompt = "Be brief.";
    settings.temperature = 0.0;
    settings.maxTokens = 9;
    chat().setSettings(settings);
    QVERIFY(chat().send("one"));
    QTRY_VERIFY(!chat().isBusy());
    QVERIFY(chat().send("two"));
    QTRY_VERIFY(!chat().isBusy());
    const Request request = m_engine->requests().at(1);
    const auto& messages = std::get<ChatPrompt>(request.prompt).messages;
    QStringList turns;
    for (const Message& message : messages)
        turns += QString::fromStdString(message.role + ":" + message.content);
    QCOMPARE(turns, QStringList({"system:Be brief.", "user:one",
                                 "assistant:Hello! How can I help you today?", "user:two"}));
    QCOMPARE(request.sampling.temperature, 0.0F);
    QCOMPARE(request.sampling.topP, 0.9F);
    QCOMPARE(request.maxTokens, 9);
    QCOMPARE(request.lane, Lane::Chat);
}

void ChatSessionTest::promptWaitsForTheModel() {
    QVERIFY(chat().send("early"));
    QCOMPARE(chat().progress().phase, ReplyProgress::Phase::NoModel);
    QTest::qWait(30);
    QVERIFY(chat().isBusy());
    useScript({});
    QTRY_VERIFY(!chat().isBusy());
    QCOMPARE(chat().message(1).text, "Hello! How can I help you today?");
}

void ChatSessionTest::stopKeepsThePartialText() {
    Script script;
    script.wordsBeforeHold = 3;
    useScript(script);
    QVERIFY(chat().send("go"));
    QTRY_COMPARE(chat().message(1).text, "Hello! How can");
    chat().stop();
    QTRY_VERIFY(!chat().isBusy());
    QCOMPARE(chat().message(1).text, "Hello! How can");
    QCOMPARE(chat().message(1).state, ReplyState::Stopped);
    QCOMPARE(chat().message(1).figures->reason, FinishReason::Cancelled);
    QCOMPARE(stored(chat().record().id).at(1).text, "Hello! How can");
}

void ChatSessionTest::partialTextIsSavedWhileItStreams() {
    Script script;
    script.wordsBeforeHold = 2;
    useScript(script);
    QVERIFY(chat().send("go"));
    QTRY_COMPARE(chat().message(1).text, "Hello! How");
    QTest::qWait(ChatSession::kSaveMilliseconds + 200);
    // A second reader sees what a restart after kill -9 would.
    ChatDatabase reader(m_directory->filePath("chats.sqlite"));
    QCOMPARE(reader.open().outcome, OpenOutcome::Opened);
    const auto messages = reader.messages(chat().record().id);
    QCOMPARE(messages.size(), 2);
    QCOMPARE(messages[1].text, "Hello! How");
    QCOMPARE(messages[1].state, ReplyState::Streaming);
}

void ChatSessionTest::closingMidReplyKeepsTheText() {
    Script script;
    script.wordsBeforeHold = 4;
    useScript(script);
    QVERIFY(chat().send("go"));
    QTRY_COMPARE(chat().message(1).text, "Hello! How can I");
    const RecordId id = chat().record().id;
    start();
    m_controller->open(id);
    QTRY_VERIFY(chat().isLoaded());
    QCOMPARE(chat().message(1).text, "Hello! How can I");
    QCOMPARE(chat().message(1).state, ReplyState::Stopped);
}

void ChatSessionTest::regenerateMakesAVersion() {
    Script script;
    script.replies = {"first reply", "second reply"};
    useScript(script);
    QVERIFY(chat().send("go"));
    QTRY_VERIFY(!chat().isBusy());
    QCOMPARE(chat().version(1), std::pair(1, 1));
    chat().regenerate(1);
    QTRY_VERIFY(!chat().isBusy());
    QCOMPARE(chat().count(), 2);
    QCOMPARE(chat().message(1).text, "second reply");
    QCOMPARE(chat().version(1), std::pair(2, 2));
    chat().showVersion(1, 1);
    QCOMPARE(chat().message(1).text, "first reply");
    const RecordId id = chat().record().id;
    start();
    m_controller->open(id);
    QTRY_VERIFY(chat().isLoaded());
    QCOMPARE(chat().message(1).text, "first reply");
    QCOMPARE(chat().version(1), std::pair(1, 2));
}

void ChatSessionTest::editMakesABranch() {
    useScript({});
    QVERIFY(chat().send("one"));
    QTRY_VERIFY(!chat().isBusy());
    QVERIFY(chat().send("two"));
    QTRY_VERIFY(!chat().isBusy());
    chat().edit(0, "uno");
    QTRY_VERIFY(!chat().isBusy());
    QCOMPARE(chat().count(), 2);
    QCOMPARE(chat().message(0).text, "uno");
    chat().showVersion(0, 1);
    QCOMPARE(chat().count(), 4);
    QCOMPARE(chat().message(2).text, "two");
    QCOMPARE(std::get<ChatPrompt>(m_engine->requests().back().prompt).messages.size(), 1U);
}

void ChatSessionTest::failureIsKeptAndRetried() {
    Script script;
    script.failure = "broken";
    useScript(script);
    QVERIFY(chat().send("go"));
    QTRY_VERIFY(!chat().isBusy());
    QCOMPARE(chat().message(1).state, ReplyState::Failed);
    QCOMPARE(chat().message(1).error->detail, "broken");
    useScript({});
    chat().regenerate(1);
    QTRY_VERIFY(!chat().isBusy());
    QCOMPARE(chat().message(1).state, ReplyState::Complete);
    QCOMPARE(std::get<ChatPrompt>(m_engine->requests().back().prompt).messages.size(), 1U);
}

void ChatSessionTest::circularTreeOpens() {
    ChatRecord record = makeChat("circle");
    MessageRecord a = makeMessage(record, MessageRole::User, "a");
    MessageRecord b = makeMessage(record, MessageRole::Assistant, "b", a.id);
    a.parent = b.id;
    record.leaf = b.id;
    ChatSession session(record, *m_bridge, *m_store);
    session.setMessages({a, b});
    QCOMPARE(session.count(), 2);
    session.showVersion(0, 1);
    QVERIFY(session.count() <= 2);
}

void ChatSessionTest::controllerOpensAndRestores() {
    useScript({});
    QVERIFY(chat().send("first chat"));
    QTRY_VERIFY(!chat().isBusy());
    m_controller->newChat();
    QVERIFY(chat().send("second chat"));
    QTRY_VERIFY(!chat().isBusy());
    chat().setDraft("unfinished");
    m_controller->rename(chat().record().id, "  renamed\n");
    start();
    ChatListModel& list = m_controller->list();
    QCOMPARE(list.rowCount(), 2);
    QCOMPARE(list.index(0).data().toString(), "renamed");
    QCOMPARE(chat().count(), 0);
    m_controller->openNeighbour(1);
    QTRY_VERIFY(chat().isLoaded());
    QCOMPARE(chat().record().draft, "unfinished");
    m_controller->openNeighbour(1);
    QTRY_VERIFY(chat().isLoaded());
    QCOMPARE(chat().record().title, "first chat");
    QCOMPARE(chat().count(), 2);
    m_controller->openNeighbour(1);
    QCOMPARE(chat().record().title, "first chat");
}

void ChatSessionTest::chatThatStillLoadsIsRenamed() {
    useScript({});
    QVERIFY(chat().send("first name"));
    QTRY_VERIFY(!chat().isBusy());
    const RecordId id = chat().record().id;
    for (int run = 0; run < 2; ++run) {
        start();
        QCOMPARE(m_controller->list().find(id)->title, run == 0 ? "first name" : "renamed");
        m_controller->open(id);
        QVERIFY(!chat().isLoaded());
        m_controller->rename(id, "renamed");
        QCOMPARE(m_controller->list().find(id)->title, "renamed");
        QTRY_VERIFY(chat().isLoaded());
        m_controller->newChat();
    }
    QCOMPARE(m_controller->list().find(id)->title, "renamed");
}

void ChatSessionTest::controllerRemovesAndRestores() {
    useScript({});
    QVERIFY(chat().send("go"));
    QTRY_VERIFY(!chat().isBusy());
    const RecordId id = chat().record().id;
    QAbstractItemModelTester tester(&m_controller->list(),
                                    QAbstractItemModelTester::FailureReportingMode::QtTest);
    m_controller->remove({id});
    QCOMPARE(m_controller->list().rowCount(), 0);
    QCOMPARE(chat().count(), 0);
    m_controller->restore({id});
    QCOMPARE(m_controller->list().rowCount(), 1);
    QTRY_VERIFY(chat().isLoaded());
    QCOMPARE(chat().count(), 2);
    m_controller->remove({id});
    m_controller->finishRemoval({id});
    QVERIFY(stored(id).isEmpty());
    start();
    QCOMPARE(m_controller->list().rowCount(), 0);
}

void ChatSessionTest::draftOfAChatNotBegunSurvives() {
    chat().setDraft("not sent yet");
    start();
    QCOMPARE(m_controller->list().rowCount(), 0);
    QCOMPARE(chat().record().draft, "not sent yet");
    chat().setDraft({});
    start();
    QCOMPARE(chat().record().draft, "");
}

void ChatSessionTest::chatsStreamSideBySide() {
    Script script;
    script.wordsBeforeHold = 2;
    useScript(script);
    QVERIFY(chat().send("long one"));
    QTRY_COMPARE(chat().message(1).text, "Hello! How");
    const RecordId id = chat().record().id;
    m_controller->newChat();
    QVERIFY(m_controller->list().index(0).data(ChatListModel::BusyRole).toBool());
    m_engine->release();
    QTRY_VERIFY(!m_controller->list().index(0).data(ChatListModel::BusyRole).toBool());
    m_controller->open(id);
    QTRY_VERIFY(chat().isLoaded());
    QCOMPARE(chat().message(1).text, "Hello! How can I help you today?");
}

void ChatSessionTest::searchFilters() {
    useScript({});
    QVERIFY(chat().send("about cats"));
    QTRY_VERIFY(!chat().isBusy());
    m_controller->newChat();
    QVERIFY(chat().send("about dogs"));
    QTRY_VERIFY(!chat().isBusy());
    QSignalSpy finished(m_controller.get(), &ChatController::searchFinished);
    m_controller->search("CATS");
    QVERIFY(finished.wait());
    QCOMPARE(m_controller->list().rowCount(), 1);
    m_controller->search("");
    QCOMPARE(m_controller->list().rowCount(), 2);
}

QTEST_GUILESS_MAIN(ChatSessionTest)
#include "chat_session_test.moc"
