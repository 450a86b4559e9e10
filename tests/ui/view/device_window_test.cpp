#include "view/pages/main_window.h"

#include "demo/scripted_host.h"
#include "state/chat_session.h"
#include "state/workspace.h"
#include "view/chat/chat_source.h"
#include "view/chat/chat_view.h"
#include "view/components/banner.h"
#include "view/components/combo.h"
#include "view/components/label.h"
#include "view/pages/chat_page.h"
#include "view/pages/composer.h"
#include "view/pages/device_notice.h"
#include "view/pages/model_bar.h"
#include "view/pages/recovery_banner.h"
#include "view/pages/settings_page.h"
#include "view/pages/texts.h"
#include "view/theme/theme.h"

#include "ui/support/chat_fixtures.h"

#include <QPushButton>
#include <QScrollBar>
#include <QTemporaryDir>
#include <QTest>
#include <QToolButton>

using namespace hearth;
using namespace hearth::ui;
using namespace hearth::ui::test;

using State = ModelSession::State;

namespace {

constexpr char kGpu[] = "NVIDIA H100 80GB HBM3";

QPushButton* buttonWithText(const QWidget& in, const QString& text) {
    for (QPushButton* button : in.findChildren<QPushButton*>())
        if (button->text() == text && button->isVisible())
            return button;
    return nullptr;
}

Error outOfMemory(quint64 needed, quint64 available) {
    Error error;
    error.code = ErrorCode::OutOfMemory;
    error.needed = needed;
    error.available = available;
    return error;
}

LoadScript losing(int words) {
    LoadScript script;
    script.gpu = kGpu;
    script.engine.error = fail(ErrorCode::DeviceLost).error;
    script.engine.wordsBeforeError = words;
    return script;
}

bool hasChinese(const QString& text) {
    return std::any_of(text.cbegin(), text.cend(),
                       [](QChar c) { return c.script() == QChar::Script_Han; });
}

} // namespace

/// What a person sees of devices: lost, full, missing, chosen.
class DeviceWindowTest : public QObject {
    Q_OBJECT

private slots:
    void initTestCase() { Theme::install(*qApp); }
    void init() { m_directory = std::make_unique<QTemporaryDir>(); }
    void cleanup() { close(); }

    void fault_057_bannerSaysNumbersAndWhatGoesOn();
    void fault_057_gpuErrorOffersTheCpu();
    void fault_058_replyOutOfMemoryOffersASmallerModel();
    void fault_059_bannerCountsDownAndRestarts();
    void fault_059_windowComesBackWhereItWas();
    void fault_059_editIsKeptAsADraft();
    void fault_059_secondLossOffersTheCpu();
    void fault_059_windowStaysUsableMeanwhile();
    void fault_059_textsFollowTheLanguage();
    void deviceIsShownWithTheModel();
    void noticeIsShownUntilDismissed();
    void deviceIsChosenInTheSettings();
    void everyDeviceErrorHasItsWords();

private:
    void open(const LoadScript& script, std::optional<qint64> restartedMs = std::nullopt,
              const QString& language = QStringLiteral("en"));
    void openReady(const LoadScript& script, std::optional<qint64> restartedMs = std::nullopt) {
        open(script, restartedMs);
        QTRY_COMPARE(m_workspace->model().state(), State::Ready);
    }
    void close();
    void send(const QString& text) {
        QTest::keyClicks(child<ComposerField>(), text);
        QTest::keyClick(child<ComposerField>(), Qt::Key_Return);
    }
    template<typename Widget>
    Widget* child() const {
        return m_window->findChild<Widget*>();
    }
    RecoveryBanner* banner() const { return child<RecoveryBanner>(); }
    Banner* modelBanner() const { return child<ChatPage>()->findChild<Banner*>(); }
    void press(const QWidget& in, const QString& text) {
        QPushButton* const button = buttonWithText(in, text);
        QVERIFY2(button != nullptr, qPrintable(text));
        QTest::mouseClick(button, Qt::LeftButton);
    }
    ChatSession& chat() const { return m_workspace->chats().current(); }

    std::unique_ptr<QTemporaryDir> m_directory;
    std::unique_ptr<Workspace> m_workspace;
    std::unique_ptr<MainWindow> m_window;
    std::atomic<ScriptedHost*> m_host = nullptr;
    QList<RestartPlan> m_restarts;
    bool m_starts = true;
};

void DeviceWindowTest::open(const LoadScript& script, std::optional<qint64> restartedMs,
                            const QString& language) {
    WorkspaceOptions options;
    options.dataDirectory = m_directory->path();
    options.makeLibrary = memoryLibrary();
    options.restartedMs = restartedMs;
    options.makeHost = [this, script](const HostOptions&) -> Result<std::unique_ptr<Host>> {
        auto host = std::make_unique<ScriptedHost>(script);
        m_host = host.get();
        return std::unique_ptr<Host>(std::move(host));
    };
    m_restarts.clear();
    m_starts = true;
    m_workspace = std::make_unique<Workspace>(options);
    m_window = std::make_unique<MainWindow>(*m_workspace, WindowOverrides{language, std::nullopt});
    m_window->setRestart([this](const RestartPlan& plan) {
        m_restarts.append(plan);
        return m_starts;
    });
    m_window->show();
    QVERIFY(QTest::qWaitForWindowActive(m_window.get()));
    QTRY_VERIFY(m_workspace->chats().isListLoaded());
}

void DeviceWindowTest::close() {
    if (m_window)
        m_window->close();
    m_window.reset();
    m_workspace.reset();
}

void DeviceWindowTest::fault_057_bannerSaysNumbersAndWhatGoesOn() {
    LoadScript script;
    script.failure = outOfMemory(9'400'000'000, 7'800'000'000);
    script.failingModel = "qwen-8b";
    openReady(script);
    QVERIFY(!modelBanner()->isVisible());
    m_workspace->model().choose("qwen-8b");
    QTRY_COMPARE(m_workspace->model().state(), State::Ready);
    QVERIFY(modelBanner()->isVisible());
    const QString text = modelBanner()->accessibleName();
    for (const char* part :
         {"qwen-8b", "9.4 GB", "7.8 GB", "smaller model", "“starter” stays in use"})
        QVERIFY2(text.contains(QString::fromUtf8(part)), qPrintable(text));
    send("hi");
    QTRY_COMPARE(chat().count(), 2);
    QTRY_VERIFY(!chat().isBusy());
    QCOMPARE(chat().message(1).state, ReplyState::Complete);
    press(*modelBanner(), "Try again");
    QTRY_COMPARE(m_host.load()->loads().size(), 5U);
    QTRY_COMPARE(m_workspace->model().state(), State::Ready);
    press(*modelBanner(), "Choose a model");
    QCOMPARE(m_window->page(), Page::Models);
}

void DeviceWindowTest::fault_057_gpuErrorOffersTheCpu() {
    LoadScript script;
    script.failure = fail(ErrorCode::GpuMissing).error;
    script.failsOnGpuOnly = true;
    open(script);
    QTRY_COMPARE(m_workspace->model().state(), State::Failed);
    press(*child<ChatPage>(), "Use the CPU");
    QTRY_COMPARE(m_workspace->model().state(), State::Ready);
    QCOMPARE(m_workspace->settings().values().device, "cpu");
}

void DeviceWindowTest::fault_058_replyOutOfMemoryOffersASmallerModel() {
    LoadScript script;
    script.engine.error = outOfMemory(412'000'000, 96'000'000);
    script.engine.wordsBeforeError = 3;
    script.engine.failingRequest = 0;
    openReady(script);
    send("go");
    QTRY_COMPARE(chat().count(), 2);
    QTRY_VERIFY(!chat().isBusy());
    QCOMPARE(chat().message(1).text, "Hello! How can");
    const ChatMessage shown = child<ChatView>()->source()->message(1);
    QCOMPARE(shown.state, MessageState::Failed);
    QVERIFY(shown.error.contains("412 MB") && shown.error.contains("96 MB"));
    QCOMPARE(shown.errorAction, "Choose a smaller model");
    QVERIFY(!banner()->isVisible());
    emit child<ChatView>()->errorActionRequested(shown.id);
    QCOMPARE(m_window->page(), Page::Models);
    m_window->showPage(Page::Chat);
    QVERIFY(shown.actions.testFlag(MessageAction::Regenerate));
    emit child<ChatView>()->regenerateRequested(shown.id);
    QTRY_COMPARE(chat().message(1).state, ReplyState::Complete);
}

void DeviceWindowTest::fault_059_bannerCountsDownAndRestarts() {
    openReady(losing(3));
    QVERIFY(!banner()->isVisible());
    send("go");
    QTRY_COMPARE(m_workspace->recovery().state(), DeviceRecovery::State::Counting);
    QVERIFY(banner()->isVisible());
    QVERIFY(!modelBanner()->isVisible());
    QCOMPARE(banner()->accessibleName(), "The graphics card stopped answering. Your chats are "
                                         "saved. Hearth restarts itself in 10 seconds.");
    QTRY_COMPARE(banner()->accessibleName(), "The graphics card stopped answering. Your chats are "
                                             "saved. Hearth restarts itself in 9 seconds.");
    QCOMPARE(child<ChatView>()->source()->message(1).state, MessageState::Failed);
    QTest::keyClicks(child<ComposerField>(), "and a draft");
    press(*banner(), "Restart now");
    QTRY_COMPARE(m_restarts.size(), 1);
    const RestartPlan& plan = m_restarts.first();
    QCOMPARE(plan.model, "starter");
    QCOMPARE(plan.page, Page::Chat);
    QCOMPARE(plan.overrides.language, "en");
    QCOMPARE(plan.point.chat, chat().record().id);
    QCOMPARE(plan.point.process, QCoreApplication::applicationPid());
    QVERIFY(plan.point.restartedMs > 0);
    QCOMPARE(chat().record().draft, "and a draft");
}

void DeviceWindowTest::fault_059_windowComesBackWhereItWas() {
    LoadScript script = losing(5);
    QString reply;
    for (int line = 0; line < 120; ++line)
        reply += QStringLiteral("Paragraph %1 of a long reply.\n\n").arg(line);
    script.engine.failingRequest = 1;
    script.engine.replies = {reply.toStdString(), "Hello! How can I help you today?"};
    openReady(script);
    send("tell me a lot");
    QTRY_COMPARE(chat().count(), 2);
    QTRY_VERIFY(!chat().isBusy());
    send("and now?");
    QTRY_COMPARE(m_workspace->recovery().state(), DeviceRecovery::State::Counting);
    const RecordId id = chat().record().id;
    m_window->resize(760, 560);
    QScrollBar* const bar = child<ChatView>()->verticalScrollBar();
    QTRY_VERIFY(!child<ChatView>()->isBusy());
    bar->setValue(bar->maximum() / 2);
    const ChatView::Place place = child<ChatView>()->place();
    QCOMPARE(place.message, 1);
    QVERIFY(place.block > 0);
    press(*banner(), "Restart now");
    QTRY_COMPARE(m_restarts.size(), 1);
    const ResumePoint point = m_restarts.first().point;
    close();

    open({});
    m_window->resumeAt(point);
    QTRY_COMPARE(chat().record().id, id);
    QTRY_COMPARE(chat().count(), 4);
    QCOMPARE(chat().message(3).text, "Hello! How can I help");
    QCOMPARE(chat().message(3).state, ReplyState::Failed);
    QCOMPARE(m_window->size(), QSize(760, 560));
    QTRY_VERIFY(!child<ChatView>()->isBusy());
    QCOMPARE(child<ChatView>()->place().message, 1);
    QCOMPARE(child<ChatView>()->place().block, place.block);
    QVERIFY(std::abs(child<ChatView>()->place().offset - place.offset) <= 1.0);
    QTRY_COMPARE(m_workspace->model().state(), State::Ready);
    const ChatMessage interrupted = child<ChatView>()->source()->message(3);
    QVERIFY(interrupted.error.contains("stopped answering"));
    emit child<ChatView>()->errorActionRequested(interrupted.id);
    QTRY_COMPARE(chat().message(3).state, ReplyState::Complete);
    QCOMPARE(chat().version(3), std::pair(2, 2));
}

void DeviceWindowTest::fault_059_editIsKeptAsADraft() {
    LoadScript script = losing(1);
    script.engine.failingRequest = 1;
    openReady(script);
    send("first words");
    QTRY_COMPARE(chat().count(), 2);
    QTRY_VERIFY(!chat().isBusy());
    emit child<ChatView>()->editRequested(QString::number(chat().message(0).id));
    m_host.load()->engine("starter")->loseDevice();
    QTRY_COMPARE(m_workspace->recovery().state(), DeviceRecovery::State::Counting);
    QTest::keyClicks(child<ComposerField>(), ", better ones");
    press(*banner(), "Restart now");
    QTRY_COMPARE(m_restarts.size(), 1);
    QCOMPARE(chat().record().draft, "first words, better ones");
}

void DeviceWindowTest::fault_059_secondLossOffersTheCpu() {
    openReady(losing(2), nowMilliseconds() - 20'000);
    send("go");
    QTRY_COMPARE(m_workspace->recovery().state(), DeviceRecovery::State::Offered);
    QVERIFY(banner()->accessibleName().contains("again"));
    QVERIFY(buttonWithText(*banner(), "Restart") != nullptr);
    press(*banner(), "Continue on the CPU");
    QTRY_COMPARE(m_workspace->model().state(), State::Ready);
    QVERIFY(!banner()->isVisible());
    QCOMPARE(m_workspace->model().info().deviceId, "cpu");
    QVERIFY(m_restarts.isEmpty());
}

void DeviceWindowTest::fault_059_windowStaysUsableMeanwhile() {
    openReady(losing(2));
    send("go");
    QTRY_COMPARE(m_workspace->recovery().state(), DeviceRecovery::State::Counting);
    QVERIFY(QApplication::activeModalWidget() == nullptr);
    m_window->showPage(Page::Settings);
    QVERIFY(banner()->isVisible());
    m_window->showPage(Page::Chat);
    QTest::keyClick(m_window.get(), Qt::Key_N, Qt::ControlModifier);
    QCOMPARE(chat().count(), 0);
    press(*banner(), "Not now");
    m_starts = false;
    press(*banner(), "Restart");
    QTRY_VERIFY(banner()->accessibleName().contains("could not restart itself"));
    QVERIFY(buttonWithText(*banner(), "Continue on the CPU") != nullptr);
}

void DeviceWindowTest::fault_059_textsFollowTheLanguage() {
    open(losing(2), std::nullopt, QStringLiteral("zh_CN"));
    QTRY_COMPARE(m_workspace->model().state(), State::Ready);
    send("go");
    QTRY_COMPARE(m_workspace->recovery().state(), DeviceRecovery::State::Counting);
    QVERIFY(hasChinese(banner()->accessibleName()));
    QVERIFY2(!banner()->accessibleName().contains("restart"),
             qPrintable(banner()->accessibleName()));
    for (const QPushButton* button : banner()->findChildren<QPushButton*>())
        QVERIFY2(hasChinese(button->text()), qPrintable(button->text()));
}

void DeviceWindowTest::deviceIsShownWithTheModel() {
    LoadScript script;
    script.gpu = kGpu;
    openReady(script);
    const auto status = [this] { return child<ModelBar>()->findChild<Label*>()->text(); };
    QVERIFY2(status().endsWith(QLatin1String(kGpu)), qPrintable(status()));
    close();
    openReady({});
    QVERIFY2(status().endsWith("CPU"), qPrintable(status()));
}

void DeviceWindowTest::noticeIsShownUntilDismissed() {
    LoadScript script;
    script.gpu = kGpu;
    script.deviceNotice = outOfMemory(19'200'000'000, 15'100'000'000);
    script.deviceNotice->field = "cuda:0";
    openReady(script);
    QVERIFY(child<DeviceNotice>()->isVisible());
    const QString text = child<DeviceNotice>()->findChild<Label*>()->text();
    QVERIFY2(text.contains("15.1 GB") && text.contains("19.2 GB"), qPrintable(text));
    press(*child<DeviceNotice>(), "Choose a smaller model");
    QCOMPARE(m_window->page(), Page::Models);
    m_window->showPage(Page::Chat);
    QTest::mouseClick(child<DeviceNotice>()->findChild<QToolButton*>(), Qt::LeftButton);
    QVERIFY(!child<DeviceNotice>()->isVisible());
    close();
    openReady(script);
    QVERIFY(!child<DeviceNotice>()->isVisible());
    close();
    // The bytes of a part are not what the model needs.
    script.deviceNotice = outOfMemory(200'000'000, 100'000'000);
    script.deviceNotice->field = "KV cache";
    openReady(script);
    const QString part = child<DeviceNotice>()->findChild<Label*>()->text();
    QVERIFY2(part.contains("too little memory") && !part.contains("MB"), qPrintable(part));
    close();
    script.deviceNotice = fail(ErrorCode::GpuMissing).error;
    openReady(script);
    QVERIFY(child<DeviceNotice>()->isVisible());
    for (const QPushButton* button : child<DeviceNotice>()->findChildren<QPushButton*>())
        QVERIFY2(!button->isVisible(), qPrintable(button->text()));
}

void DeviceWindowTest::deviceIsChosenInTheSettings() {
    LoadScript script;
    script.gpu = kGpu;
    openReady(script);
    m_window->showPage(Page::Settings);
    Combo* device = nullptr;
    for (Combo* combo : child<SettingsPage>()->findChildren<Combo*>())
        if (combo->accessibleName() == "Device")
            device = combo;
    QVERIFY(device != nullptr);
    QTRY_COMPARE(device->count(), 3);
    QCOMPARE(device->itemText(2), kGpu);
    device->setFocus();
    QTest::keyClick(device, Qt::Key_End);
    QTRY_COMPARE(m_workspace->settings().values().device, "cuda:0");
    QTRY_COMPARE(m_workspace->model().state(), State::Ready);
    QCOMPARE(m_host.load()->lastOptions().device, DeviceChoice::Cuda);
    QTest::keyClick(device, Qt::Key_Home);
    QTRY_COMPARE(m_host.load()->lastOptions().device, DeviceChoice::Auto);
    Settings::Values values = m_workspace->settings().values();
    values.device = "cuda:7";
    m_workspace->settings().set(values);
    QTRY_COMPARE(device->currentText(), "cuda:7 (not there)");
}

void DeviceWindowTest::everyDeviceErrorHasItsWords() {
    constexpr ErrorCode kCodes[] = {
        ErrorCode::OutOfMemory,       ErrorCode::Unsupported,     ErrorCode::DeviceLost,
        ErrorCode::DeviceUnavailable, ErrorCode::DriverMissing,   ErrorCode::DriverTooOld,
        ErrorCode::GpuMissing,        ErrorCode::GpuTooOld,       ErrorCode::CublasMissing,
        ErrorCode::BackendMissing,    ErrorCode::BackendMismatch, ErrorCode::Internal};
    QStringList english;
    for (const char* language : {"en", "zh_CN"}) {
        Translation translation;
        translation.use(QString::fromLatin1(language));
        QSet<QString> texts;
        for (const ErrorCode code : kCodes) {
            Error error = fail(code, "why").error;
            error.needed = 13000;
            error.available = 12040;
            const QString text = deviceNoticeText(error);
            texts.insert(text);
            if (language == std::string_view("en"))
                english += text;
            else
                QVERIFY2(hasChinese(text) && !english.contains(text), qPrintable(text));
        }
        QCOMPARE(texts.size(), std::ssize(kCodes));
    }
    Error old = fail(ErrorCode::DriverTooOld).error;
    old.needed = 13000;
    old.available = 12040;
    QVERIFY(errorText(old).contains("12.4") && errorText(old).contains("13.0"));
}

QTEST_MAIN(DeviceWindowTest)
#include "device_window_test.moc"
