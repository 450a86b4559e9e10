#include "engine_sources.h"
#include "server_source.h"

#include "state/workspace.h"
#include "view/components/banner.h"
#include "view/components/switch.h"
#include "view/pages/main_window.h"
#include "view/pages/server/server_texts.h"
#include "view/theme/theme.h"

#include <QJsonArray>
#include <QJsonDocument>
#include <QJsonObject>
#include <QNetworkAccessManager>
#include <QNetworkReply>
#include <QStandardPaths>
#include <QTcpServer>
#include <QTemporaryDir>
#include <QTest>

#include <memory>

using namespace hearth;
using namespace hearth::ui;

using State = ServerController::State;

/// The window's switch over the real server and engine, with the starter model under two names
/// (HEARTH_STARTER_MODEL, else the library of this user); without it only what needs none.
class RealServerTest : public QObject {
    Q_OBJECT

private slots:
    void initTestCase();
    void init();
    void cleanup();

    void programsAreServedAndLogged();
    void fault_051_busyPortIsSaidAndTheSwitchStaysOff();
    void keysAreAskedFor();
    void windowTakesAModelThatAProgramLoaded();
    void switchingOffFreesThePort();

private:
    struct Answer {
        int status = 0;
        QJsonObject json;
    };

    ServerController& server() { return m_workspace->server(); }
    void change(const std::function<void(ServerChoice&)>& edit) {
        ServerChoice choice = server().choice();
        edit(choice);
        server().setChoice(choice);
    }
    void turnOn() {
        server().setOn(true);
        QTRY_COMPARE_WITH_TIMEOUT(server().state(), State::Running, 20'000);
    }
    Answer ask(const QString& path, const QByteArray& body = {}, const QString& key = {}) {
        QNetworkRequest request(QUrl(server().url() + path));
        request.setHeader(QNetworkRequest::ContentTypeHeader, QStringLiteral("application/json"));
        request.setHeader(QNetworkRequest::UserAgentHeader, QStringLiteral("Tester/1.0"));
        if (!key.isEmpty())
            request.setRawHeader("Authorization", "Bearer " + key.toLatin1());
        QNetworkReply* const reply =
            body.isEmpty() ? m_network.get(request) : m_network.post(request, body);
        [reply] { QTRY_VERIFY_WITH_TIMEOUT(reply->isFinished(), 60'000); }();
        const Answer answer{
            reply->attribute(QNetworkRequest::HttpStatusCodeAttribute).toInt(),
            QJsonDocument::fromJson(reply->readAll()).object()};
        reply->deleteLater();
        return answer;
    }
    static QByteArray chatOf(const char* model) {
        return QJsonDocument(
                   QJsonObject{
                       {"model", model},
                       {"max_tokens", 6},
                       {"messages", QJsonArray{QJsonObject{{"role", "user"}, {"content", "Hi"}}}}})
            .toJson();
    }

    QString m_starter;
    std::unique_ptr<QTemporaryDir> m_folder;
    std::unique_ptr<Workspace> m_workspace;
    std::unique_ptr<MainWindow> m_window;
    QNetworkAccessManager m_network;
};

void RealServerTest::initTestCase() {
    Theme::install(*qApp);
    m_starter = qEnvironmentVariable("HEARTH_STARTER_MODEL");
    if (!m_starter.isEmpty())
        return;
    const QDir library(QStandardPaths::writableLocation(QStandardPaths::GenericDataLocation) +
                       QStringLiteral("/hearth/models"));
    const QStringList files = library.entryList({QStringLiteral("*.gguf")});
    if (!files.isEmpty())
        m_starter = library.absoluteFilePath(files.first());
}

void RealServerTest::init() {
    m_folder = std::make_unique<QTemporaryDir>();
    QDir(m_folder->path()).mkpath(QStringLiteral("models"));
    if (QFile::exists(m_starter))
        for (const char* name : {"one", "two"})
            QVERIFY(QFile::link(m_starter, m_folder->filePath(QStringLiteral("models/%1.gguf")
                                                                  .arg(QLatin1String(name)))));
    WorkspaceOptions options = desktop::engineSources(m_folder->path());
    options.makeServer = desktop::engineServer();
    options.makeAdvice = nullptr;
    options.load.contextTokens = 512;
    options.model = QStringLiteral("one");
    m_workspace = std::make_unique<Workspace>(options);
    m_window = std::make_unique<MainWindow>(*m_workspace, WindowOverrides{});
    m_window->show();
    const auto isLooked = [this] {
        const auto state = m_workspace->model().state();
        return state == ModelSession::State::Ready || state == ModelSession::State::Missing;
    };
    QTRY_VERIFY_WITH_TIMEOUT(isLooked(), 60'000);
    // A port that was free a moment ago.
    QTcpServer probe;
    QVERIFY(probe.listen(QHostAddress::LocalHost));
    change([&](ServerChoice& choice) { choice.port = probe.serverPort(); });
}

void RealServerTest::cleanup() {
    m_window.reset();
    m_workspace.reset();
}

void RealServerTest::programsAreServedAndLogged() {
    if (!QFile::exists(m_starter))
        QSKIP("no starter model: set HEARTH_STARTER_MODEL");
    turnOn();
    const Answer models = ask(QStringLiteral("/v1/models"));
    QCOMPARE(models.status, 200);
    QStringList names;
    for (const QJsonValue& model : models.json["data"].toArray())
        names += model["id"].toString();
    QCOMPARE(names.value(0), "one");
    QVERIFY(names.contains(QStringLiteral("two")));
    const Answer chat = ask(QStringLiteral("/v1/chat/completions"), chatOf("one"));
    QCOMPARE(chat.status, 200);
    QTRY_COMPARE(server().log().rowCount(), 2);
    const ServedRequest& logged = server().log().at(0);
    QCOMPARE(logged.path, "/v1/chat/completions");
    QCOMPARE(logged.status, 200);
    QCOMPARE(logged.model, "one");
    QVERIFY(logged.completionTokens > 0 && logged.promptTokens > 0);
    QCOMPARE(logged.agent, "Tester/1.0");
    QVERIFY(logged.body.find("max_tokens") != std::string::npos);
    const Answer none = ask(QStringLiteral("/v1/chat/completions"), chatOf("gpt-4o"));
    QCOMPARE(none.status, 404);
    QTRY_COMPARE(server().log().rowCount(), 3);
    QVERIFY(!server().log().at(0).error.empty());
}

void RealServerTest::fault_051_busyPortIsSaidAndTheSwitchStaysOff() {
    QTcpServer other;
    QVERIFY(other.listen(QHostAddress::LocalHost));
    change([&](ServerChoice& choice) { choice.port = other.serverPort(); });
    m_window->showPage(Page::Server);
    auto* const toggle = m_window->findChild<Switch*>(QStringLiteral("server/switch"));
    QTest::keyClick(toggle, Qt::Key_Space);
    QTRY_COMPARE(server().state(), State::Failed);
    QVERIFY(!toggle->isChecked());
    QCOMPARE(serverFault(*server().error(), server().choice()), ServerFault::PortTaken);
    QVERIFY(m_window->findChild<Banner*>(QStringLiteral("server/error"))->isVisible());
    other.close();
    QTest::keyClick(toggle, Qt::Key_Space);
    QTRY_COMPARE(server().state(), State::Running);
}

void RealServerTest::keysAreAskedFor() {
    const ServerKey key = makeServerKey(QStringLiteral("Laptop"));
    change([&](ServerChoice& choice) { choice.keys += key; });
    turnOn();
    QCOMPARE(ask(QStringLiteral("/v1/models")).status, 401);
    QCOMPARE(ask(QStringLiteral("/v1/models"), {}, key.secret).status, 200);
    QTRY_COMPARE(server().log().rowCount(), 2);
    QCOMPARE(server().log().at(0).key, "Laptop");
    // A key that is gone is refused at once.
    change([](ServerChoice& choice) { choice.keys = {makeServerKey(QStringLiteral("Other"))}; });
    QTRY_COMPARE(server().state(), State::Running);
    QCOMPARE(ask(QStringLiteral("/v1/models"), {}, key.secret).status, 401);
}

void RealServerTest::windowTakesAModelThatAProgramLoaded() {
    if (!QFile::exists(m_starter))
        QSKIP("no starter model: set HEARTH_STARTER_MODEL");
    turnOn();
    QCOMPARE(ask(QStringLiteral("/v1/chat/completions"), chatOf("two")).status, 200);
    m_workspace->model().choose(QStringLiteral("two"));
    QTRY_COMPARE_WITH_TIMEOUT(m_workspace->model().state(), ModelSession::State::Ready, 20'000);
    QCOMPARE(m_workspace->model().name(), "two");
    QVERIFY(!m_workspace->model().rejected().has_value());
    QCOMPARE(ask(QStringLiteral("/v1/chat/completions"), chatOf("two")).status, 200);
    QCOMPARE(ask(QStringLiteral("/v1/chat/completions"), chatOf("one")).status, 200);
}

void RealServerTest::switchingOffFreesThePort() {
    turnOn();
    server().setOn(false);
    QTRY_COMPARE(server().state(), State::Off);
    QTcpServer other;
    QVERIFY(other.listen(QHostAddress::LocalHost, static_cast<quint16>(server().choice().port)));
}

QTEST_MAIN(RealServerTest)
#include "real_server_test.moc"
