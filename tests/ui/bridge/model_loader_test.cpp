#include "bridge/model_loader.h"

#include "bridge/token_counter.h"
#include "demo/scripted_host.h"

#include <QSignalSpy>
#include <QTest>

using namespace hearth;
using namespace hearth::ui;

class ModelLoaderTest : public QObject {
    Q_OBJECT

private slots:
    void tellsProgressAndHandsOverTheEngine();
    void failureCarriesTheError();
    void failingHostIsAFailedLoad();
    void cancelIsSilent();
    void newLoadReplacesTheOldOne();
    void unloadFreesTheEngine();
    void resetMakesANewHost();
    void goesWhileLoading();
    void tokensAreCountedForTheNewestQuestion();

private:
    /// A factory whose hosts the test can reach.
    HostFactory factory(LoadScript script) {
        m_hosts = 0;
        return [this, script]() -> Result<std::unique_ptr<Host>> {
            auto host = std::make_unique<ScriptedHost>(script);
            m_host = host.get();
            ++m_hosts;
            return std::unique_ptr<Host>(std::move(host));
        };
    }

    std::atomic<ScriptedHost*> m_host = nullptr;
    std::atomic<int> m_hosts = 0;
};

void ModelLoaderTest::tellsProgressAndHandsOverTheEngine() {
    LoadScript script;
    script.duration = std::chrono::milliseconds(200);
    ModelLoader loader(factory(script));
    QSignalSpy progressed(&loader, &ModelLoader::progressed);
    QSignalSpy loaded(&loader, &ModelLoader::loaded);
    loader.load("/models/a.gguf", "a", {});
    QVERIFY(loader.isLoading());
    QVERIFY(loaded.wait());
    QVERIFY(!loader.isLoading());
    QVERIFY(progressed.count() > 2);
    std::uint64_t last = 0;
    for (const auto& call : progressed) {
        const auto progress = call.at(1).value<LoadProgress>();
        QVERIFY(progress.doneBytes >= last);
        last = progress.doneBytes;
    }
    QCOMPARE(loaded.at(0).at(1).value<std::shared_ptr<Engine>>()->model().path, "/models/a.gguf");
}

void ModelLoaderTest::failureCarriesTheError() {
    LoadScript script;
    Error error;
    error.code = ErrorCode::OutOfMemory;
    error.needed = 9;
    error.available = 7;
    script.failure = error;
    ModelLoader loader(factory(script));
    QSignalSpy failed(&loader, &ModelLoader::failed);
    loader.load("/models/a.gguf", "a", {});
    QVERIFY(failed.wait());
    QCOMPARE(failed.at(0).at(1).value<Error>().code, ErrorCode::OutOfMemory);
    QCOMPARE(*failed.at(0).at(1).value<Error>().needed, 9U);
}

void ModelLoaderTest::failingHostIsAFailedLoad() {
    ModelLoader loader([]() -> Result<std::unique_ptr<Host>> {
        return fail(ErrorCode::DeviceUnavailable, "no device");
    });
    QSignalSpy failed(&loader, &ModelLoader::failed);
    loader.load("/models/a.gguf", "a", {});
    QVERIFY(failed.wait());
    QCOMPARE(failed.at(0).at(1).value<Error>().code, ErrorCode::DeviceUnavailable);
}

void ModelLoaderTest::cancelIsSilent() {
    LoadScript script;
    script.holdAt = 0.5;
    ModelLoader loader(factory(script));
    QSignalSpy progressed(&loader, &ModelLoader::progressed);
    QSignalSpy loaded(&loader, &ModelLoader::loaded);
    QSignalSpy failed(&loader, &ModelLoader::failed);
    loader.load("/models/a.gguf", "a", {});
    QVERIFY(progressed.wait());
    loader.cancel();
    QTest::qWait(50);
    QVERIFY(!loader.isLoading());
    QCOMPARE(loaded.count() + failed.count(), 0);
}

void ModelLoaderTest::newLoadReplacesTheOldOne() {
    LoadScript script;
    script.duration = std::chrono::milliseconds(100);
    ModelLoader loader(factory(script));
    QSignalSpy loaded(&loader, &ModelLoader::loaded);
    loader.load("/models/a.gguf", "a", {});
    loader.load("/models/b.gguf", "b", {});
    QVERIFY(loaded.wait());
    QTest::qWait(100);
    QCOMPARE(loaded.count(), 1);
    QCOMPARE(loaded.at(0).at(0).toString(), "b");
    QCOMPARE(m_host.load()->engine("a"), nullptr);
}

void ModelLoaderTest::unloadFreesTheEngine() {
    ModelLoader loader(factory({}));
    std::shared_ptr<Engine> engine;
    connect(&loader, &ModelLoader::loaded, this,
            [&](const QString&, const std::shared_ptr<Engine>& fresh) { engine = fresh; });
    loader.load("/models/a.gguf", "a", {});
    QTRY_VERIFY(engine);
    std::weak_ptr<ScriptedEngine> real = m_host.load()->engine("a");
    loader.unload("a");
    QTest::qWait(50);
    QVERIFY(!real.expired());
    engine.reset();
    QTRY_VERIFY(real.expired());
}

void ModelLoaderTest::resetMakesANewHost() {
    ModelLoader loader(factory({}));
    QSignalSpy loaded(&loader, &ModelLoader::loaded);
    loader.load("/models/a.gguf", "a", {});
    QVERIFY(loaded.wait());
    loader.resetHost();
    loader.load("/models/a.gguf", "a", {});
    QVERIFY(loaded.wait());
    QCOMPARE(m_hosts.load(), 2);
}

void ModelLoaderTest::goesWhileLoading() {
    LoadScript script;
    script.holdAt = 0.3;
    auto loader = std::make_unique<ModelLoader>(factory(script));
    QSignalSpy progressed(loader.get(), &ModelLoader::progressed);
    loader->load("/models/a.gguf", "a", {});
    QVERIFY(progressed.wait());
    loader.reset();
    QCoreApplication::processEvents();
}

void ModelLoaderTest::tokensAreCountedForTheNewestQuestion() {
    const auto engine = std::make_shared<ScriptedEngine>(ModelInfo(), Script());
    TokenCounter counter;
    QSignalSpy counted(&counter, &TokenCounter::counted);
    for (int words = 1; words <= 20; ++words) {
        ChatPrompt prompt;
        std::string text = "a";
        for (int i = 1; i < words; ++i)
            text += " a";
        prompt.messages.push_back({"user", text, {}});
        counter.count(engine, prompt, 0);
    }
    QVERIFY(counted.wait());
    QTest::qWait(50);
    QCOMPARE(counted.count(), 1);
    QCOMPARE(counted.at(0).at(0).value<PromptFit>().tokens, 24);
}

QTEST_GUILESS_MAIN(ModelLoaderTest)
#include "model_loader_test.moc"
