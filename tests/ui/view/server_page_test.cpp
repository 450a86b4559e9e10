#include "demo/scripted_server.h"
#include "ui/view/window_fixture.h"
#include "view/components/banner.h"
#include "view/components/button.h"
#include "view/components/dialog.h"
#include "view/components/section.h"
#include "view/components/segmented.h"
#include "view/components/switch.h"
#include "view/pages/server/code_panel.h"
#include "view/pages/server/connect_snippets.h"
#include "view/pages/server/request_delegate.h"
#include "view/pages/server/request_texts.h"
#include "view/pages/server/server_page.h"
#include "view/pages/server/server_texts.h"
#include "view/theme/theme.h"

#include <QAccessible>
#include <QClipboard>
#include <QLabel>
#include <QLineEdit>
#include <QListView>
#include <QSet>
#include <QTcpServer>
#include <QTranslator>

#include <cerrno>
#include <system_error>

using namespace hearth;
using namespace hearth::ui;
using namespace hearth::ui::test;

using State = ServerController::State;

/// The server page: its switch, its keys, its log.
class ServerPageTest : public QObject {
    Q_OBJECT

private slots:
    void initTestCase() {
        Theme::install(*qApp);
        Theme::current().setMotion(MotionMode::Reduced);
    }
    void cleanup() { m_fixture.reset(); }

    void switchStartsAndStops();
    void fault_051_busyPortIsSaidAndTheSwitchStaysOff();
    void networkNeedsAKeyFirst();
    void keysAreShownOnceAndCanBeRemoved();
    void wrongAddressIsNotKept();
    void requestIsViewedAndGoesToAChat();
    void filterAndClear();
    void pauseHoldsTheLog();
    void everyProblemHasWordsInBothLanguages();
    void linesHaveTheirButtons();
    void missingKeyIsMadeFromTheLog();
    void takenPortIsRefusedWhileTheServerRuns();
    void failureIsSaidOnOtherPages();
    void copiedTextHasTheKey();
    void demoAnswersOnce();
    void closingAsksWhileRequestsRun();
    void snippetsNameTheServerAndTheModel();
    void everyControlHasAName();

private:
    void open(const ScriptedServer::Script& script = {}) {
        m_control = std::make_shared<ScriptedServer::Control>(script);
        m_fixture = std::make_unique<WindowFixture>();
        m_fixture->server = scriptedServer(m_control);
        m_fixture->openReady();
        m_fixture->window->resize(1180, 900);
        m_fixture->window->showPage(Page::Server);
        m_page = m_fixture->child<ServerPage>();
        QVERIFY(m_page->isVisible());
    }
    ServerController& server() { return m_fixture->workspace->server(); }
    template<typename Widget>
    Widget* child(const char* name) {
        return m_page->findChild<Widget*>(QLatin1String(name));
    }
    void turnOn() {
        QTest::keyClick(child<Switch>("server/switch"), Qt::Key_Space);
        QTRY_COMPARE(server().state(), State::Running);
    }
    bool hasLabel(const QString& part) {
        const auto labels = m_page->findChildren<QLabel*>();
        return std::any_of(labels.begin(), labels.end(),
                           [&](const QLabel* label) { return label->text().contains(part); });
    }
    Dialog* dialog() { return Dialog::openIn(m_fixture->window.get()); }
    void press(const QString& text) {
        QTRY_VERIFY2(m_fixture->button(text) != nullptr, qPrintable(text));
        m_fixture->button(text)->click();
    }

    std::shared_ptr<ScriptedServer::Control> m_control;
    std::unique_ptr<WindowFixture> m_fixture;
    ServerPage* m_page = nullptr;
};

void ServerPageTest::switchStartsAndStops() {
    open();
    auto* const toggle = child<Switch>("server/switch");
    QVERIFY(!toggle->isChecked());
    turnOn();
    QVERIFY(toggle->isChecked());
    QTRY_VERIFY(m_fixture->button(QStringLiteral("Copy http://127.0.0.1:23333")) != nullptr);
    QVERIFY(m_fixture->button(QStringLiteral("Server: Running")) != nullptr);
    QTest::keyClick(toggle, Qt::Key_Space);
    QTRY_COMPARE(server().state(), State::Off);
    QVERIFY(!toggle->isChecked());
}

void ServerPageTest::fault_051_busyPortIsSaidAndTheSwitchStaysOff() {
    ScriptedServer::Script script;
    script.failure = scriptedBusyPort(ServerChoice::kPort);
    script.failures = 1;
    open(script);
    auto* const toggle = child<Switch>("server/switch");
    QTest::keyClick(toggle, Qt::Key_Space);
    QTRY_COMPARE(server().state(), State::Failed);
    QVERIFY(!toggle->isChecked());
    auto* const banner = child<Banner>("server/error");
    QVERIFY(banner->isVisible());
    const auto labels = banner->findChildren<QLabel*>();
    QVERIFY(std::any_of(labels.begin(), labels.end(), [](const QLabel* label) {
        return label->text().contains(QLatin1String("Port 23333 is taken"));
    }));
    // The next that is free: any program here may have one.
    const auto* const mend = banner->findChild<Button*>();
    QVERIFY(mend->text().startsWith(QLatin1String("Use port ")));
    const QString port = mend->text().section(QLatin1Char(' '), -1);
    QVERIFY(port.toInt() > ServerChoice::kPort);
    press(mend->text());
    QTRY_COMPARE(server().state(), State::Running);
    QVERIFY(toggle->isChecked());
    QVERIFY(banner->isHidden());
    QCOMPARE(child<QLineEdit>("server/port")->text(), port);
}

void ServerPageTest::networkNeedsAKeyFirst() {
    open();
    auto* const reach = child<Segmented>("server/reach");
    reach->setCurrent(1);
    QCOMPARE(server().choice().address, QString(kEveryNetwork));
    QCOMPARE(server().choice().keys.size(), 1);
    QVERIFY(dialog() != nullptr);
    const auto* const shown = dialog()->findChild<CodePanel*>(QStringLiteral("server/secret"));
    QCOMPARE(shown->toPlainText(), server().choice().keys.first().secret);
    press(QStringLiteral("Done"));
    QTRY_VERIFY(dialog() == nullptr);
    reach->setCurrent(0);
    QCOMPARE(server().choice().address, QString(kThisComputer));
    reach->setCurrent(1);
    QCOMPARE(server().choice().keys.size(), 1);
    QVERIFY(dialog() == nullptr);
}

void ServerPageTest::keysAreShownOnceAndCanBeRemoved() {
    open();
    for (Section* section : m_page->findChildren<Section*>())
        section->setExpanded(true);
    child<QLineEdit>("server/key_name")->setText(QStringLiteral("Laptop"));
    child<Button>("server/add_key")->click();
    QVERIFY(dialog() != nullptr);
    const QString secret = server().choice().keys.first().secret;
    press(QStringLiteral("Copy"));
    press(QStringLiteral("Done"));
    QTRY_VERIFY(dialog() == nullptr);
    for (const QLabel* label : m_page->findChildren<QLabel*>())
        QVERIFY(!label->text().contains(secret));
    press(QStringLiteral("Remove the key “Laptop”"));
    press(QStringLiteral("Remove"));
    QVERIFY(server().choice().keys.isEmpty());
}

void ServerPageTest::wrongAddressIsNotKept() {
    open();
    auto* const address = child<QLineEdit>("server/address");
    address->setText(QStringLiteral("localhost:80"));
    QTest::keyClick(address, Qt::Key_Return);
    QCOMPARE(server().choice().address, QString(kThisComputer));
    address->setText(QStringLiteral("::1"));
    QTest::keyClick(address, Qt::Key_Return);
    QCOMPARE(server().choice().address, "::1");
    QCOMPARE(server().localUrl(), "http://[::1]:23333");
}

void ServerPageTest::requestIsViewedAndGoesToAChat() {
    ScriptedServer::Script script;
    script.requests = scriptedRequests();
    open(script);
    turnOn();
    auto* const list = child<QListView>("server/requests");
    QTRY_VERIFY(list->model()->rowCount() > 0);
    // The row of 40,112 tokens, by the keyboard.
    list->setFocus();
    int row = 0;
    while (server().log().at(row).status != 400)
        ++row;
    list->setCurrentIndex(list->model()->index(row, 0));
    QTest::keyClick(list, Qt::Key_Return);
    QVERIFY(dialog() != nullptr);
    press(QStringLiteral("Copy as curl"));
    QVERIFY(QGuiApplication::clipboard()->text().startsWith(QLatin1String("curl 'http://127")));
    press(QStringLiteral("Send to chat"));
    QCOMPARE(m_fixture->window->page(), Page::Chat);
    QVERIFY(m_fixture->chat().record().draft.startsWith(QLatin1String("Why does this test fail?")));
    QTRY_VERIFY(m_fixture->field()->toPlainText().startsWith(QLatin1String("Why does")));
}

void ServerPageTest::filterAndClear() {
    ScriptedServer::Script script;
    script.requests = scriptedRequests();
    open(script);
    turnOn();
    auto* const list = child<QListView>("server/requests");
    QTRY_COMPARE(list->model()->rowCount(), int(script.requests.size()));
    child<QLineEdit>("server/filter")->setText(QStringLiteral("embeddings"));
    QCOMPARE(list->model()->rowCount(), 1);
    press(QStringLiteral("Clear"));
    QCOMPARE(server().log().rowCount(), 0);
}

void ServerPageTest::pauseHoldsTheLog() {
    ScriptedServer::Script script;
    script.requests = scriptedRequests();
    const int before = int(script.requests.size());
    open(script);
    turnOn();
    auto* const list = child<QListView>("server/requests");
    QTRY_COMPARE(list->model()->rowCount(), before);
    auto* const pause = child<Button>("server/pause");
    QTest::keyClick(pause, Qt::Key_Space);
    m_control->answer(script.requests.front());
    QTRY_COMPARE(server().log().waiting(), 1);
    QCOMPARE(list->model()->rowCount(), before);
    QVERIFY(hasLabel(QStringLiteral("1 new")));
    QTest::keyClick(pause, Qt::Key_Space);
    QCOMPARE(list->model()->rowCount(), before + 1);
}

void ServerPageTest::everyProblemHasWordsInBothLanguages() {
    QTranslator chinese;
    QVERIFY(chinese.load(QStringLiteral(":/i18n/hearth_zh_CN.qm")));
    QSet<QString> sentences;
    const auto isChinese = [](const QString& text) {
        return std::any_of(text.begin(), text.end(), [](QChar c) { return c.unicode() > 0x2E80; });
    };
    for (const int status : {200, 400, 401, 403, 404, 405, 408, 413, 415, 422, 429, 500, 503, 504}) {
        ServedRequest request;
        request.status = status;
        request.error = "The engine's words.";
        sentences += requestProblemText(request, 0);
        QVERIFY(!requestProblemText(request, 0).contains(QLatin1String("words..")));
        QVERIFY(!requestOutcomeText(request, 0).isEmpty());
        QCoreApplication::installTranslator(&chinese);
        QVERIFY2(isChinese(requestProblemText(request, 0)), qPrintable(QString::number(status)));
        QVERIFY2(isChinese(requestOutcomeText(request, 0)), qPrintable(QString::number(status)));
        QCoreApplication::removeTranslator(&chinese);
    }
    QVERIFY(sentences.size() >= 11);
    ServedRequest left;
    left.status = 499;
    left.error = "The client hung up.";
    QVERIFY(requestProblemText(left, 0).isEmpty());
    Error error;
    error.code = ErrorCode::Io;
    error.detail = std::system_category().message(EADDRNOTAVAIL);
    QCOMPARE(serverFault(error, {}), ServerFault::AddressAbsent);
    QVERIFY(!serverErrorText(error, {}).contains(QString::fromStdString(error.detail)));
    error.detail = std::system_category().message(EACCES);
    QCOMPARE(serverFault(error, {}), ServerFault::PortReserved);
    QVERIFY(!serverErrorText(error, {}).contains(QString::fromStdString(error.detail)));
}

void ServerPageTest::linesHaveTheirButtons() {
    ScriptedServer::Script script;
    script.requests = scriptedRequests();
    open(script);
    turnOn();
    auto* const list = child<QListView>("server/requests");
    QTRY_VERIFY(list->isVisible());
    // From the right edge to the left: first curl's button, then that to view.
    const QRect line = list->visualRect(list->model()->index(1, 0));
    const auto* const delegate = qobject_cast<RequestDelegate*>(list->itemDelegate());
    QPoint curl;
    QPoint view;
    for (int x = line.left(); x < line.right(); ++x) {
        const QPoint at(x, line.center().y());
        if (delegate->buttonAt(line, at) == RequestDelegate::Button::View)
            view = at;
        else if (delegate->buttonAt(line, at) == RequestDelegate::Button::Curl)
            curl = at;
    }
    QVERIFY(view.x() > line.center().x() && curl.x() > view.x());
    QTest::mouseClick(list->viewport(), Qt::LeftButton, {}, curl);
    QVERIFY(QGuiApplication::clipboard()->text().startsWith(QLatin1String("curl ")));
    QVERIFY(dialog() == nullptr);
    QTest::mouseClick(list->viewport(), Qt::LeftButton, {}, view);
    QVERIFY(dialog() != nullptr);
}

void ServerPageTest::missingKeyIsMadeFromTheLog() {
    ScriptedServer::Script script;
    script.requests = {scriptedRequests().at(3)};
    QCOMPARE(script.requests.front().status, 401);
    open(script);
    turnOn();
    auto* const list = child<QListView>("server/requests");
    QTRY_COMPARE(list->model()->rowCount(), 1);
    list->setFocus();
    list->setCurrentIndex(list->model()->index(0, 0));
    QTest::keyClick(list, Qt::Key_Return);
    auto* const banner = dialog()->findChild<Banner*>();
    QVERIFY(banner != nullptr);
    banner->findChild<Button*>()->click();
    QTRY_COMPARE(server().choice().keys.size(), 1);
    QCOMPARE(server().choice().keys.first().name, "curl");
}

void ServerPageTest::takenPortIsRefusedWhileTheServerRuns() {
    open();
    turnOn();
    QTcpServer other;
    QVERIFY(other.listen(QHostAddress::LocalHost));
    auto* const port = child<QLineEdit>("server/port");
    port->setFocus();
    port->setText(QString::number(other.serverPort()));
    QTest::keyClick(port, Qt::Key_Return);
    QCOMPARE(server().choice().port, int(ServerChoice::kPort));
    QCOMPARE(server().state(), State::Running);
    QCOMPARE(m_control->starts().size(), std::size_t(1));
    QVERIFY(freePortAfter(kThisComputer, other.serverPort() - 1) != other.serverPort());
    QVERIFY(!isPortFree(kThisComputer, other.serverPort()));
    QVERIFY(!isPortFree(QStringLiteral("no address"), other.serverPort()));
}

void ServerPageTest::failureIsSaidOnOtherPages() {
    ScriptedServer::Script script;
    script.failure = scriptedBusyPort(ServerChoice::kPort);
    open(script);
    m_fixture->window->showPage(Page::Chat);
    server().setOn(true);
    QTRY_COMPARE(server().state(), State::Failed);
    QVERIFY(m_fixture->button(QStringLiteral("Server: Could not start")) != nullptr);
    press(QStringLiteral("Show"));
    QCOMPARE(m_fixture->window->page(), Page::Server);
}

void ServerPageTest::copiedTextHasTheKey() {
    open();
    ServerChoice choice = server().choice();
    choice.keys += makeServerKey(QStringLiteral("Laptop"));
    server().setChoice(choice);
    const auto* const code = child<CodePanel>("server/snippet");
    QVERIFY(code->toPlainText().contains(kKeyPlace));
    QVERIFY(!code->toPlainText().contains(choice.keys.first().secret));
    child<Button>("server/copy_snippet")->click();
    const QString copied = QGuiApplication::clipboard()->text();
    QVERIFY(copied.contains(choice.keys.first().secret));
    QVERIFY(!copied.contains(kKeyPlace));
}

void ServerPageTest::demoAnswersOnce() {
    ScriptedServer::Script script;
    script.requests = scriptedRequests();
    open(script);
    turnOn();
    child<Segmented>("server/reach")->setCurrent(1);
    QTRY_COMPARE(m_control->starts().size(), std::size_t(2));
    QTRY_COMPARE(server().state(), State::Running);
    QCOMPARE(server().log().rowCount(), int(script.requests.size()));
}

void ServerPageTest::closingAsksWhileRequestsRun() {
    ScriptedServer::Script script;
    script.activity.leases = 2;
    open(script);
    turnOn();
    QTRY_COMPARE(server().activity().leases, 2);
    m_fixture->window->close();
    QVERIFY(m_fixture->window->isVisible());
    QVERIFY(dialog() != nullptr);
    QVERIFY(m_fixture->button(QStringLiteral("Stop and close")) != nullptr);
    press(QStringLiteral("Cancel"));
}

void ServerPageTest::snippetsNameTheServerAndTheModel() {
    const QString url = QStringLiteral("http://127.0.0.1:23333");
    const auto snippets = connectSnippets({url, QStringLiteral("my-@KEY@-model"), kKeyPlace});
    QCOMPARE(snippets.size(), 7);
    for (const ConnectSnippet& snippet : snippets) {
        QVERIFY2(snippet.text.contains(url), qPrintable(snippet.program));
        QVERIFY(!snippet.text.contains(QLatin1String("@URL@")));
        QVERIFY(!snippet.hint.isEmpty());
    }
    QVERIFY(snippets.first().text.contains(QLatin1String("my-@KEY@-model")));
    open();
    const auto* const code = child<CodePanel>("server/snippet");
    QVERIFY(code->toPlainText().contains(QLatin1String("model=\"starter\"")));
}

void ServerPageTest::everyControlHasAName() {
    open();
    turnOn();
    for (Section* section : m_page->findChildren<Section*>())
        section->setExpanded(true);
    for (const QWidget* widget : m_page->findChildren<QWidget*>()) {
        if (!widget->isVisible() || !(widget->focusPolicy() & Qt::TabFocus) || widget->focusProxy())
            continue;
        QAccessibleInterface* const told =
            QAccessible::queryAccessibleInterface(const_cast<QWidget*>(widget));
        QVERIFY2(told != nullptr && !told->text(QAccessible::Name).isEmpty(),
                 qPrintable(QString::fromLatin1(widget->metaObject()->className()) +
                            widget->objectName()));
    }
}

QTEST_MAIN(ServerPageTest)
#include "server_page_test.moc"
