#include "view/pages/main_window.h"

#include "demo/scripted_host.h"
#include "state/chat_session.h"
#include "state/workspace.h"
#include "view/chat/chat_view.h"
#include "view/components/banner.h"
#include "view/components/combo.h"
#include "view/components/empty_state.h"
#include "view/components/icon_button.h"
#include "view/components/segmented.h"
#include "view/components/toast.h"
#include "view/pages/chat_list_delegate.h"
#include "view/pages/chat_list_panel.h"
#include "view/pages/chat_page.h"
#include "view/pages/composer.h"
#include "view/pages/model_bar.h"
#include "view/pages/models_page.h"
#include "view/pages/settings_page.h"
#include "view/theme/theme.h"

#include "ui/support/chat_fixtures.h"

#include <QAbstractItemView>
#include <QApplication>
#include <QClipboard>
#include <QElapsedTimer>
#include <QFile>
#include <QInputMethodEvent>
#include <QLineEdit>
#include <QPushButton>
#include <QSignalSpy>
#include <QTemporaryDir>
#include <QTest>

#include <thread>

using namespace hearth;
using namespace hearth::ui;
using namespace hearth::ui::test;

using State = ModelSession::State;

namespace {

constexpr char kReply[] = "Hello! How can I help you today?";

QPushButton* buttonWithText(const QWidget& in, const QString& text) {
    for (QPushButton* button : in.findChildren<QPushButton*>())
        if (button->text() == text && button->isVisible())
            return button;
    return nullptr;
}

} // namespace

class MainWindowTest : public QObject {
    Q_OBJECT

private slots:
    void initTestCase() { Theme::install(*qApp); }
    void init();
    void cleanup() { close(); }

    void promptSentWhileLoadingIsAnswered();
    void enterSendsAndShiftEnterBreaksTheLine();
    void enterDuringPreeditNeverSends();
    void stopButtonKeepsThePartialText();
    void escapeStops();
    void closingDuringAReplyKeepsTheText();
    void restartRestoresChats();
    void newChatByKeyAndButton();
    void deletedChatComesBackByUndo();
    void chatIsRenamedInPlace();
    void searchFindsAndEscapeEmptiesIt();
    void failedLoadSaysWhyAndRetries();
    void missingModelOffersTheOthers();
    void modelIsLoadedFromItsPage();
    void regenerateAndCopyByKey();
    void editMakesABranch();
    void languageSwitchesAtOnce();
    void themeSwitchesAtOnce();
    void sidebarAndPagesByKey();
    void damagedChatsAreTold();
    void windowStaysFreeWhileTheEngineIsSlow();

private:
    void open(const LoadScript& script = {}, const QString& model = {});
    void close();
    void openReady(const LoadScript& script = {}) {
        open(script);
        QTRY_COMPARE(m_workspace->model().state(), State::Ready);
    }
    void send(const QString& text) {
        QTest::keyClicks(field(), text);
        QTest::keyClick(field(), Qt::Key_Return);
    }
    template<typename Widget>
    Widget* child() const {
        return m_window->findChild<Widget*>();
    }
    ComposerField* field() const { return child<ComposerField>(); }
    ChatListView* list() const { return child<ChatListView>(); }
    ChatSession& chat() const { return m_workspace->chats().current(); }
    QPoint rowCenter(int row) const {
        const QModelIndex index = list()->model()->index(row, 0);
        return ChatListDelegate::bodyRect(list()->visualRect(index), index).center();
    }

    std::unique_ptr<QTemporaryDir> m_directory;
    std::unique_ptr<Workspace> m_workspace;
    std::unique_ptr<MainWindow> m_window;
    std::atomic<ScriptedHost*> m_host = nullptr;
    std::chrono::milliseconds m_slowness{0};
};

void MainWindowTest::init() {
    m_directory = std::make_unique<QTemporaryDir>();
    m_slowness = std::chrono::milliseconds(0);
}

void MainWindowTest::open(const LoadScript& script, const QString& model) {
    WorkspaceOptions options;
    options.dataDirectory = m_directory->path();
    options.model = model;
    options.makeLibrary = [slow = m_slowness]() -> Result<std::unique_ptr<LibrarySource>> {
        std::this_thread::sleep_for(slow);
        return std::unique_ptr<LibrarySource>(std::make_unique<MemoryLibrary>());
    };
    options.makeHost = [this, script,
                        slow = m_slowness](const HostOptions&) -> Result<std::unique_ptr<Host>> {
        std::this_thread::sleep_for(slow);
        auto host = std::make_unique<ScriptedHost>(script);
        m_host = host.get();
        return std::unique_ptr<Host>(std::move(host));
    };
    m_workspace = std::make_unique<Workspace>(options);
    m_window = std::make_unique<MainWindow>(*m_workspace, WindowOverrides{"en", std::nullopt});
    m_window->show();
    QVERIFY(QTest::qWaitForWindowActive(m_window.get()));
    QTRY_VERIFY(m_workspace->chats().isListLoaded());
}

void MainWindowTest::close() {
    if (m_window)
        m_window->close();
    m_window.reset();
    m_workspace.reset();
}

void MainWindowTest::promptSentWhileLoadingIsAnswered() {
    LoadScript script;
    script.holdAt = 0.6;
    open(script);
    QVERIFY(field()->hasFocus());
    send("hi");
    QCOMPARE(field()->toPlainText(), "");
    QCOMPARE(chat().count(), 2);
    QCOMPARE(chat().progress().phase, ReplyProgress::Phase::NoModel);
    QTRY_VERIFY(m_host.load() != nullptr);
    m_host.load()->releaseLoad();
    QTRY_COMPARE(chat().message(1).text, kReply);
    QTRY_VERIFY(!chat().isBusy());
    QVERIFY(m_window->isSettled() || QTest::qWaitFor([&] { return m_window->isSettled(); }));
}

void MainWindowTest::enterSendsAndShiftEnterBreaksTheLine() {
    openReady();
    QTest::keyClick(field(), Qt::Key_Return);
    QCOMPARE(chat().count(), 0);
    const int height = field()->height();
    QTest::keyClicks(field(), "one");
    QTest::keyClick(field(), Qt::Key_Return, Qt::ShiftModifier);
    QTest::keyClicks(field(), "two");
    QCOMPARE(chat().count(), 0);
    QTRY_VERIFY(field()->height() > height);
    QTest::keyClick(field(), Qt::Key_Enter, Qt::KeypadModifier);
    QCOMPARE(chat().message(0).text, "one\ntwo");
}

void MainWindowTest::enterDuringPreeditNeverSends() {
    openReady();
    QInputMethodEvent preedit(QStringLiteral("ni'hao"), {});
    QCoreApplication::sendEvent(field(), &preedit);
    QTest::keyClick(field(), Qt::Key_Return);
    QCOMPARE(chat().count(), 0);
    QInputMethodEvent commit;
    commit.setCommitString(QStringLiteral("你好"));
    QCoreApplication::sendEvent(field(), &commit);
    QCOMPARE(field()->toPlainText(), QStringLiteral("你好"));
    QTest::keyClick(field(), Qt::Key_Return);
    QCOMPARE(chat().message(0).text, QStringLiteral("你好"));
}

void MainWindowTest::stopButtonKeepsThePartialText() {
    LoadScript script;
    script.engine.wordsBeforeHold = 3;
    openReady(script);
    send("go");
    QTRY_COMPARE(chat().message(1).text, "Hello! How can");
    QTest::keyClicks(field(), "next");
    QTest::keyClick(field(), Qt::Key_Return);
    QCOMPARE(chat().count(), 2);
    auto* stop = child<Composer>()->findChild<IconButton*>();
    QVERIFY(stop->isEnabled());
    QTest::mouseClick(stop, Qt::LeftButton);
    QTRY_VERIFY(!chat().isBusy());
    QCOMPARE(chat().message(1).text, "Hello! How can");
    QCOMPARE(chat().message(1).state, ReplyState::Stopped);
    QCOMPARE(field()->toPlainText(), "next");
    QTest::mouseClick(stop, Qt::LeftButton);
    QCOMPARE(chat().count(), 4);
}

void MainWindowTest::escapeStops() {
    LoadScript script;
    script.engine.wordsBeforeHold = 1;
    openReady(script);
    send("go");
    QTRY_COMPARE(chat().message(1).text, "Hello!");
    QTest::keyClick(field(), Qt::Key_Escape);
    QTRY_VERIFY(!chat().isBusy());
    QCOMPARE(chat().message(1).state, ReplyState::Stopped);
}

void MainWindowTest::closingDuringAReplyKeepsTheText() {
    LoadScript script;
    script.engine.wordsBeforeHold = 4;
    openReady(script);
    send("go");
    QTRY_COMPARE(chat().message(1).text, "Hello! How can I");
    close();
    open();
    QTRY_COMPARE(list()->model()->rowCount(), 1);
    QTest::mouseClick(list()->viewport(), Qt::LeftButton, {}, rowCenter(0));
    QTRY_COMPARE(chat().count(), 2);
    QCOMPARE(chat().message(1).text, "Hello! How can I");
}

void MainWindowTest::restartRestoresChats() {
    openReady();
    send("remember me");
    QTRY_VERIFY(!chat().isBusy());
    QTest::keyClicks(field(), "half a thought");
    m_window->resize(760, 560);
    close();
    openReady();
    QCOMPARE(list()->model()->index(0, 0).data().toString(), "remember me");
    QTest::mouseClick(list()->viewport(), Qt::LeftButton, {}, rowCenter(0));
    QTRY_COMPARE(chat().count(), 2);
    QCOMPARE(field()->toPlainText(), "half a thought");
    QCOMPARE(m_window->size(), QSize(760, 560));
}

void MainWindowTest::newChatByKeyAndButton() {
    openReady();
    send("first");
    QTRY_VERIFY(!chat().isBusy());
    QTest::keyClick(m_window.get(), Qt::Key_N, Qt::ControlModifier);
    QCOMPARE(chat().count(), 0);
    QVERIFY(field()->hasFocus());
    send("second");
    QTRY_VERIFY(!chat().isBusy());
    QTest::mouseClick(buttonWithText(*child<ChatListPanel>(), "New chat"), Qt::LeftButton);
    QCOMPARE(chat().count(), 0);
    QVERIFY(field()->hasFocus());
    QCOMPARE(list()->model()->rowCount(), 2);
}

void MainWindowTest::deletedChatComesBackByUndo() {
    openReady();
    send("precious");
    QTRY_VERIFY(!chat().isBusy());
    list()->setFocus();
    list()->setCurrentIndex(list()->model()->index(0, 0));
    QTest::keyClick(list(), Qt::Key_Delete);
    QCOMPARE(list()->model()->rowCount(), 0);
    QCOMPARE(chat().count(), 0);
    QPushButton* undo = buttonWithText(*child<Toast>(), "Undo");
    QVERIFY(undo != nullptr);
    QTest::mouseClick(undo, Qt::LeftButton);
    QCOMPARE(list()->model()->rowCount(), 1);
    QTRY_COMPARE(chat().count(), 2);
    QCOMPARE(chat().message(0).text, "precious");
}

void MainWindowTest::chatIsRenamedInPlace() {
    openReady();
    send("old name");
    QTRY_VERIFY(!chat().isBusy());
    list()->setFocus();
    list()->setCurrentIndex(list()->model()->index(0, 0));
    QTest::keyClick(list(), Qt::Key_F2);
    auto* editor = list()->findChild<QLineEdit*>();
    QVERIFY(editor != nullptr);
    editor->selectAll();
    QTest::keyClicks(editor, "new name");
    QTest::keyClick(editor, Qt::Key_Return);
    QTRY_COMPARE(chat().record().title, "new name");
}

void MainWindowTest::searchFindsAndEscapeEmptiesIt() {
    openReady();
    send("about cats");
    QTRY_VERIFY(!chat().isBusy());
    QTest::keyClick(m_window.get(), Qt::Key_N, Qt::ControlModifier);
    send("about dogs");
    QTRY_VERIFY(!chat().isBusy());
    QTest::keyClick(m_window.get(), Qt::Key_K, Qt::ControlModifier);
    auto* search = child<ChatListPanel>()->findChild<QLineEdit*>();
    QVERIFY(search->hasFocus());
    QTest::keyClicks(search, "cats");
    QTRY_COMPARE(list()->model()->rowCount(), 1);
    QTest::keyClick(search, Qt::Key_Escape);
    QTRY_COMPARE(list()->model()->rowCount(), 2);
    QCOMPARE(search->text(), "");
}

void MainWindowTest::failedLoadSaysWhyAndRetries() {
    LoadScript script;
    Error error;
    error.code = ErrorCode::OutOfMemory;
    error.needed = 9'400'000'000;
    error.available = 7'800'000'000;
    script.failure = error;
    open(script);
    QTRY_COMPARE(m_workspace->model().state(), State::Failed);
    QPushButton* retry = buttonWithText(*child<ChatPage>()->findChild<EmptyState*>(), "Try again");
    QVERIFY(retry != nullptr);
    QTest::mouseClick(retry, Qt::LeftButton);
    QTRY_COMPARE(m_host.load()->loads().size(), 2U);
    QTRY_COMPARE(m_workspace->model().state(), State::Failed);
    send("still here?");
    QCOMPARE(chat().progress().phase, ReplyProgress::Phase::NoModel);
    QVERIFY(buttonWithText(*child<ChatPage>()->findChild<Banner*>(), "Try again") != nullptr);
}

void MainWindowTest::missingModelOffersTheOthers() {
    open({}, "lost");
    QTRY_COMPARE(m_workspace->model().state(), State::Missing);
    QTRY_VERIFY(m_workspace->catalogue().isScanned());
    QPushButton* choose = buttonWithText(*child<ChatPage>()->findChild<EmptyState*>(), "Choose a model");
    QVERIFY(choose != nullptr);
    QTest::mouseClick(choose, Qt::LeftButton);
    QCOMPARE(m_window->page(), Page::Models);
}

void MainWindowTest::modelIsLoadedFromItsPage() {
    openReady();
    m_window->showPage(Page::Models);
    QTRY_VERIFY(m_workspace->catalogue().isScanned());
    QPushButton* load = buttonWithText(*child<ModelsPage>(), "Load");
    QVERIFY(load != nullptr);
    QTest::mouseClick(load, Qt::LeftButton);
    QCOMPARE(m_window->page(), Page::Chat);
    QTRY_COMPARE(m_workspace->model().state(), State::Ready);
    QCOMPARE(m_workspace->model().name(), "qwen-8b");
    QTRY_COMPARE(child<ModelBar>()->findChild<Combo*>()->currentText(), "qwen-8b");
}

void MainWindowTest::regenerateAndCopyByKey() {
    LoadScript script;
    script.engine.replies = {"first", "second"};
    openReady(script);
    send("go");
    QTRY_VERIFY(!chat().isBusy());
    QTest::keyClick(m_window.get(), Qt::Key_R, Qt::ControlModifier);
    QTRY_COMPARE(chat().message(1).text, "second");
    QTRY_VERIFY(!chat().isBusy());
    QCOMPARE(chat().version(1), std::pair(2, 2));
    QTest::keyClick(m_window.get(), Qt::Key_C, Qt::ControlModifier | Qt::ShiftModifier);
    QCOMPARE(QGuiApplication::clipboard()->text(), "second");
}

void MainWindowTest::editMakesABranch() {
    openReady();
    send("one");
    QTRY_VERIFY(!chat().isBusy());
    QTest::keyClicks(field(), "a draft");
    emit child<ChatView>()->editRequested(QString::number(chat().message(0).id));
    QCOMPARE(field()->toPlainText(), "one");
    QTest::keyClick(field(), Qt::Key_Escape);
    QCOMPARE(field()->toPlainText(), "a draft");
    emit child<ChatView>()->editRequested(QString::number(chat().message(0).id));
    QTest::keyClicks(field(), "!");
    QTest::keyClick(field(), Qt::Key_Return);
    QCOMPARE(chat().message(0).text, "one!");
    QCOMPARE(chat().version(0), std::pair(2, 2));
    QCOMPARE(field()->toPlainText(), "a draft");
}

void MainWindowTest::languageSwitchesAtOnce() {
    openReady();
    QTest::keyClick(m_window.get(), Qt::Key_Comma, Qt::ControlModifier);
    QCOMPARE(m_window->page(), Page::Settings);
    auto* language = child<SettingsPage>()->findChild<Combo*>();
    language->setFocus();
    QTest::keyClick(language, Qt::Key_End);
    QTRY_COMPARE(m_workspace->settings().values().language, "zh_CN");
    QTest::keyClick(m_window.get(), Qt::Key_Escape);
    QTRY_VERIFY(buttonWithText(*child<ChatListPanel>(), QStringLiteral("新对话")) != nullptr);
    QCOMPARE(field()->placeholderText(), QStringLiteral("写点什么…"));
    Settings::Values values = m_workspace->settings().values();
    values.language = "en";
    m_workspace->settings().set(values);
    QTRY_VERIFY(buttonWithText(*child<ChatListPanel>(), "New chat") != nullptr);
}

void MainWindowTest::themeSwitchesAtOnce() {
    openReady();
    m_window->showPage(Page::Settings);
    auto* theme = child<SettingsPage>()->findChild<Segmented*>();
    theme->setFocus();
    QTest::keyClick(theme, Qt::Key_Right);
    QTRY_COMPARE(Theme::current().mode(), ThemeMode::Light);
    QTest::keyClick(theme, Qt::Key_Right);
    QTRY_COMPARE(Theme::current().mode(), ThemeMode::Dark);
    QVERIFY(Theme::current().isDark());
    QCOMPARE(m_workspace->settings().values().theme, ThemeChoice::Dark);
}

void MainWindowTest::sidebarAndPagesByKey() {
    openReady();
    QVERIFY(child<ChatListPanel>()->isVisible());
    QTest::keyClick(m_window.get(), Qt::Key_B, Qt::ControlModifier);
    QVERIFY(!child<ChatListPanel>()->isVisible());
    QTest::keyClick(m_window.get(), Qt::Key_K, Qt::ControlModifier);
    QVERIFY(child<ChatListPanel>()->isVisible());
    m_window->showPage(Page::Models);
    QVERIFY(!child<ChatListPanel>()->isVisible());
    QTest::keyClick(m_window.get(), Qt::Key_L, Qt::ControlModifier);
    QCOMPARE(m_window->page(), Page::Chat);
    auto* choice = child<ModelBar>()->findChild<Combo*>();
    QTRY_VERIFY(choice->view()->isVisible());
    QTest::keyClick(choice->view(), Qt::Key_Escape);
    QTRY_VERIFY(!choice->view()->isVisible());
    QCOMPARE(m_window->page(), Page::Chat);
}

void MainWindowTest::damagedChatsAreTold() {
    QFile file(m_directory->filePath("chats.sqlite"));
    QVERIFY(file.open(QIODevice::WriteOnly));
    file.write(QByteArray(5000, 'x'));
    file.close();
    openReady();
    const auto banners = m_window->findChildren<Banner*>();
    QVERIFY(std::any_of(banners.begin(), banners.end(),
                        [](const Banner* banner) { return banner->isVisible(); }));
    send("still works");
    QTRY_COMPARE(chat().message(1).text, kReply);
}

void MainWindowTest::windowStaysFreeWhileTheEngineIsSlow() {
    m_slowness = std::chrono::milliseconds(600);
    QElapsedTimer sinceTick;
    qint64 longest = 0;
    QTimer ticker;
    connect(&ticker, &QTimer::timeout, this,
            [&] { longest = std::max(longest, sinceTick.restart()); });
    open();
    QCoreApplication::processEvents();
    sinceTick.start();
    ticker.start(5);
    QTRY_COMPARE(m_workspace->model().state(), State::Ready);
    m_workspace->model().choose("qwen-8b");
    QTRY_COMPARE(m_workspace->model().state(), State::Ready);
    QVERIFY2(longest < 400, qPrintable(QStringLiteral("%1 ms without an event").arg(longest)));
}

QTEST_MAIN(MainWindowTest)
#include "main_window_test.moc"
