#include "ui/view/notification_service.h"
#include "ui/view/window_fixture.h"

#include "view/components/button.h"
#include "view/components/dialog.h"
#include "view/pages/close_question.h"
#include "view/pages/notifier.h"
#include "view/pages/window_geometry.h"
#include "view/theme/theme.h"

#include <QApplication>
#include <QScreen>
#include <QSignalSpy>

using namespace hearth;
using namespace hearth::ui;
using namespace hearth::ui::test;

/// The window among others: closing, its place, its title, what it tells while it is behind.
class MannersTest : public QObject {
    Q_OBJECT

private slots:
    void initTestCase() { Theme::install(*qApp); }
    void init() {
        m_fixture = std::make_unique<WindowFixture>();
        QVERIFY(m_service.isRegistered);
        m_service.notes.clear();
    }
    void cleanup() { m_fixture->close(); }

    void closesAtOnceWhenNothingGoesOn();
    void fault_087_closingDuringAReplyAsksOnceAndLosesNothing();
    void fault_087_escapeLeavesTheReplyGoingOn();
    void fault_087_endOfSessionSavesWithoutAsking();
    void fault_087_quitAsksLikeClosing();
    void trayIsOfferedWhereThereIsOne();
    void windowComesBackOntoTheScreen();
    void maximisedWindowStaysMaximised();
    void brokenGeometryChangesNothing();
    void titleIsTheChats();
    void railCountsWhatIsWritten();
    void noteTellsOfAReplyWhileTheWindowIsBehind();
    void noNoteWhereTheyAreOff();

private:
    [[nodiscard]] MainWindow& window() const { return *m_fixture->window; }
    /// A reply that stands still after some words.
    void openWithReply() {
        LoadScript script;
        script.engine.wordsBeforeHold = 4;
        m_fixture->openReady(script);
        m_fixture->send(QStringLiteral("go"));
        QTRY_COMPARE(m_fixture->chat().count(), 2);
        QTRY_COMPARE(m_fixture->chat().message(1).text, kPartial);
    }
    void reopenAndCheck() {
        m_fixture->close();
        m_fixture->openReady();
        const ChatListModel& list = m_fixture->workspace->chats().list();
        QTRY_COMPARE(list.rowCount(), 1);
        m_fixture->workspace->chats().open(list.idAt(0));
        QTRY_COMPARE(m_fixture->chat().count(), 2);
        QCOMPARE(m_fixture->chat().message(1).text, kPartial);
    }
    [[nodiscard]] int dialogs() const {
        int open = 0;
        for (const Dialog* dialog : window().findChildren<Dialog*>())
            open += dialog->isVisible();
        return open;
    }

    const QString kPartial = QStringLiteral("Hello! How can I");
    NotificationService m_service;
    std::unique_ptr<WindowFixture> m_fixture;
};

void MannersTest::closesAtOnceWhenNothingGoesOn() {
    m_fixture->openReady();
    QSignalSpy closing(&window(), &MainWindow::closing);
    QVERIFY(window().close());
    QCOMPARE(closing.count(), 1);
    QVERIFY(!window().isVisible());
}

void MannersTest::fault_087_closingDuringAReplyAsksOnceAndLosesNothing() {
    openWithReply();
    QVERIFY(!window().close());
    QVERIFY(!window().close());
    QCOMPARE(dialogs(), 1);
    QVERIFY(m_fixture->chat().isBusy());
    QAbstractButton* const stop = m_fixture->button(QStringLiteral("Stop and close"));
    QVERIFY(stop != nullptr);
    // No tray is there, so none is offered.
    QVERIFY(m_fixture->button(QStringLiteral("Keep in the tray")) == nullptr);
    QTest::mouseClick(stop, Qt::LeftButton);
    QTRY_VERIFY(!window().isVisible());
    reopenAndCheck();
    QCOMPARE(m_fixture->chat().message(1).state, ReplyState::Stopped);
}

void MannersTest::fault_087_escapeLeavesTheReplyGoingOn() {
    openWithReply();
    QVERIFY(!window().close());
    QTest::keyClick(QApplication::focusWidget(), Qt::Key_Escape);
    QTRY_COMPARE(dialogs(), 0);
    QVERIFY(window().isVisible());
    QVERIFY(m_fixture->chat().isBusy());
    QVERIFY(!window().close());
    QTRY_COMPARE(dialogs(), 1);
}

void MannersTest::fault_087_endOfSessionSavesWithoutAsking() {
    openWithReply();
    QTest::keyClicks(m_fixture->field(), QStringLiteral("half a thought"));
    window().endSession();
    QCOMPARE(dialogs(), 0);
    QVERIFY(window().close());
    reopenAndCheck();
    QCOMPARE(m_fixture->chat().record().draft, QStringLiteral("half a thought"));
}

void MannersTest::fault_087_quitAsksLikeClosing() {
    openWithReply();
    QTest::keyClick(m_fixture->field(), Qt::Key_Q, Qt::ControlModifier);
    QVERIFY(window().isVisible());
    QCOMPARE(dialogs(), 1);
    QTest::keyClick(QApplication::focusWidget(), Qt::Key_Return);
    QTRY_VERIFY(!window().isVisible());
}

void MannersTest::trayIsOfferedWhereThereIsOne() {
    QWidget plain;
    plain.resize(600, 400);
    plain.show();
    std::optional<CloseAnswer> answer;
    askBeforeClosing(plain, {2, 1}, true, [&](CloseAnswer given) { answer = given; });
    const auto buttons = plain.findChildren<Button*>();
    QCOMPARE(buttons.size(), 3);
    QTest::mouseClick(buttons.at(1), Qt::LeftButton);
    QVERIFY(answer == CloseAnswer::KeepInTray);
}

void MannersTest::windowComesBackOntoTheScreen() {
    const QRect screen = QGuiApplication::primaryScreen()->availableGeometry();
    QWidget window;
    window.setMinimumSize(300, 200);
    for (const char* rect : {"[90000,-7000,400,300]", "[-350,10,400,300]", "[0,0,9000,9000]",
                             "[2000000000,0,2000000000,300]", "[10,10,1,1]"}) {
        restoreWindow(window, QByteArray("{\"rect\":") + rect + '}');
        QVERIFY2(screen.contains(window.geometry()), rect);
        QVERIFY(window.width() >= 300 && window.height() >= 200);
    }
    window.setGeometry(40, 30, 420, 310);
    const QByteArray saved = savedWindow(window);
    QWidget again;
    restoreWindow(again, saved);
    QCOMPARE(again.geometry(), QRect(40, 30, 420, 310));
}

void MannersTest::maximisedWindowStaysMaximised() {
    QWidget window;
    window.setGeometry(40, 30, 420, 310);
    window.show();
    window.showMaximized();
    QTRY_VERIFY(window.isMaximized());
    QWidget again;
    restoreWindow(again, savedWindow(window));
    QVERIFY(again.isMaximized());
    again.show();
    again.showNormal();
    QTRY_COMPARE(again.size(), QSize(420, 310));
}

void MannersTest::brokenGeometryChangesNothing() {
    QWidget window;
    window.resize(333, 222);
    for (const QByteArray& broken :
         {QByteArray(), QByteArray("{"), QByteArray(4000, '\xff'), QByteArray("{\"rect\":[1,2]}"),
          QByteArray("{\"rect\":[0,0,-5,10]}"), QByteArray("{\"maximized\":true}")}) {
        restoreWindow(window, broken);
        QCOMPARE(window.size(), QSize(333, 222));
        QVERIFY(!window.isMaximized());
    }
}

void MannersTest::titleIsTheChats() {
    m_fixture->openReady();
    QCOMPARE(window().windowTitle(), QStringLiteral("New chat"));
    m_fixture->send(QStringLiteral("A question of mine"));
    QTRY_COMPARE(window().windowTitle(), QStringLiteral("A question of mine"));
    m_fixture->chat().setTitle(QStringLiteral("a\u202Eb\x1b[31m"));
    QVERIFY(!window().windowTitle().contains(QChar(0x202E)));
    QVERIFY(!window().windowTitle().contains(QChar(0x1b)));
    window().showPage(Page::Settings);
    QCOMPARE(window().windowTitle(), QStringLiteral("Settings"));
    window().newChat();
    QCOMPARE(window().windowTitle(), QStringLiteral("New chat"));
}

void MannersTest::railCountsWhatIsWritten() {
    openWithReply();
    auto* const rail = m_fixture->child<Rail>();
    const auto chats = [rail] { return rail->findChildren<QAbstractButton*>().first(); };
    QVERIFY(chats()->accessibleName().contains(QLatin1Char('1')));
    window().newChat();
    m_fixture->send(QStringLiteral("another"));
    QTRY_VERIFY(chats()->accessibleName().contains(QLatin1Char('2')));
    m_fixture->workspace->chats().stopAll();
    QTRY_COMPARE(chats()->accessibleName(), QStringLiteral("Chats"));
}

void MannersTest::noteTellsOfAReplyWhileTheWindowIsBehind() {
    openWithReply();
    const RecordId chat = m_fixture->chat().record().id;
    m_fixture->chat().setTitle(QStringLiteral("<i>Secrets</i>"));
    window().newChat();
    window().showPage(Page::Settings);
    QWidget other;
    other.show();
    other.activateWindow();
    QVERIFY(QTest::qWaitForWindowActive(&other));
    m_fixture->host.load()->engine("starter")->release();
    QTRY_COMPARE(m_service.notes.size(), 1);
    const NotificationService::Note note = m_service.notes.first();
    QCOMPARE(note.title, QStringLiteral("A reply is ready"));
    QCOMPARE(note.text, QStringLiteral("&lt;i&gt;Secrets&lt;/i&gt;"));
    QVERIFY(note.actions.contains(QStringLiteral("default")));
    // Others' notes are not ours.
    emit m_service.ActionInvoked(77, QStringLiteral("default"));
    emit m_service.ActionInvoked(1, QStringLiteral("default"));
    QTRY_COMPARE(m_fixture->chat().record().id, chat);
    QCOMPARE(window().page(), Page::Chat);
    QTRY_VERIFY(window().isActiveWindow());
}

void MannersTest::noNoteWhereTheyAreOff() {
    openWithReply();
    Settings::Values values = m_fixture->values();
    values.notifications = false;
    m_fixture->workspace->settings().set(values);
    QWidget other;
    other.show();
    other.activateWindow();
    QVERIFY(QTest::qWaitForWindowActive(&other));
    QSignalSpy finished(&m_fixture->workspace->chats(), &ChatController::replyFinished);
    m_fixture->host.load()->engine("starter")->release();
    QTRY_COMPARE(finished.count(), 1);
    QTest::qWait(100);
    QVERIFY(m_service.notes.isEmpty());
}

int main(int argc, char** argv) {
    const PrivateBus bus;
    QApplication application(argc, argv);
    MannersTest test;
    return QTest::qExec(&test, argc, argv);
}

#include "manners_test.moc"
