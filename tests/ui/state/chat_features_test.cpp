#include "state/chat_session.h"

#include "state/chat_prompt.h"
#include "state/chat_titles.h"

#include "ui/support/chat_bench.h"
#include "ui/support/chat_fixtures.h"

#include <QAbstractItemModelTester>

using namespace hearth;
using namespace hearth::ui;
using namespace hearth::ui::test;

class ChatFeaturesTest : public QObject {
    Q_OBJECT

private slots:
    void init() { m = std::make_unique<ChatBench>(); }
    void cleanup() { m.reset(); }

    void attachmentsGoBeforeTheWords();
    void fencesAreLongerThanThoseInside();
    void draftKeepsItsAttachments();
    void continueGoesOnInANewVersion();
    void onlyCutOffRepliesContinue();
    void continuedMarksCoverTheWholeText();
    void probabilitiesComeInOrder();
    void sourcesNameTheMessages();
    void fullContextForgetsTheOldest();
    void fullContextIsToldWithNumbers();
    void reserveIsNeverTheWholeContext();
    void summaryStandsForOldMessages();
    void summaryOfNothingIsRefused();
    void summaryIsLeftWithItsBranch();
    void modelNamesTheChat();
    void unusableTitlesAreRefused_data();
    void unusableTitlesAreRefused();
    void goodTitlesAreCleaned_data();
    void goodTitlesAreCleaned();
    void titleWaitsUntilNobodyDoes();
    void personsTitleStays();
    void thinkingIsTakenOut_data();
    void thinkingIsTakenOut();
    void pinFolderAndArchiveSurvive();
    void foldersAreRenamed();
    void bulkRemovalAndUndo();
    void removalOfABusyChatStopsIt();
    void forkCopiesTheBranch();
    void severalChatsAnswerInTurn();
    void stopAllStopsAll();

private:
    void setSettings(const std::function<void(ChatSettings&)>& change) {
        ChatSettings settings = m->chat().record().settings;
        change(settings);
        m->chat().setSettings(settings);
    }
    [[nodiscard]] ChatSession& chat() const { return m->chat(); }
    [[nodiscard]] ChatController& controller() const { return *m->controller; }

    std::unique_ptr<ChatBench> m;
};

void ChatFeaturesTest::attachmentsGoBeforeTheWords() {
    m->useScript({});
    const QList<Attachment> files = {{"a.txt", "alpha\n", 2}, {"b\n.md", "beta", 1}};
    QVERIFY(m->ask("Compare.", files));
    QVERIFY(chat().message(0).attachments == files);
    QCOMPARE(chat().message(0).text, "Compare.");
    QCOMPARE(ChatBench::turns(m->engine->requests().back()),
             QStringList({"user:a.txt:\n```\nalpha\n```\n\nb .md:\n```\nbeta\n```\n\nCompare."}));
    chat().edit(0, "", {files[0]});
    QVERIFY(m->waitForReply());
    QCOMPARE(ChatBench::turns(m->engine->requests().back()),
             QStringList({"user:a.txt:\n```\nalpha\n```"}));
    QCOMPARE(chat().version(0), std::pair(2, 2));
    controller().newChat();
    QVERIFY(!chat().send("  ", {}));
    QVERIFY(m->ask("", {files[0]}));
    QCOMPARE(chat().record().title, "a.txt");
    const RecordId id = m->id();
    m->start();
    controller().open(id);
    QTRY_VERIFY(chat().isLoaded());
    QVERIFY(chat().message(0).attachments == QList<Attachment>{files[0]});
}

void ChatFeaturesTest::fencesAreLongerThanThoseInside() {
    const QString text = withAttachments({{"x.md", "a\n````\nb", 0}}, "why?");
    QCOMPARE(text, "x.md:\n`````\na\n````\nb\n`````\n\nwhy?");
}

void ChatFeaturesTest::draftKeepsItsAttachments() {
    const QList<Attachment> files = {{"a.txt", "alpha", 2}};
    chat().setDraft("", files);
    m->start();
    QVERIFY(chat().record().draftAttachments == files);
    m->useScript({});
    QVERIFY(m->ask("go", chat().record().draftAttachments));
    QVERIFY(chat().record().draftAttachments.isEmpty());
    chat().setDraft("more", files);
    const RecordId id = m->id();
    m->start();
    controller().open(id);
    QCOMPARE(chat().record().draft, "more");
    QVERIFY(chat().record().draftAttachments == files);
}

void ChatFeaturesTest::continueGoesOnInANewVersion() {
    Script script;
    script.wordsBeforeHold = 3;
    m->useScript(script);
    QVERIFY(chat().send("go"));
    QTRY_COMPARE(chat().message(1).text, "Hello! How can");
    QVERIFY(!chat().canContinue(1));
    chat().stop();
    QVERIFY(m->waitForReply());
    QVERIFY(chat().canContinue(1) && !chat().canContinue(0));
    m->useScript({});
    QString streamed;
    connect(&chat(), &ChatSession::textAppended, this,
            [&](int, const QString& piece) { streamed += piece; });
    chat().continueReply(1);
    QCOMPARE(chat().message(1).text, "Hello! How can");
    QCOMPARE(chat().progress().generated, 3);
    QVERIFY(m->waitForReply());
    QCOMPARE(streamed, " I help you today?");
    QCOMPARE(chat().message(1).text, "Hello! How can I help you today?");
    QCOMPARE(chat().message(1).figures->completionTokens, 7);
    QCOMPARE(chat().version(1), std::pair(2, 2));
    const Request request = m->engine->requests().back();
    QCOMPARE(std::get<ChatPrompt>(request.prompt).replyPrefix, "Hello! How can");
    QCOMPARE(ChatBench::turns(request), QStringList({"user:go"}));
    chat().showVersion(1, 1);
    QCOMPARE(chat().message(1).text, "Hello! How can");
}

void ChatFeaturesTest::onlyCutOffRepliesContinue() {
    ChatRecord record = makeChat("cut");
    const MessageRecord question = makeMessage(record, MessageRole::User, "q");
    const auto check = [&](ReplyState state, FinishReason reason, const QString& text) {
        MessageRecord reply = makeMessage(record, MessageRole::Assistant, text, question.id);
        reply.state = state;
        reply.figures = ReplyFigures{};
        reply.figures->reason = reason;
        record.leaf = reply.id;
        ChatSession session(record, *m->bridge, *m->store);
        session.setMessages({question, reply});
        return session.canContinue(1);
    };
    QVERIFY(!check(ReplyState::Complete, FinishReason::Stop, "done."));
    QVERIFY(check(ReplyState::Complete, FinishReason::Length, "and so"));
    QVERIFY(check(ReplyState::Stopped, FinishReason::Cancelled, "<think>hm"));
    QVERIFY(check(ReplyState::Failed, FinishReason::Stop, "half"));
    QVERIFY(!check(ReplyState::Failed, FinishReason::Stop, " \n"));
    QCOMPARE(replyToContinue("def f():\n    "), "def f():");
    QCOMPARE(replyToContinue("  x"), "  x");
}

void ChatFeaturesTest::continuedMarksCoverTheWholeText() {
    m->useScript({});
    setSettings([](ChatSettings& settings) {
        settings.maxTokens = 3;
        settings.probabilities = true;
    });
    QVERIFY(m->ask("go"));
    QCOMPARE(chat().message(1).figures->reason, FinishReason::Length);
    QCOMPARE(chat().probabilities(1).size(), 3);
    chat().continueReply(1);
    QVERIFY(m->waitForReply());
    const auto joined = [this] {
        QString text;
        for (const TokenMark& mark : chat().probabilities(1))
            text += mark.text;
        return text;
    };
    QCOMPARE(chat().message(1).text, "Hello! How can I help you");
    QCOMPARE(joined(), chat().message(1).text);
    QCOMPARE(chat().probabilities(1).size(), 6);
    // Read from disk, the first part has no probabilities.
    const RecordId id = m->id();
    m->start();
    m->useScript({});
    controller().open(id);
    QTRY_VERIFY(chat().isLoaded());
    QVERIFY(chat().probabilities(1).isEmpty());
    chat().continueReply(1);
    QVERIFY(m->waitForReply());
    QCOMPARE(joined(), "Hello! How can I help you today?");
    QVERIFY(chat().probabilities(1).first().choices.isEmpty());
    QCOMPARE(chat().probabilities(1).size(), 2);
}

void ChatFeaturesTest::probabilitiesComeInOrder() {
    m->useScript({});
    QVERIFY(m->ask("without"));
    QVERIFY(chat().probabilities(1).isEmpty());
    setSettings([](ChatSettings& settings) { settings.probabilities = true; });
    QSignalSpy changed(&chat(), &ChatSession::probabilitiesChanged);
    QVERIFY(m->ask("with"));
    QVERIFY(changed.count() > 0);
    QCOMPARE(m->engine->requests().back().sampling.logprobs, 5);
    const QList<TokenMark>& marks = chat().probabilities(3);
    QCOMPARE(marks.size(), 7);
    QCOMPARE(marks[0].text, "Hello!");
    QCOMPARE(marks[0].choices.size(), 5);
    QCOMPARE(marks[0].choices[0].text, "Hello!");
    for (const TokenMark& mark : marks) {
        double before = 1.0;
        for (const TokenMark::Choice& choice : mark.choices) {
            QVERIFY(choice.probability > 0.0 && choice.probability <= before);
            before = choice.probability;
        }
    }
    // They are there as long as the program runs.
    const RecordId id = m->id();
    controller().newChat();
    QVERIFY(m->ask("elsewhere"));
    controller().open(id);
    QTRY_VERIFY(chat().isLoaded());
    QCOMPARE(chat().probabilities(3).size(), 7);
}

void ChatFeaturesTest::sourcesNameTheMessages() {
    m->useScript({});
    setSettings([](ChatSettings& settings) { settings.systemPrompt = "Be brief."; });
    Script failing;
    failing.failure = "broken";
    m->useScript(failing);
    QVERIFY(m->ask("one"));
    m->useScript({});
    QVERIFY(m->ask("two"));
    const SessionPrompt prompt = chat().prompt("draft", {{"f", "x", 1}});
    QCOMPARE(prompt.prompt.messages.size(), 4U);
    const QList<QList<RecordId>> expected = {
        {}, {chat().message(0).id, chat().message(2).id}, {chat().message(3).id}, {}};
    QCOMPARE(prompt.sources, expected);
    QCOMPARE(messagesIn(prompt, 1), 2);
    QCOMPARE(messagesIn(prompt, 2), 3);
    QCOMPARE(messagesIn(prompt, 99), 3);
}

void ChatFeaturesTest::fullContextForgetsTheOldest() {
    m->useScript({}, 64);
    setSettings([](ChatSettings& settings) {
        settings.systemPrompt = "Be brief.";
        settings.whenFull = WhenFull::Forget;
    });
    for (int turn = 0; turn < 6; ++turn)
        QVERIFY(m->ask(QStringLiteral("question number %1 please").arg(turn)));
    const Request request = m->engine->requests().back();
    QCOMPARE(request.overflow, Overflow::DropOldest);
    QCOMPARE(chat().message(1).figures->forgotten, 0);
    QVERIFY(chat().message(11).figures->forgotten > 2);
    QCOMPARE(chat().message(11).state, ReplyState::Complete);
    const int forgotten = chat().message(11).figures->forgotten;
    const RecordId id = m->id();
    m->start();
    controller().open(id);
    QTRY_VERIFY(chat().isLoaded());
    QCOMPARE(chat().message(11).figures->forgotten, forgotten);
}

void ChatFeaturesTest::fullContextIsToldWithNumbers() {
    m->useScript({}, 16);
    QVERIFY(m->ask("one two three four five six seven eight nine ten eleven twelve thirteen"));
    QCOMPARE(m->engine->requests().back().overflow, Overflow::Fail);
    QCOMPARE(chat().message(1).state, ReplyState::Failed);
    QCOMPARE(chat().message(1).error->code, ErrorCode::ContextExceeded);
    QCOMPARE(*chat().message(1).error->needed, 18U);
    QCOMPARE(*chat().message(1).error->available, 16U);
}

void ChatFeaturesTest::reserveIsNeverTheWholeContext() {
    QCOMPARE(chat().reserveTokens(), 0);
    m->useScript({}, 800);
    setSettings([](ChatSettings& settings) { settings.maxTokens = 700; });
    QCOMPARE(chat().reserveTokens(), 0);
    setSettings([](ChatSettings& settings) { settings.maxTokens = 50; });
    QCOMPARE(chat().reserveTokens(), 50);
}

void ChatFeaturesTest::summaryStandsForOldMessages() {
    Script script;
    script.helperReplies = {"<think>hm</think>\nThey spoke of one and two."};
    m->controller->setAutomaticTitles(false);
    m->useScript(script);
    setSettings([](ChatSettings& settings) { settings.systemPrompt = "Be brief."; });
    for (const char* const text : {"one", "two", "three"})
        QVERIFY(m->ask(text));
    QSignalSpy summarised(&chat(), &ChatSession::summarised);
    // The fourth message is a reply to the third: the whole exchange is left.
    chat().summarise(5);
    QVERIFY(chat().isSummarising());
    QVERIFY(summarised.wait());
    QVERIFY(summarised.at(0).at(0).toBool());
    const Request request = m->engine->helperRequests().back();
    QCOMPARE(request.lane, Lane::Title);
    QCOMPARE(ChatBench::turns(request).size(), 1);
    QVERIFY(ChatBench::turns(request)[0].contains("\n\nUser: one\n\nAssistant: Hello!"));
    QVERIFY(ChatBench::turns(request)[0].contains("User: two"));
    QVERIFY(!ChatBench::turns(request)[0].contains("User: three"));
    QCOMPARE(chat().record().summary, "They spoke of one and two.");
    QCOMPARE(chat().record().summaryThrough, chat().message(3).id);
    const auto turns = [this] {
        Request asked;
        asked.prompt = chat().prompt("four").prompt;
        return ChatBench::turns(asked);
    };
    QCOMPARE(turns().size(), 4);
    QVERIFY(turns()[0].startsWith("system:Be brief."));
    QVERIFY(turns()[0].endsWith("They spoke of one and two."));
    QCOMPARE(turns()[1], "user:three");
    QCOMPARE(chat().count(), 6);
    const RecordId id = m->id();
    m->start();
    controller().open(id);
    QTRY_VERIFY(chat().isLoaded());
    QCOMPARE(turns().size(), 4);
    chat().setSummary({}, 0);
    QCOMPARE(turns().size(), 8);
    QCOMPARE(chat().record().summaryThrough, 0);
}

void ChatFeaturesTest::summaryOfNothingIsRefused() {
    m->useScript({});
    QSignalSpy summarised(&chat(), &ChatSession::summarised);
    chat().summarise(4);
    QVERIFY(m->ask("one"));
    chat().summarise(2);
    QCOMPARE(summarised.count(), 2);
    QVERIFY(m->ask("two"));
    // The model says nothing.
    chat().summarise(2);
    QVERIFY(summarised.wait());
    QCOMPARE(summarised.at(2).at(0).toBool(), false);
    QVERIFY(chat().record().summary.isEmpty());
}

void ChatFeaturesTest::summaryIsLeftWithItsBranch() {
    m->useScript({});
    for (const char* const text : {"one", "two"})
        QVERIFY(m->ask(text));
    chat().setSummary("Of one.", chat().message(1).id);
    QCOMPARE(chat().prompt().prompt.messages.size(), 3U);
    chat().edit(0, "uno");
    QVERIFY(m->waitForReply());
    QCOMPARE(chat().prompt().prompt.messages.size(), 2U);
    chat().showVersion(0, 1);
    QCOMPARE(chat().prompt().prompt.messages.size(), 3U);
}

void ChatFeaturesTest::modelNamesTheChat() {
    Script script;
    script.helperReplies = {"\"Baking bread at home.\"\nMore text"};
    m->useScript(script);
    QAbstractItemModelTester tester(&controller().list(),
                                    QAbstractItemModelTester::FailureReportingMode::QtTest);
    QVERIFY(m->ask("How do I bake bread?\nI have flour."));
    QCOMPARE(chat().record().title, "How do I bake bread?");
    QTRY_COMPARE(chat().record().title, "Baking bread at home");
    QVERIFY(chat().record().titleIsOurs);
    QCOMPARE(m->titles(), QStringList({"Baking bread at home"}));
    const Request request = m->engine->helperRequests().at(0);
    QCOMPARE(request.lane, Lane::Title);
    QVERIFY(request.maxTokens > 0 && request.maxTokens <= 24);
    QVERIFY(m->ask("And rye?"));
    QVERIFY(m->sync());
    QCOMPARE(m->engine->helperRequests().size(), 1U);
    m->start();
    QCOMPARE(m->titles(), QStringList({"Baking bread at home"}));
    m->controller->setAutomaticTitles(false);
    m->useScript(script);
    controller().newChat();
    QVERIFY(m->ask("How do I bake bread?"));
    QVERIFY(m->engine->helperRequests().empty());
}

void ChatFeaturesTest::unusableTitlesAreRefused_data() {
    QTest::addColumn<QString>("answer");
    for (const char* const answer :
         {"", "\n\n", "\"\"", "I'm sorry, I cannot name bread.", "Sure! Bread baking it is",
          "Six excellent steps to the stars", "As an AI I bake no bread",
          "Bread, in its own language", "<think>bread bread bread",
          "The baking of bread is an old craft that began when people first ground wild grain",
          "抱歉，我无法回答 bread", "Title:"})
        QTest::newRow(answer) << QString::fromUtf8(answer);
}

void ChatFeaturesTest::unusableTitlesAreRefused() {
    QFETCH(QString, answer);
    QCOMPARE(titleFromAnswer(answer, "How do I bake bread?"), "");
}

void ChatFeaturesTest::goodTitlesAreCleaned_data() {
    QTest::addColumn<QString>("answer");
    QTest::addColumn<QString>("title");
    QTest::newRow("plain") << "Baking bread"
                           << "Baking bread";
    QTest::newRow("label") << "Title: \"Baking Bread.\""
                           << "Baking Bread";
    QTest::newRow("markdown") << "## **Bread basics**\nand more"
                              << "Bread basics";
    QTest::newRow("thinking") << "<think>They bake.</think>\n\nBread"
                              << "Bread";
    QTest::newRow("said") << "A great title would be \"Bread at home\"."
                          << "Bread at home";
    QTest::newRow("plural") << "Breads"
                            << "Breads";
    QTest::newRow("controls") << QString("Bread%1 oven").arg(QChar(0x202e)) << "Bread oven";
    QTest::newRow("chinese") << "《烤面包的方法》"
                             << "烤面包的方法";
}

void ChatFeaturesTest::goodTitlesAreCleaned() {
    QFETCH(QString, answer);
    QFETCH(QString, title);
    QCOMPARE(titleFromAnswer(answer, "How do I bake bread? 怎么烤面包？"), title);
}

void ChatFeaturesTest::titleWaitsUntilNobodyDoes() {
    Script script;
    script.helperReplies = {"Bread for two"};
    script.wordsBeforeHold = 100;
    m->useScript(script);
    QVERIFY(chat().send("bread, please"));
    QVERIFY(m->waitForReply());
    const RecordId first = m->id();
    // Asked at once, withdrawn by the next prompt, asked again after its reply.
    QVERIFY(m->ask("more bread"));
    QTRY_COMPARE(chat().record().title, "Bread for two");
    QCOMPARE(m->id(), first);
}

void ChatFeaturesTest::personsTitleStays() {
    Script script;
    script.helperReplies = {"Bread"};
    script.wordsBeforeHold = 2;
    m->useScript(script);
    QVERIFY(chat().send("bread"));
    controller().rename(m->id(), " My\u202e bread \n");
    QCOMPARE(chat().record().title, "My bread");
    m->engine->release();
    QVERIFY(m->waitForReply());
    QVERIFY(m->sync());
    QTest::qWait(30);
    QCOMPARE(chat().record().title, "My bread");
    QVERIFY(m->engine->helperRequests().empty());
}

void ChatFeaturesTest::thinkingIsTakenOut_data() {
    QTest::addColumn<QString>("reply");
    QTest::addColumn<QString>("rest");
    QTest::newRow("none") << " a < b "
                          << "a < b";
    QTest::newRow("block") << "<think>\nx\n</think>\n\nanswer"
                           << "answer";
    QTest::newRow("open") << "<think>never done"
                          << "";
    QTest::newRow("opened before") << "thought\n</think>\nanswer"
                                   << "answer";
    QTest::newRow("two") << "<think>a</think>b<think>c</think>d"
                         << "bd";
}

void ChatFeaturesTest::thinkingIsTakenOut() {
    QFETCH(QString, reply);
    QFETCH(QString, rest);
    QCOMPARE(withoutThinking(reply), rest);
}

void ChatFeaturesTest::pinFolderAndArchiveSurvive() {
    m->controller->setAutomaticTitles(false);
    m->useScript({});
    QList<RecordId> ids;
    for (const char* const text : {"a", "b", "c"}) {
        controller().newChat();
        QVERIFY(m->ask(text));
        ids.append(m->id());
    }
    controller().setPinned(ids[0], true);
    controller().setFolder(ids[1], " Work ");
    controller().setArchived({ids[2]}, true);
    QCOMPARE(m->titles(), QStringList({"a", "b"}));
    QCOMPARE(controller().folders(), QStringList({"Work"}));
    m->start();
    QCOMPARE(m->titles(), QStringList({"a", "b"}));
    QCOMPARE(controller().folders(), QStringList({"Work"}));
    controller().setScope({ChatScope::Kind::Archived, {}});
    QCOMPARE(m->titles(), QStringList({"c"}));
    QSignalSpy finished(&controller(), &ChatController::searchFinished);
    controller().setScope({});
    controller().search("hello");
    QVERIFY(finished.wait());
    QCOMPARE(m->titles(), QStringList({"a", "c", "b"}));
    controller().search("");
    controller().setArchived({ids[2]}, false);
    QCOMPARE(m->titles(), QStringList({"a", "c", "b"}));
    controller().setScope({ChatScope::Kind::Folder, "Work"});
    controller().newChat();
    QCOMPARE(chat().record().folder, "Work");
}

void ChatFeaturesTest::foldersAreRenamed() {
    m->controller->setAutomaticTitles(false);
    m->useScript({});
    QVERIFY(m->ask("a"));
    const RecordId id = m->id();
    QSignalSpy changed(&controller(), &ChatController::foldersChanged);
    controller().setFolder(id, "Work");
    controller().setScope({ChatScope::Kind::Folder, "Work"});
    controller().renameFolder("Work", "Home");
    QCOMPARE(changed.count(), 2);
    QCOMPARE(m->titles(), QStringList({"a"}));
    QCOMPARE(controller().folders(), QStringList({"Home"}));
    controller().renameFolder("Home", "");
    QVERIFY(controller().folders().isEmpty());
    QCOMPARE(m->titles(), QStringList({"a"}));
}

void ChatFeaturesTest::bulkRemovalAndUndo() {
    m->controller->setAutomaticTitles(false);
    m->useScript({});
    QAbstractItemModelTester tester(&controller().list(),
                                    QAbstractItemModelTester::FailureReportingMode::QtTest);
    QList<RecordId> ids;
    for (const char* const text : {"a", "b", "c", "d"}) {
        controller().newChat();
        QVERIFY(m->ask(text));
        ids.append(m->id());
    }
    controller().open(ids[2]);
    controller().remove({ids[1], ids[2], ids[3]});
    QCOMPARE(m->id(), ids[0]);
    QCOMPARE(m->titles(), QStringList({"a"}));
    controller().restore({ids[1], ids[3]});
    QCOMPARE(m->titles(), QStringList({"d", "b", "a"}));
    controller().remove(ids);
    QCOMPARE(chat().count(), 0);
    controller().finishRemoval({ids[0]});
    controller().restore(ids);
    QCOMPARE(m->titles(), QStringList({"d", "c", "b"}).mid(0, 3));
    m->start();
    QCOMPARE(controller().list().rowCount(), 3);
}

void ChatFeaturesTest::removalOfABusyChatStopsIt() {
    Script script;
    script.wordsBeforeHold = 2;
    m->useScript(script);
    QVERIFY(chat().send("go"));
    QTRY_COMPARE(chat().message(1).text, "Hello! How");
    const RecordId id = m->id();
    QVERIFY(controller().isBusy());
    QSignalSpy busy(&controller(), &ChatController::busyChanged);
    controller().remove({id});
    QVERIFY(!controller().isBusy());
    QCOMPARE(busy.count(), 1);
    QTRY_COMPARE(m->engine->statistics().running, 0);
    controller().restore({id});
    QTRY_VERIFY(chat().isLoaded());
    QCOMPARE(chat().message(1).text, "Hello! How");
    QCOMPARE(chat().message(1).state, ReplyState::Stopped);
}

void ChatFeaturesTest::forkCopiesTheBranch() {
    m->controller->setAutomaticTitles(false);
    m->useScript({});
    QVERIFY(m->ask("one", {{"a.txt", "alpha", 1}}));
    chat().regenerate(1);
    QVERIFY(m->waitForReply());
    QVERIFY(m->ask("two"));
    chat().setSummary("Of one.", chat().message(1).id);
    const RecordId source = m->id();
    controller().setPinned(source, true);
    controller().fork(2);
    QVERIFY(m->id() != source);
    QCOMPARE(chat().count(), 3);
    QCOMPARE(chat().version(1), std::pair(1, 1));
    QCOMPARE(chat().message(0).attachments.size(), 1);
    QCOMPARE(chat().record().summaryThrough, chat().message(1).id);
    QVERIFY(!chat().record().pinned);
    controller().open(source);
    QTRY_VERIFY(chat().isLoaded());
    controller().fork(0);
    QCOMPARE(chat().count(), 1);
    QVERIFY(chat().record().summary.isEmpty());
    QVERIFY(m->ask("go on"));
    const RecordId fork = m->id();
    m->start();
    QCOMPARE(controller().list().rowCount(), 3);
    controller().open(fork);
    QTRY_VERIFY(chat().isLoaded());
    QCOMPARE(chat().count(), 3);
    controller().open(source);
    QTRY_VERIFY(chat().isLoaded());
    QCOMPARE(chat().count(), 4);
}

void ChatFeaturesTest::severalChatsAnswerInTurn() {
    Script script;
    script.wordDelay = std::chrono::milliseconds(20);
    m->useScript(script);
    m->controller->setAutomaticTitles(false);
    QList<RecordId> ended;
    connect(&controller(), &ChatController::replyFinished, this, [&](qint64 id, bool failed) {
        QVERIFY(!failed);
        ended.append(id);
    });
    QList<RecordId> ids;
    for (const char* const text : {"a", "b", "c"}) {
        controller().newChat();
        QVERIFY(chat().send(text));
        ids.append(m->id());
    }
    // The third has begun before the first is done.
    QTRY_VERIFY(!chat().message(1).text.isEmpty());
    QVERIFY(ended.isEmpty());
    QCOMPARE(m->engine->statistics().running, 3);
    QVERIFY(controller().isBusy());
    for (int row = 0; row < 3; ++row)
        QVERIFY(controller().list().index(row).data(ChatListModel::BusyRole).toBool());
    QTRY_COMPARE(ended.size(), 3);
    QVERIFY(!controller().isBusy());
    for (const RecordId id : ids) {
        controller().open(id);
        QTRY_VERIFY(chat().isLoaded());
        QCOMPARE(chat().message(1).text, "Hello! How can I help you today?");
    }
}

void ChatFeaturesTest::stopAllStopsAll() {
    Script script;
    script.wordsBeforeHold = 1;
    m->useScript(script);
    for (const char* const text : {"a", "b"}) {
        controller().newChat();
        QVERIFY(chat().send(text));
    }
    QTRY_COMPARE(chat().message(1).text, "Hello!");
    controller().stopAll();
    QTRY_VERIFY(!controller().isBusy());
    QCOMPARE(chat().message(1).state, ReplyState::Stopped);
}

QTEST_GUILESS_MAIN(ChatFeaturesTest)
#include "chat_features_test.moc"
