#include "hearth/host.h"
#include "state/chat_session.h"
#include "state/chat_titles.h"

#include "ui/support/chat_bench.h"

#include <QSet>

using namespace hearth;
using namespace hearth::ui;
using namespace hearth::ui::test;

/// Chats answered by the starter model.
class StarterChatTest : public QObject {
    Q_OBJECT

private slots:
    void initTestCase();
    void cleanupTestCase();
    void init();
    void cleanup() { m.reset(); }

    void twoChatsStreamAtOnce();
    void continuedReplyJoins();
    void marksJoinToTheReply();
    void chatGetsAName();
    void oldTurnsAreForgotten();
    void conversationIsSummedUp();

private:
    void setSettings(const std::function<void(ChatSettings&)>& change) {
        ChatSettings settings = m->chat().record().settings;
        settings.temperature = 0.0;
        settings.repetitionPenalty = 1.0;
        change(settings);
        m->chat().setSettings(settings);
    }
    [[nodiscard]] bool waitForAll() const {
        return QTest::qWaitFor([this] { return !m->controller->isBusy(); }, 60'000);
    }
    [[nodiscard]] ChatSession& chat() const { return m->chat(); }

    std::unique_ptr<Host> m_host;
    std::shared_ptr<Engine> m_engine;
    std::unique_ptr<ChatBench> m;
};

void StarterChatTest::initTestCase() {
    const char* const path = std::getenv("HEARTH_STARTER_MODEL");
    if (path == nullptr)
        QSKIP("HEARTH_STARTER_MODEL is not set");
    auto host = createHost({});
    QVERIFY(host);
    m_host = std::move(*host);
    LoadOptions options;
    options.device = DeviceChoice::Cpu;
    options.contextTokens = 512;
    const auto engine = m_host->load(path, "starter", options, {}, {});
    QVERIFY(engine);
    m_engine = *engine;
}

void StarterChatTest::cleanupTestCase() {
    m_engine.reset();
    m_host.reset();
}

void StarterChatTest::init() {
    m = std::make_unique<ChatBench>();
    m->controller->setAutomaticTitles(false);
    m->bridge->setEngine(m_engine);
}

void StarterChatTest::twoChatsStreamAtOnce() {
    QList<RecordId> order;
    QList<RecordId> ids;
    for (const char* const text : {"Write a story about a cat.", "Explain what a river is."}) {
        m->controller->newChat();
        setSettings([](ChatSettings& settings) { settings.maxTokens = 32; });
        ChatSession* const session = &chat();
        connect(session, &ChatSession::textAppended, this,
                [&order, session] { order.append(session->record().id); });
        QVERIFY(session->send(text));
        ids.append(m->id());
    }
    int most = 0;
    QVERIFY(QTest::qWaitFor(
        [&] {
            most = std::max(most, m_engine->statistics().running);
            return !m->controller->isBusy();
        },
        60'000));
    QCOMPARE(most, 2);
    // Not one after the other.
    QVERIFY(order.indexOf(ids[1]) < order.lastIndexOf(ids[0]));
    QVERIFY(order.indexOf(ids[0]) < order.lastIndexOf(ids[1]));
}

void StarterChatTest::continuedReplyJoins() {
    const auto ask = [this](int tokens) {
        m->controller->newChat();
        setSettings([&](ChatSettings& settings) { settings.maxTokens = tokens; });
        return chat().send("What is the capital of France? Tell me about it.") && waitForAll();
    };
    QVERIFY(ask(40));
    const QString whole = chat().message(1).text;
    QVERIFY(ask(12));
    const QString part = chat().message(1).text;
    QVERIFY(whole.startsWith(part));
    QVERIFY(chat().canContinue(1));
    setSettings([](ChatSettings& settings) { settings.maxTokens = 28; });
    chat().continueReply(1);
    QVERIFY(waitForAll());
    const QString joined = chat().message(1).text;
    QVERIFY(joined.startsWith(part));
    QVERIFY(joined.size() > part.size());
    // Greedy, so it goes on as it would have: no blank is lost or doubled at the seam.
    QCOMPARE(joined.left(part.size() + 24), whole.left(part.size() + 24));
    QCOMPARE(chat().message(1).figures->completionTokens, 40);
    QVERIFY(chat().message(1).figures->cachedTokens > 0);
    QCOMPARE(chat().version(1), std::pair(2, 2));
}

void StarterChatTest::marksJoinToTheReply() {
    setSettings([](ChatSettings& settings) {
        settings.maxTokens = 24;
        settings.probabilities = true;
    });
    QVERIFY(chat().send("What is the capital of France?"));
    QVERIFY(waitForAll());
    QString text;
    for (const TokenMark& mark : chat().probabilities(1)) {
        text += mark.text;
        QCOMPARE(mark.choices.size(), 5);
        QVERIFY(mark.probability > 0.0 && mark.probability <= 1.0);
        QVERIFY(mark.choices[0].probability >= mark.choices[4].probability);
    }
    QCOMPARE(text.left(chat().message(1).text.size()), chat().message(1).text);
    QVERIFY(text.contains("Paris"));
}

void StarterChatTest::chatGetsAName() {
    m->controller->setAutomaticTitles(true);
    const QStringList prompts = {"What is the capital of France?", "How do I bake bread at home?",
                                 "Explain how a car engine works."};
    int named = 0;
    for (const QString& prompt : prompts) {
        m->controller->newChat();
        setSettings([](ChatSettings& settings) { settings.maxTokens = 24; });
        QVERIFY(chat().send(prompt));
        QVERIFY(waitForAll());
        const bool isNamed = QTest::qWaitFor([&] { return chat().record().title != prompt; }, 3000);
        const QString title = chat().record().title;
        qInfo() << prompt << "->" << title;
        QVERIFY(!title.isEmpty() && title.size() <= 60 && !title.contains('\n'));
        named += isNamed ? 1 : 0;
    }
    QVERIFY(named >= 1);
}

void StarterChatTest::oldTurnsAreForgotten() {
    setSettings([](ChatSettings& settings) {
        settings.maxTokens = 8;
        settings.whenFull = WhenFull::Forget;
    });
    for (int turn = 0; turn < 4; ++turn) {
        QVERIFY(chat().send(QString("the quick brown fox %1 ").arg(turn).repeated(24)));
        QVERIFY(waitForAll());
    }
    const MessageRecord& last = chat().message(chat().count() - 1);
    QCOMPARE(last.state, ReplyState::Complete);
    QVERIFY(last.figures->forgotten > 0);
    QCOMPARE(last.figures->forgotten % 2, 0);
    QVERIFY(last.figures->promptTokens <= 512);
}

void StarterChatTest::conversationIsSummedUp() {
    for (const char* const text : {"My name is Ada and I live in Paris.", "I like the sea."}) {
        setSettings([](ChatSettings& settings) { settings.maxTokens = 24; });
        QVERIFY(chat().send(text));
        QVERIFY(waitForAll());
    }
    QSignalSpy summarised(&chat(), &ChatSession::summarised);
    chat().summarise(2);
    QVERIFY(summarised.wait(60'000));
    QVERIFY(summarised[0][0].toBool());
    qInfo() << chat().record().summary;
    QVERIFY(!chat().record().summary.isEmpty());
    QCOMPARE(chat().prompt().prompt.messages.size(), 3U);
}

QTEST_GUILESS_MAIN(StarterChatTest)
#include "starter_chat_test.moc"
