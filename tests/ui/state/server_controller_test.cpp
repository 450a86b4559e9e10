#include "state/workspace.h"

#include "demo/scripted_host.h"
#include "demo/scripted_server.h"
#include "state/chat_session.h"
#include "state/request_text.h"
#include "ui/support/chat_fixtures.h"

#include <QFile>
#include <QFileInfo>
#include <QTemporaryDir>
#include <QTest>

using namespace hearth;
using namespace hearth::ui;
using namespace hearth::ui::test;

using State = ServerController::State;

/// The switch of the server and what it makes of the settings, the host and the models.
class ServerControllerTest : public QObject {
    Q_OBJECT

private slots:
    void init() {
        m_directory = std::make_unique<QTemporaryDir>();
        m_hosts = 0;
    }

    void startsAndStops();
    void fault_051_busyPortLeavesTheSwitchOff();
    void startsWithTheWindowWhereThatIsWanted();
    void serverOfANewHostIsANewOne();
    void changedPortStartsItAnew();
    void answersUnderWayAreEndedFirst();
    void keysAndOriginsReachTheServer();
    void settingsFileIsForItsOwnerAlone();
    void modelsOfTheWindowComeFirst();
    void poolGivesWayBeforeTheWindowLoads();
    void requestsArriveInTheLog();
    void switchingOffWhileItStartsEndsOff();
    void conversationOpensAsAChat();

private:
    using Control = ScriptedServer::Control;

    void open(const ScriptedServer::Script& script = {}) {
        m_control = std::make_shared<Control>(script);
        WorkspaceOptions options;
        options.dataDirectory = m_directory->path();
        options.makeLibrary = memoryLibrary();
        options.makeServer = scriptedServer(m_control);
        options.makeHost = [this](const HostOptions&) -> Result<std::unique_ptr<Host>> {
            ++m_hosts;
            return std::unique_ptr<Host>(std::make_unique<ScriptedHost>(LoadScript()));
        };
        m_workspace = std::make_unique<Workspace>(options);
        QTRY_COMPARE(m_workspace->model().state(), ModelSession::State::Ready);
        QTRY_VERIFY(m_workspace->catalogue().isScanned());
    }
    void openRunning(const ScriptedServer::Script& script = {}) {
        open(script);
        server().setOn(true);
        QTRY_COMPARE(server().state(), State::Running);
    }
    void cleanup() { m_workspace.reset(); }
    ServerController& server() { return m_workspace->server(); }
    void change(const std::function<void(ServerChoice&)>& edit) {
        ServerChoice choice = server().choice();
        edit(choice);
        server().setChoice(choice);
    }

    std::unique_ptr<QTemporaryDir> m_directory;
    std::shared_ptr<Control> m_control;
    std::unique_ptr<Workspace> m_workspace;
    std::atomic<int> m_hosts = 0;
};

void ServerControllerTest::startsAndStops() {
    open();
    QCOMPARE(server().state(), State::Off);
    QVERIFY(!server().isOn());
    server().setOn(true);
    QCOMPARE(server().state(), State::Starting);
    QTRY_COMPARE(server().state(), State::Running);
    QCOMPARE(server().url(), "http://127.0.0.1:23333");
    QVERIFY(server().networkUrls().isEmpty());
    server().setOn(false);
    QCOMPARE(server().state(), State::Stopping);
    QTRY_COMPARE(server().state(), State::Off);
    QCOMPARE(m_control->stops(), 1);
    QVERIFY(server().url().isEmpty());
}

void ServerControllerTest::fault_051_busyPortLeavesTheSwitchOff() {
    ScriptedServer::Script script;
    script.failure = scriptedBusyPort(ServerChoice::kPort);
    script.failures = 1;
    open(script);
    server().setOn(true);
    QTRY_COMPARE(server().state(), State::Failed);
    QVERIFY(!server().isOn());
    QVERIFY(server().error().has_value());
    QCOMPARE(server().error()->code, ErrorCode::Io);
    // Another port takes the failure away; the switch is the person's.
    change([](ServerChoice& choice) { choice.port = 23334; });
    QCOMPARE(server().state(), State::Off);
    server().setOn(true);
    QTRY_COMPARE(server().state(), State::Running);
    QCOMPARE(server().url(), "http://127.0.0.1:23334");
}

void ServerControllerTest::startsWithTheWindowWhereThatIsWanted() {
    open();
    change([](ServerChoice& choice) { choice.startsWithWindow = true; });
    QCOMPARE(server().state(), State::Off);
    m_workspace.reset();
    open();
    QVERIFY(server().isOn());
    QTRY_COMPARE(server().state(), State::Running);
}

void ServerControllerTest::serverOfANewHostIsANewOne() {
    openRunning();
    Settings::Values values = m_workspace->settings().values();
    values.threads = 3;
    m_workspace->settings().set(values);
    QTRY_COMPARE(m_hosts.load(), 2);
    QTRY_COMPARE(server().state(), State::Running);
    QTRY_COMPARE(m_control->starts().size(), std::size_t(2));
    QCOMPARE(m_control->stops(), 1);
}

void ServerControllerTest::changedPortStartsItAnew() {
    openRunning();
    change([](ServerChoice& choice) { choice.port = 8080; });
    QCOMPARE(server().state(), State::Starting);
    QTRY_COMPARE(server().state(), State::Running);
    QCOMPARE(m_control->starts().back().port, 8080);
    // What the server does not hear of starts nothing.
    change([](ServerChoice& choice) { choice.startsWithWindow = true; });
    QCOMPARE(server().state(), State::Running);
}

void ServerControllerTest::answersUnderWayAreEndedFirst() {
    ScriptedServer::Script script;
    script.activity.leases = 1;
    openRunning(script);
    QTRY_COMPARE(server().activity().leases, 1);
    change([](ServerChoice& choice) { choice.port = 8080; });
    QCOMPARE(server().state(), State::Stopping);
    QVERIFY(server().isOn());
    QTRY_COMPARE(server().state(), State::Running);
    QCOMPARE(server().url(), "http://127.0.0.1:8080");
}

void ServerControllerTest::keysAndOriginsReachTheServer() {
    open();
    const ServerKey key = makeServerKey(QStringLiteral("Laptop"));
    QVERIFY(key.secret.size() > 40);
    QVERIFY(key.secret != makeServerKey(QStringLiteral("Laptop")).secret);
    change([&](ServerChoice& choice) {
        choice.address = kEveryNetwork;
        choice.keys += key;
        choice.origins += QStringLiteral("https://example.org");
    });
    server().setOn(true);
    QTRY_COMPARE(server().state(), State::Running);
    const ServerOptions options = m_control->starts().back();
    QCOMPARE(options.address, "0.0.0.0");
    QCOMPARE(options.keys.size(), std::size_t(1));
    QCOMPARE(options.keys[0].name, "Laptop");
    QCOMPARE(QString::fromStdString(options.keys[0].secret), key.secret);
    QCOMPARE(options.allowedOrigins, std::vector<std::string>{"https://example.org"});
    QVERIFY(options.keepBodies);
    QCOMPARE(server().localUrl(), "http://127.0.0.1:23333");
}

void ServerControllerTest::settingsFileIsForItsOwnerAlone() {
    open();
    change([](ServerChoice& choice) { choice.keys += makeServerKey(QStringLiteral("Laptop")); });
    const ServerChoice kept = server().choice();
    m_workspace.reset();
    const QString file = m_directory->filePath(QStringLiteral("settings.json"));
    const auto others = QFileDevice::ReadGroup | QFileDevice::WriteGroup | QFileDevice::ReadOther |
                        QFileDevice::WriteOther;
    QVERIFY(QFileInfo(file).permissions() & QFileDevice::ReadOwner);
    QVERIFY(!(QFileInfo(file).permissions() & others));
    open();
    QCOMPARE(server().choice(), kept);
}

void ServerControllerTest::modelsOfTheWindowComeFirst() {
    openRunning();
    QTRY_COMPARE(m_control->models(), (std::vector<std::string>{"starter", "qwen-8b"}));
    m_workspace->model().choose(QStringLiteral("qwen-8b"));
    QTRY_COMPARE(m_control->models(), (std::vector<std::string>{"qwen-8b", "starter"}));
}

void ServerControllerTest::poolGivesWayBeforeTheWindowLoads() {
    openRunning();
    QVERIFY(m_control->gaveWay().empty());
    m_workspace->model().choose(QStringLiteral("qwen-8b"));
    QTRY_COMPARE(m_workspace->model().state(), ModelSession::State::Ready);
    QCOMPARE(m_control->gaveWay(), std::vector<std::string>{"qwen-8b"});
}

void ServerControllerTest::requestsArriveInTheLog() {
    ScriptedServer::Script script;
    script.requests = scriptedRequests();
    script.activity.connections = 2;
    openRunning(script);
    QTRY_COMPARE(server().log().rowCount(), int(script.requests.size()));
    ServedRequest last = script.requests.front();
    last.path = "/v1/completions";
    m_control->answer(last);
    QTRY_COMPARE(server().log().rowCount(), int(script.requests.size()) + 1);
    QCOMPARE(server().log().at(0).path, "/v1/completions");
    QTRY_COMPARE(server().activity().connections, 2);
}

void ServerControllerTest::switchingOffWhileItStartsEndsOff() {
    ScriptedServer::Script script;
    script.holdsStart = true;
    open(script);
    server().setOn(true);
    QTRY_COMPARE(m_control->starts().size(), std::size_t(1));
    server().setOn(false);
    m_control->release();
    QTRY_COMPARE(server().state(), State::Off);
    QTest::qWait(50);
    QCOMPARE(server().state(), State::Off);
    QCOMPARE(m_control->stops(), 1);
}

void ServerControllerTest::conversationOpensAsAChat() {
    open();
    QTRY_VERIFY(m_workspace->chats().isListLoaded());
    ServedRequest request;
    request.body = R"({"messages":[{"role":"system","content":"Be brief."},)"
                   R"({"role":"user","content":"One"},{"role":"assistant","content":"Two"},)"
                   R"({"role":"user","content":[{"type":"text","text":"Three"}]}]})";
    const auto conversation = conversationOf(request);
    QVERIFY(conversation.has_value());
    m_workspace->chats().openConversation(*conversation);
    const ChatSession& chat = m_workspace->chats().current();
    QCOMPARE(chat.count(), 2);
    QCOMPARE(chat.message(1).text, "Two");
    QCOMPARE(chat.record().settings.systemPrompt, "Be brief.");
    QCOMPARE(chat.record().draft, "Three");
    QCOMPARE(m_workspace->chats().list().rowCount(), 1);
}

QTEST_GUILESS_MAIN(ServerControllerTest)
#include "server_controller_test.moc"
