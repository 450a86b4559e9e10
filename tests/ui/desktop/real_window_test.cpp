#include "engine_sources.h"

#include "state/chat_session.h"
#include "state/workspace.h"
#include "view/pages/composer.h"
#include "view/pages/main_window.h"
#include "view/pages/settings/change.h"
#include "view/theme/theme.h"

#include <QApplication>
#include <QSignalSpy>
#include <QStandardPaths>
#include <QTemporaryDir>
#include <QTest>

#include <ctime>
#include <memory>

using namespace hearth;
using namespace hearth::ui;

using State = ModelSession::State;

/// The window over the real engine and the starter model (HEARTH_STARTER_MODEL, else the library of
/// this user).
class RealWindowTest : public QObject {
    Q_OBJECT

private slots:
    void initTestCase();
    void init() { m_folder = std::make_unique<QTemporaryDir>(); }
    void cleanup();

    void promptIsTakenWhileTheModelLoads();
    void cacheTypeReachesTheEngineAndBadOnesComeBack();
    void fault_087_closingInMidReplyKeepsItsText();
    void windowAtRestDoesNothing();

private:
    void open();
    [[nodiscard]] ChatSession& chat() const { return m_workspace->chats().current(); }
    void limitReply(int tokens) const {
        ChatSettings settings = chat().record().settings;
        settings.maxTokens = tokens;
        settings.temperature = 0;
        chat().setSettings(settings);
    }
    void send(const QString& text) const {
        auto* const field = m_window->findChild<ComposerField*>();
        QTest::keyClicks(field, text);
        QTest::keyClick(field, Qt::Key_Return);
    }

    QString m_model;
    std::unique_ptr<QTemporaryDir> m_folder;
    std::unique_ptr<Workspace> m_workspace;
    std::unique_ptr<MainWindow> m_window;
};

void RealWindowTest::initTestCase() {
    Theme::install(*qApp);
    m_model = qEnvironmentVariable("HEARTH_STARTER_MODEL");
    if (m_model.isEmpty()) {
        const QString library =
            QStandardPaths::writableLocation(QStandardPaths::GenericDataLocation) +
            QStringLiteral("/hearth/models");
        const QStringList files = QDir(library).entryList({QStringLiteral("*.gguf")});
        if (!files.isEmpty())
            m_model = library + QLatin1Char('/') + files.first();
    }
    if (!QFileInfo::exists(m_model))
        QSKIP("no starter model: set HEARTH_STARTER_MODEL");
}

void RealWindowTest::open() {
    WorkspaceOptions options = desktop::engineSources(m_folder->path());
    options.model = m_model;
    m_workspace = std::make_unique<Workspace>(options);
    m_window = std::make_unique<MainWindow>(*m_workspace, WindowOverrides{});
    m_window->show();
}

void RealWindowTest::cleanup() {
    m_window.reset();
    m_workspace.reset();
}

void RealWindowTest::promptIsTakenWhileTheModelLoads() {
    open();
    QVERIFY(m_workspace->model().state() != State::Ready);
    limitReply(8);
    send(QStringLiteral("Say hello."));
    QCOMPARE(chat().count(), 2);
    QCOMPARE(chat().progress().phase, ReplyProgress::Phase::NoModel);
    QVERIFY(m_workspace->model().state() != State::Ready);
    QTRY_COMPARE_WITH_TIMEOUT(m_workspace->model().state(), State::Ready, 30'000);
    QTRY_VERIFY_WITH_TIMEOUT(!chat().isBusy(), 30'000);
    QVERIFY(!chat().message(1).text.isEmpty());
    QCOMPARE(chat().message(1).state, ReplyState::Complete);
}

void RealWindowTest::cacheTypeReachesTheEngineAndBadOnesComeBack() {
    open();
    QTRY_COMPARE_WITH_TIMEOUT(m_workspace->model().state(), State::Ready, 30'000);
    const auto bytes = m_workspace->model().info().kvBytesPerToken;
    Settings& settings = m_workspace->settings();
    change(settings, [](auto& values) {
        values.kvType = QStringLiteral("int8");
        values.contextTokens = 1024;
    });
    QTRY_COMPARE_WITH_TIMEOUT(m_workspace->model().info().context, 1024, 30'000);
    QVERIFY(m_workspace->model().info().kvBytesPerToken < bytes);
    QSignalSpy refused(m_workspace.get(), &Workspace::loadSettingsRefused);
    change(settings, [](auto& values) { values.kvType = QStringLiteral("fp8"); });
    QTRY_COMPARE_WITH_TIMEOUT(refused.count(), 1, 30'000);
    QVERIFY(m_workspace->refusedLoad().has_value());
    QCOMPARE(m_workspace->refusedLoad()->code, ErrorCode::Unsupported);
    QTRY_COMPARE_WITH_TIMEOUT(m_workspace->model().state(), State::Ready, 30'000);
    QCOMPARE(settings.values().kvType, QStringLiteral("int8"));
    QCOMPARE(m_workspace->model().info().context, 1024);
}

void RealWindowTest::fault_087_closingInMidReplyKeepsItsText() {
    open();
    QTRY_COMPARE_WITH_TIMEOUT(m_workspace->model().state(), State::Ready, 30'000);
    limitReply(400);
    send(QStringLiteral("Write a long story about a dragon and a lighthouse."));
    QTRY_VERIFY_WITH_TIMEOUT(chat().progress().generated > 10, 30'000);
    const RecordId id = chat().record().id;
    m_window->endSession();
    const QString text = chat().message(1).text;
    cleanup();
    open();
    QTRY_VERIFY(m_workspace->chats().isListLoaded());
    m_workspace->chats().open(id);
    QTRY_COMPARE(chat().count(), 2);
    QVERIFY(!text.isEmpty());
    QVERIFY(chat().message(1).text.startsWith(text));
    QCOMPARE(chat().message(1).state, ReplyState::Stopped);
}

void RealWindowTest::windowAtRestDoesNothing() {
    open();
    QTRY_COMPARE_WITH_TIMEOUT(m_workspace->model().state(), State::Ready, 30'000);
    QTRY_VERIFY(m_window->isSettled());
    QTest::qWait(1000);
    const auto used = [] {
        timespec time{};
        clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time);
        return static_cast<double>(time.tv_sec) * 1e3 + static_cast<double>(time.tv_nsec) / 1e6;
    };
    const double before = used();
    QTest::qWait(4000);
    const double share = (used() - before) / 4000;
    qInfo("%.2f%% of a core at rest", 100 * share);
    // qWait() itself wakes every 10 ms.
    QVERIFY(share < 0.02);
}

QTEST_MAIN(RealWindowTest)
#include "real_window_test.moc"
