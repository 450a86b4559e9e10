#include "bridge/engine_bridge.h"
#include "bridge/token_counter.h"

#include "demo/scripted_engine.h"

#include <QSignalSpy>
#include <QTest>

#include <atomic>
#include <thread>

using namespace hearth;
using namespace hearth::ui;

namespace {

/// Keeps the handlers, so that a test plays the engine's threads itself.
class OpenEngine final : public Engine {
public:
    const ModelInfo& model() const override { return m_model; }
    Result<RequestId> submit(Request, EventHandler handler) override {
        if (refuse)
            return fail(ErrorCode::QueueFull);
        handlers.push_back(std::move(handler));
        return handlers.size();
    }
    void cancel(RequestId id) override { cancelled.push_back(id); }
    EngineStatistics statistics() const override { return {}; }
    Result<std::string> renderPrompt(const ChatPrompt&) const override { return std::string(); }
    Result<std::vector<std::int32_t>> tokenize(const Prompt&) const override {
        return std::vector<std::int32_t>();
    }
    Result<PromptFit> fitPrompt(const ChatPrompt&, std::int32_t) const override {
        return PromptFit{};
    }
    std::string detokenize(const std::vector<std::int32_t>&) const override { return {}; }

    std::vector<EventHandler> handlers;
    std::vector<RequestId> cancelled;
    bool refuse = false;

private:
    ModelInfo m_model;
};

Request hello() {
    Request request;
    request.prompt = TextPrompt{"hello", false, true};
    return request;
}

FinishedEvent finishedAfter(int tokens) {
    FinishedEvent event;
    event.statistics.completionTokens = tokens;
    return event;
}

} // namespace

class EngineBridgeTest : public QObject {
    Q_OBJECT

private slots:
    void tokensMergeIntoFrames();
    void eventsOfManyThreadsStayInOrder();
    void terminalEventsAreNeverDropped();
    void nothingFollowsTheTerminalEvent();
    void requestsWaitForAnEngine();
    void waitingRequestCanBeStopped();
    void refusedRequestFails();
    void stopReachesTheEngine();
    void receiverMayGoFirst();
    void slotMayDeleteTheBridge();
    void engineMayGoFirst();
    void probabilitiesComeBeforeTheirText();
    void droppedTurnsAreTold();
    void counterAnswersTheNewestQuestion();
    void counterTellsOfWhatNeverFits();
    void counterCountsEachText();
};

void EngineBridgeTest::tokensMergeIntoFrames() {
    EngineBridge bridge;
    const auto engine = std::make_shared<OpenEngine>();
    bridge.setEngine(engine);
    const Ticket ticket = bridge.send(hello());
    QString text;
    int updates = 0;
    int tokens = 0;
    connect(&bridge, &EngineBridge::textArrived, this,
            [&](quint64 from, const QString& piece, int count) {
                QCOMPARE(from, ticket);
                text += piece;
                tokens += count;
                ++updates;
            });
    QSignalSpy finished(&bridge, &EngineBridge::finished);
    QElapsedTimer clock;
    clock.start();
    std::thread sender([handler = engine->handlers.front()] {
        for (int i = 0; i < 3000; ++i) {
            handler(1, TextEvent{"é ", {7}, {}});
            if (i % 10 == 0)
                std::this_thread::sleep_for(std::chrono::microseconds(500));
        }
        handler(1, finishedAfter(3000));
    });
    QVERIFY(finished.wait(10'000));
    sender.join();
    const qint64 elapsed = clock.elapsed();
    QCOMPARE(tokens, 3000);
    QCOMPARE(text, QStringLiteral("é ").repeated(3000));
    QVERIFY2(updates <= elapsed / EngineBridge::kFrameMilliseconds + 2,
             qPrintable(QStringLiteral("%1 updates in %2 ms").arg(updates).arg(elapsed)));
}

void EngineBridgeTest::eventsOfManyThreadsStayInOrder() {
    constexpr int kRequests = 24;
    constexpr int kTokens = 400;
    EngineBridge bridge;
    const auto engine = std::make_shared<OpenEngine>();
    bridge.setEngine(engine);
    QHash<Ticket, QString> texts;
    QHash<Ticket, QStringList> kinds;
    const auto note = [&](Ticket ticket, const QString& kind) {
        QStringList& seen = kinds[ticket];
        if (seen.isEmpty() || seen.last() != kind)
            seen.append(kind);
    };
    connect(&bridge, &EngineBridge::accepted, this, [&](quint64 t, int) { note(t, "accepted"); });
    connect(&bridge, &EngineBridge::prefillAdvanced, this,
            [&](quint64 t, int, int) { note(t, "prefill"); });
    connect(&bridge, &EngineBridge::textArrived, this, [&](quint64 t, const QString& piece, int) {
        note(t, "text");
        texts[t] += piece;
    });
    int ended = 0;
    connect(&bridge, &EngineBridge::finished, this, [&](quint64 t) {
        note(t, "finished");
        ++ended;
    });
    for (int i = 0; i < kRequests; ++i)
        (void)bridge.send(hello());

    std::vector<std::thread> threads;
    for (const EventHandler& handler : engine->handlers) {
        threads.emplace_back([handler] {
            handler(1, AcceptedEvent{3});
            handler(1, PrefillEvent{3, 3});
            for (int i = 0; i < kTokens; ++i) {
                handler(1, TextEvent{std::to_string(i) + ",", {i}, {}});
                if (i % 50 == 0)
                    std::this_thread::sleep_for(std::chrono::milliseconds(1));
            }
            handler(1, finishedAfter(kTokens));
        });
    }
    QTRY_COMPARE_WITH_TIMEOUT(ended, kRequests, 20'000);
    for (std::thread& thread : threads)
        thread.join();
    QString expected;
    for (int i = 0; i < kTokens; ++i)
        expected += QString::number(i) + ',';
    QCOMPARE(texts.size(), kRequests);
    for (auto it = texts.cbegin(); it != texts.cend(); ++it) {
        QCOMPARE(it.value(), expected);
        // Text may come in many frames; nothing comes after the end or before the prefill.
        QCOMPARE(kinds[it.key()], QStringList({"accepted", "prefill", "text", "finished"}));
    }
}

void EngineBridgeTest::terminalEventsAreNeverDropped() {
    EngineBridge bridge;
    const auto engine = std::make_shared<OpenEngine>();
    bridge.setEngine(engine);
    QSignalSpy finished(&bridge, &EngineBridge::finished);
    QSignalSpy failed(&bridge, &EngineBridge::failed);
    for (int i = 0; i < 500; ++i)
        (void)bridge.send(hello());
    std::atomic<std::size_t> next = 0;
    std::vector<std::thread> threads;
    for (int t = 0; t < 4; ++t) {
        threads.emplace_back([&] {
            for (std::size_t i = next++; i < engine->handlers.size(); i = next++) {
                if (i % 2 == 0)
                    engine->handlers[i](i + 1, finishedAfter(0));
                else
                    engine->handlers[i](i + 1, FailedEvent{fail(ErrorCode::Internal, "x").error});
            }
        });
    }
    for (std::thread& thread : threads)
        thread.join();
    QTRY_COMPARE(finished.count() + failed.count(), 500);
    QCOMPARE(failed.count(), 250);
}

void EngineBridgeTest::nothingFollowsTheTerminalEvent() {
    EngineBridge bridge;
    const auto engine = std::make_shared<OpenEngine>();
    bridge.setEngine(engine);
    (void)bridge.send(hello());
    QSignalSpy text(&bridge, &EngineBridge::textArrived);
    QSignalSpy finished(&bridge, &EngineBridge::finished);
    engine->handlers[0](1, finishedAfter(0));
    engine->handlers[0](1, TextEvent{"late", {1}, {}});
    engine->handlers[0](1, finishedAfter(1));
    QVERIFY(finished.wait());
    QTest::qWait(50);
    QCOMPARE(finished.count(), 1);
    QCOMPARE(text.count(), 0);
}

void EngineBridgeTest::requestsWaitForAnEngine() {
    EngineBridge bridge;
    const Ticket first = bridge.send(hello());
    const Ticket second = bridge.send(hello());
    QVERIFY(bridge.isWaiting(first));
    QSignalSpy submitted(&bridge, &EngineBridge::submitted);
    bridge.setEngine(std::make_shared<OpenEngine>());
    QVERIFY(!bridge.isWaiting(first));
    QVERIFY(!bridge.isWaiting(second));
    QTRY_COMPARE(submitted.count(), 2);
    QCOMPARE(submitted.at(0).at(0).toULongLong(), first);
}

void EngineBridgeTest::waitingRequestCanBeStopped() {
    EngineBridge bridge;
    QSignalSpy finished(&bridge, &EngineBridge::finished);
    const Ticket ticket = bridge.send(hello());
    bridge.stop(ticket);
    QVERIFY(finished.wait());
    QCOMPARE(finished.at(0).at(1).value<FinishReason>(), FinishReason::Cancelled);
    const auto engine = std::make_shared<OpenEngine>();
    bridge.setEngine(engine);
    QVERIFY(engine->handlers.empty());
}

void EngineBridgeTest::refusedRequestFails() {
    EngineBridge bridge;
    const auto engine = std::make_shared<OpenEngine>();
    engine->refuse = true;
    bridge.setEngine(engine);
    QSignalSpy failed(&bridge, &EngineBridge::failed);
    const Ticket ticket = bridge.send(hello());
    QVERIFY(failed.wait());
    QCOMPARE(failed.at(0).at(0).toULongLong(), ticket);
    QCOMPARE(failed.at(0).at(1).value<Error>().code, ErrorCode::QueueFull);
}

void EngineBridgeTest::stopReachesTheEngine() {
    EngineBridge bridge;
    const auto engine = std::make_shared<OpenEngine>();
    bridge.setEngine(engine);
    (void)bridge.send(hello());
    const Ticket second = bridge.send(hello());
    bridge.stop(second);
    QCOMPARE(engine->cancelled, std::vector<RequestId>{2});
}

void EngineBridgeTest::receiverMayGoFirst() {
    const auto engine = std::make_shared<OpenEngine>();
    std::atomic<bool> go = true;
    std::thread sender;
    {
        auto bridge = std::make_unique<EngineBridge>();
        bridge->setEngine(engine);
        (void)bridge->send(hello());
        sender = std::thread([&] {
            while (go)
                engine->handlers[0](1, TextEvent{"x", {1}, {}});
        });
        QTest::qWait(50);
    }
    QTest::qWait(50);
    go = false;
    sender.join();
    engine->handlers[0](1, finishedAfter(1));
    QCoreApplication::processEvents();
}

void EngineBridgeTest::slotMayDeleteTheBridge() {
    auto bridge = std::make_unique<EngineBridge>();
    const auto engine = std::make_shared<OpenEngine>();
    bridge->setEngine(engine);
    (void)bridge->send(hello());
    (void)bridge->send(hello());
    connect(bridge.get(), &EngineBridge::accepted, this, [&] { bridge.reset(); });
    engine->handlers[0](1, AcceptedEvent{1});
    engine->handlers[0](1, TextEvent{"x", {1}, {}});
    engine->handlers[1](2, finishedAfter(0));
    QTRY_VERIFY(!bridge);
}

void EngineBridgeTest::engineMayGoFirst() {
    EngineBridge bridge;
    Script script;
    script.wordsBeforeHold = 1;
    auto engine = std::make_shared<ScriptedEngine>(ModelInfo(), script);
    bridge.setEngine(engine);
    QSignalSpy text(&bridge, &EngineBridge::textArrived);
    QSignalSpy finished(&bridge, &EngineBridge::finished);
    const Ticket ticket = bridge.send(hello());
    QVERIFY(text.wait());
    bridge.setEngine(nullptr);
    engine.reset();
    bridge.stop(ticket);
    QTRY_COMPARE(finished.count(), 1);
    QCOMPARE(finished.at(0).at(1).value<FinishReason>(), FinishReason::Cancelled);
}

void EngineBridgeTest::probabilitiesComeBeforeTheirText() {
    EngineBridge bridge;
    const auto engine = std::make_shared<OpenEngine>();
    bridge.setEngine(engine);
    const Ticket ticket = bridge.send(hello());
    QStringList order;
    connect(&bridge, &EngineBridge::probabilitiesArrived, this,
            [&](quint64 from, const std::vector<TokenInfo>& tokens) {
                QCOMPARE(from, ticket);
                for (const TokenInfo& token : tokens)
                    order += "p:" + QString::fromStdString(token.chosen.text);
            });
    connect(&bridge, &EngineBridge::textArrived, this,
            [&](quint64, const QString& text, int) { order += "t:" + text; });
    QSignalSpy finished(&bridge, &EngineBridge::finished);
    for (const char* const word : {"a", "b", "c"})
        engine->handlers[0](1, TextEvent{word, {7}, {TokenInfo{{7, word, -0.5F}, {}}}});
    engine->handlers[0](1, finishedAfter(3));
    QVERIFY(finished.wait());
    QCOMPARE(order, QStringList({"p:a", "p:b", "p:c", "t:abc"}));
}

void EngineBridgeTest::droppedTurnsAreTold() {
    ModelInfo model;
    model.context = 32;
    EngineBridge bridge;
    bridge.setEngine(std::make_shared<ScriptedEngine>(model, Script{}));
    Request request;
    ChatPrompt prompt;
    for (int turn = 0; turn < 8; ++turn)
        prompt.messages.push_back({turn % 2 == 0 ? "user" : "assistant", "four words in each", {}});
    request.prompt = prompt;
    QSignalSpy failed(&bridge, &EngineBridge::failed);
    static_cast<void>(bridge.send(request));
    QVERIFY(failed.wait());
    QCOMPARE(failed[0][1].value<Error>().code, ErrorCode::ContextExceeded);
    request.overflow = Overflow::DropOldest;
    QSignalSpy accepted(&bridge, &EngineBridge::accepted);
    static_cast<void>(bridge.send(request));
    QVERIFY(accepted.wait());
    QVERIFY(accepted[0][2].toInt() > 0);
    QVERIFY(accepted[0][1].toInt() + 4 <= 32);
}

void EngineBridgeTest::counterAnswersTheNewestQuestion() {
    ModelInfo model;
    model.context = 64;
    const auto engine = std::make_shared<ScriptedEngine>(model, Script{});
    TokenCounter counter;
    QSignalSpy counted(&counter, &TokenCounter::counted);
    ChatPrompt prompt;
    for (int turn = 0; turn < 10; ++turn) {
        prompt.messages.push_back({"user", "one two three", {}});
        counter.count(engine, prompt, 8);
    }
    QVERIFY(counted.wait());
    QTest::qWait(20);
    QCOMPARE(counted.count(), 1);
    const auto fit = counted[0][0].value<PromptFit>();
    QCOMPARE(fit.tokens, 70);
    QCOMPARE(fit.context, 64);
    QCOMPARE(fit.reserve, 8);
    QCOMPARE(fit.dropped, 2);
    QCOMPARE(fit.fittedTokens, 56);
    counter.count(engine, prompt, 8);
    counter.cancel();
    QTest::qWait(20);
    QCOMPARE(counted.count(), 1);
}

void EngineBridgeTest::counterTellsOfWhatNeverFits() {
    class Full final : public Engine {
    public:
        const ModelInfo& model() const override { return m_model; }
        Result<RequestId> submit(Request, EventHandler) override { return 1U; }
        void cancel(RequestId) override {}
        EngineStatistics statistics() const override { return {}; }
        Result<std::string> renderPrompt(const ChatPrompt&) const override { return std::string(); }
        Result<std::vector<std::int32_t>> tokenize(const Prompt&) const override {
            return std::vector<std::int32_t>();
        }
        Result<PromptFit> fitPrompt(const ChatPrompt&, std::int32_t) const override {
            Error error;
            error.code = ErrorCode::ContextExceeded;
            error.needed = 9001;
            error.available = 8192;
            return fail(error);
        }
        std::string detokenize(const std::vector<std::int32_t>&) const override { return {}; }

    private:
        ModelInfo m_model;
    };
    TokenCounter counter;
    QSignalSpy counted(&counter, &TokenCounter::counted);
    counter.count(std::make_shared<Full>(), {}, 512);
    QVERIFY(counted.wait());
    const auto fit = counted[0][0].value<PromptFit>();
    QCOMPARE(fit.context, 8192);
    QCOMPARE(fit.fittedTokens, 9000);
    QCOMPARE(fit.reserve, 512);
}

void EngineBridgeTest::counterCountsEachText() {
    const auto engine = std::make_shared<ScriptedEngine>(ModelInfo(), Script{});
    TokenCounter counter;
    QSignalSpy counted(&counter, &TokenCounter::textCounted);
    counter.countText(engine, 1, "one two three");
    counter.countText(engine, 2, "");
    counter.countText(engine, 3, "four words are here");
    QTRY_COMPARE(counted.count(), 3);
    QCOMPARE(counted[0][0].toULongLong(), 1U);
    QCOMPARE(counted[0][1].toInt(), 3);
    QCOMPARE(counted[1][1].toInt(), 0);
    QCOMPARE(counted[2][1].toInt(), 4);
}

QTEST_GUILESS_MAIN(EngineBridgeTest)
#include "engine_bridge_test.moc"
