#include "state/device_recovery.h"

#include "demo/scripted_host.h"
#include "state/chat_session.h"
#include "state/resume_point.h"
#include "state/workspace.h"

#include "ui/support/chat_fixtures.h"

#include <QSignalSpy>
#include <QSqlDatabase>
#include <QSqlQuery>
#include <QTemporaryDir>
#include <QTest>

using namespace hearth;
using namespace hearth::ui;
using namespace hearth::ui::test;

using Model = ModelSession::State;
using State = DeviceRecovery::State;

namespace {

constexpr char kGpu[] = "NVIDIA H100 80GB HBM3";
constexpr char kReply[] = "Hello! How can I help you today?";

Error outOfMemory(quint64 needed, quint64 available) {
    Error error;
    error.code = ErrorCode::OutOfMemory;
    error.needed = needed;
    error.available = available;
    return error;
}

} // namespace

class DeviceRecoveryTest : public QObject {
    Q_OBJECT

private slots:
    void init() { m_directory = std::make_unique<QTemporaryDir>(); }
    void cleanup() { m_workspace.reset(); }

    void fault_057_failedLoadLeavesTheOldModelInUse();
    void fault_057_missingModelLeavesTheOldOneAndItsReply();
    void fault_057_failedReturnIsAFailedLoad();
    void fault_057_promptSentMeanwhileIsAnsweredByTheOldModel();
    void fault_058_failedReplyKeepsItsTextAndTheRestGoesOn();
    void fault_059_lostDeviceSavesCountsAndRestarts();
    void fault_059_lossWithoutRequestsIsNoticed();
    void fault_059_lossWhileLoadingIsNoticed();
    void fault_059_promptAfterTheLossFailsNothing();
    void fault_059_secondLossSoonAfterARestartOnlyOffersOne();
    void fault_059_laterLossRestartsAgain();
    void fault_059_countdownCanBeStopped();
    void fault_059_modelGoesOnOnTheCpu();
    void fault_059_cpuInTheSettingsEndsTheCountdown();
    void fault_059_nothingRestartsWhileTheDiskTakesNothing();
    void fault_059_failedStartIsOffered();
    void resumePointSurvivesACommandLine();
    void deviceOfTheSettingsIsUsed();
    void devicesAreTold();

private:
    void open(const LoadScript& script, std::optional<qint64> restartedMs = std::nullopt) {
        WorkspaceOptions options;
        options.dataDirectory = m_directory->path();
        options.makeLibrary = memoryLibrary();
        options.restartedMs = restartedMs;
        options.restartSeconds = m_seconds;
        options.makeHost = [this, script](const HostOptions&) -> Result<std::unique_ptr<Host>> {
            auto host = std::make_unique<ScriptedHost>(script);
            m_host = host.get();
            return std::unique_ptr<Host>(std::move(host));
        };
        m_workspace = std::make_unique<Workspace>(options);
    }
    void openReady(const LoadScript& script, std::optional<qint64> restartedMs = std::nullopt) {
        open(script, restartedMs);
        QTRY_COMPARE(model().state(), Model::Ready);
        QTRY_VERIFY(m_workspace->chats().isListLoaded());
    }
    static LoadScript losing(int words) {
        LoadScript script;
        script.gpu = kGpu;
        script.engine.error = fail(ErrorCode::DeviceLost).error;
        script.engine.wordsBeforeError = words;
        return script;
    }
    ModelSession& model() { return m_workspace->model(); }
    ChatSession& chat() { return m_workspace->chats().current(); }
    DeviceRecovery& recovery() { return m_workspace->recovery(); }

    std::unique_ptr<QTemporaryDir> m_directory;
    std::unique_ptr<Workspace> m_workspace;
    std::atomic<ScriptedHost*> m_host = nullptr;
    int m_seconds = 600;
};

void DeviceRecoveryTest::fault_057_failedLoadLeavesTheOldModelInUse() {
    LoadScript script;
    script.failure = outOfMemory(9'400'000'000, 7'800'000'000);
    script.failingModel = "qwen-8b";
    openReady(script);
    model().choose("qwen-8b");
    QTRY_VERIFY(model().rejected().has_value());
    QCOMPARE(model().rejected()->name, "qwen-8b");
    QCOMPARE(model().rejected()->error.code, ErrorCode::OutOfMemory);
    QCOMPARE(*model().rejected()->error.needed, 9'400'000'000U);
    QTRY_COMPARE(model().state(), Model::Ready);
    QCOMPARE(model().name(), "starter");
    QVERIFY(chat().send("still there?"));
    QTRY_COMPARE(chat().message(1).text, kReply);
    QCOMPARE(m_workspace->settings().values().lastModel, "starter");
    model().forgetRejected();
    QVERIFY(!model().rejected());
}

void DeviceRecoveryTest::fault_057_missingModelLeavesTheOldOneAndItsReply() {
    LoadScript script;
    script.engine.wordsBeforeHold = 2;
    openReady(script);
    QVERIFY(chat().send("go"));
    QTRY_COMPARE(chat().message(1).text, "Hello! How");
    model().choose("lost.gguf");
    QTRY_COMPARE(model().state(), Model::Ready);
    QCOMPARE(model().name(), "starter");
    QCOMPARE(model().rejected()->error.code, ErrorCode::NotFound);
    QCOMPARE(m_host.load()->loads().size(), 1U);
    m_host.load()->engine("starter")->release();
    QTRY_COMPARE(chat().message(1).text, kReply);
}

void DeviceRecoveryTest::fault_057_failedReturnIsAFailedLoad() {
    LoadScript script;
    script.failure = outOfMemory(9, 7);
    script.goodLoads = 1;
    openReady(script);
    model().choose("qwen-8b");
    QTRY_COMPARE(m_host.load()->loads().size(), 3U);
    QTRY_COMPARE(model().state(), Model::Failed);
    QCOMPARE(model().name(), "starter");
    QCOMPARE(model().rejected()->name, "qwen-8b");
    model().retry();
    QTRY_COMPARE(m_host.load()->loads().size(), 4U);
    QTRY_COMPARE(model().state(), Model::Failed);
}

void DeviceRecoveryTest::fault_057_promptSentMeanwhileIsAnsweredByTheOldModel() {
    LoadScript script;
    script.failure = outOfMemory(9, 7);
    script.failingModel = "qwen-8b";
    openReady(script);
    model().choose("qwen-8b");
    QVERIFY(chat().send("hello"));
    QCOMPARE(chat().progress().phase, ReplyProgress::Phase::NoModel);
    QTRY_COMPARE(chat().message(1).text, kReply);
    QTRY_VERIFY(!chat().isBusy());
    QCOMPARE(chat().record().settings.model, "starter");
}

void DeviceRecoveryTest::fault_058_failedReplyKeepsItsTextAndTheRestGoesOn() {
    LoadScript script;
    script.engine.error = outOfMemory(412, 96);
    script.engine.wordsBeforeError = 3;
    script.engine.failingRequest = 0;
    openReady(script);
    ChatSession& first = chat();
    QVERIFY(first.send("one"));
    m_workspace->chats().newChat();
    ChatSession& second = chat();
    QVERIFY(second.send("two"));
    QTRY_VERIFY(!second.isBusy());
    QCOMPARE(second.message(1).text, kReply);
    QCOMPARE(second.message(1).state, ReplyState::Complete);
    m_workspace->chats().open(m_workspace->chats().list().idAt(1));
    QTRY_COMPARE(chat().count(), 2);
    QCOMPARE(chat().message(1).text, "Hello! How can");
    QCOMPARE(chat().message(1).state, ReplyState::Failed);
    QCOMPARE(chat().message(1).error->code, ErrorCode::OutOfMemory);
    QCOMPARE(recovery().state(), State::None);
    QCOMPARE(model().state(), Model::Ready);
    chat().regenerate(1);
    QTRY_VERIFY(!chat().isBusy());
    QCOMPARE(chat().message(1).text, kReply);
    QCOMPARE(chat().version(1), std::pair(2, 2));
}

void DeviceRecoveryTest::fault_059_lostDeviceSavesCountsAndRestarts() {
    m_seconds = 2;
    openReady(losing(4));
    QSignalSpy saving(&recovery(), &DeviceRecovery::savingEverything);
    QSignalSpy ready(&recovery(), &DeviceRecovery::restartReady);
    const RecordId id = chat().record().id;
    QVERIFY(chat().send("go"));
    chat().setDraft("half a thought");
    QTRY_COMPARE(recovery().state(), State::Counting);
    QCOMPARE(recovery().secondsLeft(), 2);
    QCOMPARE(chat().message(1).text, "Hello! How can I");
    QCOMPARE(chat().message(1).state, ReplyState::Failed);
    QCOMPARE(chat().message(1).error->code, ErrorCode::DeviceLost);
    QCOMPARE(model().state(), Model::Failed);
    QVERIFY(!m_workspace->bridge().engine());
    // What is written during the countdown is kept too.
    chat().setDraft("a whole thought");
    QTRY_COMPARE(ready.count(), 1);
    QCOMPARE(saving.count(), 2);
    // As the next process would find it, while this one is still there.
    ChatStore store(m_directory->filePath("chats.sqlite"));
    QSignalSpy chats(&store, &ChatStore::chatsLoaded);
    QSignalSpy messages(&store, &ChatStore::messagesLoaded);
    store.loadChats();
    store.loadMessages(id);
    QTRY_COMPARE(messages.count(), 1);
    QCOMPARE(chats.at(0).at(0).value<QList<ChatRecord>>().first().draft, "a whole thought");
    const auto found = messages.at(0).at(1).value<QList<MessageRecord>>();
    QCOMPARE(found.size(), 2);
    QCOMPARE(found.last().text, "Hello! How can I");
}

void DeviceRecoveryTest::fault_059_lossWithoutRequestsIsNoticed() {
    openReady(losing(0));
    m_host.load()->engine("starter")->loseDevice();
    QTRY_COMPARE(recovery().state(), State::Counting);
}

void DeviceRecoveryTest::fault_059_lossWhileLoadingIsNoticed() {
    LoadScript script;
    script.failure = fail(ErrorCode::DeviceLost).error;
    script.failingModel = "qwen-8b";
    openReady(script);
    model().choose("qwen-8b");
    QTRY_COMPARE(recovery().state(), State::Counting);
    QVERIFY(!model().rejected());
    QCOMPARE(model().choice(), "qwen-8b");
}

void DeviceRecoveryTest::fault_059_promptAfterTheLossFailsNothing() {
    openReady(losing(0));
    m_host.load()->engine("starter")->loseDevice();
    QTRY_COMPARE(recovery().state(), State::Counting);
    QVERIFY(chat().send("is anybody there?"));
    QCOMPARE(chat().progress().phase, ReplyProgress::Phase::NoModel);
    QSignalSpy ready(&recovery(), &DeviceRecovery::restartReady);
    recovery().restartNow();
    QTRY_COMPARE(ready.count(), 1);
    QVERIFY(chat().isBusy());
}

void DeviceRecoveryTest::fault_059_secondLossSoonAfterARestartOnlyOffersOne() {
    m_seconds = 1;
    openReady(losing(1), nowMilliseconds() - 5000);
    QSignalSpy ready(&recovery(), &DeviceRecovery::restartReady);
    QVERIFY(chat().send("go"));
    QTRY_COMPARE(recovery().state(), State::Offered);
    QCOMPARE(recovery().offer(), DeviceRecovery::Offer::Again);
    QTest::qWait(1300);
    QCOMPARE(ready.count(), 0);
    recovery().restartNow();
    QTRY_COMPARE(ready.count(), 1);
}

void DeviceRecoveryTest::fault_059_laterLossRestartsAgain() {
    openReady(losing(1), nowMilliseconds() - DeviceRecovery::kCircleMilliseconds - 1000);
    QVERIFY(chat().send("go"));
    QTRY_COMPARE(recovery().state(), State::Counting);
}

void DeviceRecoveryTest::fault_059_countdownCanBeStopped() {
    m_seconds = 1;
    openReady(losing(1));
    QSignalSpy ready(&recovery(), &DeviceRecovery::restartReady);
    QVERIFY(chat().send("go"));
    QTRY_COMPARE(recovery().state(), State::Counting);
    recovery().postpone();
    QCOMPARE(recovery().state(), State::Offered);
    QTest::qWait(1300);
    QCOMPARE(ready.count(), 0);
}

void DeviceRecoveryTest::fault_059_modelGoesOnOnTheCpu() {
    openReady(losing(1));
    QCOMPARE(model().info().device, kGpu);
    QVERIFY(chat().send("go"));
    QTRY_COMPARE(recovery().state(), State::Counting);
    recovery().continueOnCpu();
    QCOMPARE(recovery().state(), State::None);
    QTRY_COMPARE(model().state(), Model::Ready);
    QCOMPARE(model().info().deviceId, "cpu");
    QVERIFY(m_workspace->settings().values().device.isEmpty());
}

void DeviceRecoveryTest::fault_059_cpuInTheSettingsEndsTheCountdown() {
    openReady(losing(1));
    QVERIFY(chat().send("go"));
    QTRY_COMPARE(recovery().state(), State::Counting);
    Settings::Values values = m_workspace->settings().values();
    values.device = "cpu";
    m_workspace->settings().set(values);
    QTRY_COMPARE(model().state(), Model::Ready);
    QTRY_COMPARE(recovery().state(), State::None);
}

void DeviceRecoveryTest::fault_059_nothingRestartsWhileTheDiskTakesNothing() {
    m_seconds = 1;
    openReady(losing(1));
    QSignalSpy ready(&recovery(), &DeviceRecovery::restartReady);
    QVERIFY(chat().send("go"));
    QTRY_COMPARE(recovery().state(), State::Counting);
    // As if another process held the database.
    {
        QSqlDatabase other = QSqlDatabase::addDatabase("QSQLITE", "other");
        other.setDatabaseName(m_directory->filePath("chats.sqlite"));
        QVERIFY(other.open());
        QVERIFY(QSqlQuery(other).exec("BEGIN IMMEDIATE"));
    }
    chat().setDraft("not on disk yet");
    recovery().restartNow();
    QTRY_COMPARE_WITH_TIMEOUT(recovery().state(), State::Saving, 20'000);
    QCOMPARE(ready.count(), 0);
    QSqlDatabase::database("other").close();
    QSqlDatabase::removeDatabase("other");
    QTRY_COMPARE_WITH_TIMEOUT(ready.count(), 1, 20'000);
}

void DeviceRecoveryTest::fault_059_failedStartIsOffered() {
    openReady(losing(1));
    connect(&recovery(), &DeviceRecovery::restartReady, &recovery(),
            &DeviceRecovery::restartFailed);
    QVERIFY(chat().send("go"));
    QTRY_COMPARE(recovery().state(), State::Counting);
    recovery().restartNow();
    QTRY_COMPARE(recovery().state(), State::Offered);
    QCOMPARE(recovery().offer(), DeviceRecovery::Offer::StartFailed);
}

void DeviceRecoveryTest::resumePointSurvivesACommandLine() {
    const ResumePoint point{4711, nowMilliseconds(), makeRecordId(), makeRecordId(), 3, -16};
    QCOMPARE(ResumePoint::fromText(point.toText()), point);
    QVERIFY(!ResumePoint::fromText({}));
    QVERIFY(!ResumePoint::fromText("1,2,3"));
    QVERIFY(!ResumePoint::fromText("1,2,3,4,5,six"));
}

void DeviceRecoveryTest::deviceOfTheSettingsIsUsed() {
    LoadScript script;
    script.gpu = kGpu;
    openReady(script);
    QCOMPARE(m_host.load()->lastOptions().device, DeviceChoice::Auto);
    QCOMPARE(model().info().device, kGpu);
    Settings::Values values = m_workspace->settings().values();
    values.device = "cpu";
    m_workspace->settings().set(values);
    QTRY_COMPARE(model().info().deviceId, "cpu");
    values.device = "cuda:1";
    m_workspace->settings().set(values);
    QTRY_COMPARE(model().state(), Model::Ready);
    QCOMPARE(m_host.load()->lastOptions().device, DeviceChoice::Cuda);
    QCOMPARE(m_host.load()->lastOptions().deviceIndex, 1);
    m_workspace.reset();
    open(script);
    QTRY_COMPARE(model().state(), Model::Ready);
    QCOMPARE(m_host.load()->lastOptions().deviceIndex, 1);
}

void DeviceRecoveryTest::devicesAreTold() {
    LoadScript script;
    script.gpu = kGpu;
    open(script);
    QSignalSpy changed(&model(), &ModelSession::devicesChanged);
    QTRY_COMPARE(model().state(), Model::Ready);
    QVERIFY(changed.count() > 0);
    QCOMPARE(model().devices().devices.size(), 2U);
    QCOMPARE(model().devices().devices.back().name, kGpu);
    QVERIFY(!model().devices().gpuProblem);
    changed.clear();
    model().findDevices();
    QTRY_COMPARE(changed.count(), 1);
}

QTEST_GUILESS_MAIN(DeviceRecoveryTest)
#include "device_recovery_test.moc"
