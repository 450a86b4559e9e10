#include "state/workspace.h"

#include "demo/scripted_host.h"
#include "state/chat_session.h"

#include "ui/support/chat_fixtures.h"

#include <QSignalSpy>
#include <QTemporaryDir>
#include <QTest>

using namespace hearth;
using namespace hearth::ui;
using namespace hearth::ui::test;

using State = ModelSession::State;

class ModelSessionTest : public QObject {
    Q_OBJECT

private slots:
    void init() { m_directory = std::make_unique<QTemporaryDir>(); }

    void starterLoadsAtTheStart();
    void lastModelLoadsAgain();
    void missingModelIsTold();
    void failedLoadCanBeRetried();
    void loadingCanBeCancelled();
    void switchStopsTheReplyAndKeepsItsText();
    void promptSentWhileLoadingIsAnswered();
    void newThreadCountMakesANewHost();

private:
    WorkspaceOptions options(LoadScript script = {}, const QString& model = {}) {
        WorkspaceOptions options;
        options.dataDirectory = m_directory->path();
        options.model = model;
        options.makeLibrary = memoryLibrary();
        options.makeHost = [this,
                            script](const HostOptions& host) -> Result<std::unique_ptr<Host>> {
            auto made = std::make_unique<ScriptedHost>(script);
            m_host = made.get();
            m_threads = host.threads;
            return std::unique_ptr<Host>(std::move(made));
        };
        return options;
    }

    std::unique_ptr<QTemporaryDir> m_directory;
    std::atomic<ScriptedHost*> m_host = nullptr;
    std::atomic<int> m_threads = -1;
};

void ModelSessionTest::starterLoadsAtTheStart() {
    Workspace workspace(options());
    QCOMPARE(workspace.model().state(), State::Looking);
    QTRY_COMPARE(workspace.model().state(), State::Ready);
    QCOMPARE(workspace.model().name(), "starter");
    QCOMPARE(workspace.model().info().context, 8192);
    QCOMPARE(workspace.chats().current().record().settings.model, "starter");
}

void ModelSessionTest::lastModelLoadsAgain() {
    {
        Workspace workspace(options({}, "qwen-8b"));
        QTRY_COMPARE(workspace.model().state(), State::Ready);
    }
    {
        Workspace workspace(options());
        QTRY_COMPARE(workspace.model().state(), State::Ready);
        QCOMPARE(workspace.model().name(), "qwen-8b");
        workspace.model().choose("/models/starter");
        QTRY_COMPARE(workspace.model().state(), State::Ready);
    }
    Workspace workspace(options());
    QCOMPARE(workspace.model().choice(), "/models/starter");
    QTRY_COMPARE(workspace.model().name(), "starter");
}

void ModelSessionTest::missingModelIsTold() {
    Workspace workspace(options({}, "/nowhere/lost.gguf"));
    QTRY_COMPARE(workspace.model().state(), State::Missing);
    QCOMPARE(workspace.model().name(), "lost.gguf");
    QVERIFY(workspace.settings().values().lastModel.isEmpty());
    workspace.model().choose("starter");
    QTRY_COMPARE(workspace.model().state(), State::Ready);
}

void ModelSessionTest::failedLoadCanBeRetried() {
    LoadScript script;
    script.failure = fail(ErrorCode::Corrupt, "tensor data ends early").error;
    Workspace workspace(options(script));
    QTRY_COMPARE(workspace.model().state(), State::Failed);
    QCOMPARE(workspace.model().error().code, ErrorCode::Corrupt);
    workspace.model().retry();
    QCOMPARE(workspace.model().state(), State::Looking);
    QTRY_COMPARE(workspace.model().state(), State::Failed);
    QCOMPARE(m_host.load()->loads().size(), 2U);
}

void ModelSessionTest::loadingCanBeCancelled() {
    LoadScript script;
    script.holdAt = 0.4;
    Workspace workspace(options(script));
    QTRY_VERIFY(workspace.model().progress().doneBytes > 0);
    QCOMPARE(workspace.model().state(), State::Loading);
    workspace.model().cancel();
    QCOMPARE(workspace.model().state(), State::None);
    QTest::qWait(30);
    QCOMPARE(workspace.model().state(), State::None);
}

void ModelSessionTest::switchStopsTheReplyAndKeepsItsText() {
    LoadScript script;
    script.engine.wordsBeforeHold = 2;
    Workspace workspace(options(script));
    QTRY_COMPARE(workspace.model().state(), State::Ready);
    ChatSession& chat = workspace.chats().current();
    QVERIFY(chat.send("go"));
    QTRY_COMPARE(chat.message(1).text, "Hello! How");
    std::weak_ptr<ScriptedEngine> first = m_host.load()->engine("starter");
    workspace.model().choose("qwen-8b");
    QTRY_COMPARE(workspace.model().state(), State::Ready);
    QTRY_VERIFY(!chat.isBusy());
    QCOMPARE(chat.message(1).text, "Hello! How");
    QCOMPARE(chat.message(1).state, ReplyState::Stopped);
    QTRY_VERIFY(first.expired());
    QCOMPARE(chat.record().settings.model, "qwen-8b");
}

void ModelSessionTest::promptSentWhileLoadingIsAnswered() {
    LoadScript script;
    script.holdAt = 0.6;
    Workspace workspace(options(script));
    ChatSession& chat = workspace.chats().current();
    QVERIFY(chat.send("hello"));
    QTRY_COMPARE(workspace.model().state(), State::Loading);
    QCOMPARE(chat.progress().phase, ReplyProgress::Phase::NoModel);
    QTRY_VERIFY(m_host.load() != nullptr);
    m_host.load()->releaseLoad();
    QTRY_COMPARE(chat.message(1).text, "Hello! How can I help you today?");
}

void ModelSessionTest::newThreadCountMakesANewHost() {
    Workspace workspace(options());
    QTRY_COMPARE(workspace.model().state(), State::Ready);
    QCOMPARE(m_threads.load(), 0);
    Settings::Values values = workspace.settings().values();
    values.threads = 3;
    workspace.settings().set(values);
    QTRY_COMPARE(m_threads.load(), 3);
    QTRY_COMPARE(workspace.model().state(), State::Ready);
}

QTEST_GUILESS_MAIN(ModelSessionTest)
#include "model_session_test.moc"
