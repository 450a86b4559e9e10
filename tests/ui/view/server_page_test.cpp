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
#include "view/pages/server/server_page.h"
#include "view/theme/theme.h"

#include <QAccessible>
#include <QClipboard>
#include <QLabel>
#include <QLineEdit>
#include <QListView>

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
    press(QStringLiteral("Use port 23334"));
    QTRY_COMPARE(server().state(), State::Running);
    QVERIFY(toggle->isChecked());
    QVERIFY(banner->isHidden());
    QCOMPARE(child<QLineEdit>("server/port")->text(), "23334");
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
    const auto snippets = connectSnippets({url, QStringLiteral("my-@KEY@-model"), true});
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
