#include "single_instance.h"

#include "ui/desktop/program.h"

#include <QFile>
#include <QLocalSocket>
#include <QSignalSpy>
#include <QTest>

#include <csignal>
#include <future>
#include <sys/stat.h>

using namespace hearth::desktop;
using namespace hearth::desktop::test;

/// One window a data folder.
class SingleInstanceTest : public QObject {
    Q_OBJECT

private slots:
    void init();
    void cleanup() { m_folder.reset(); }

    void secondHandsItsRequestToTheFirst();
    void folderIsFreeAfterTheFirst();
    void otherFoldersHaveTheirOwn();
    void deadSocketIsNoHindrance();
    void socketIsForThisUserAlone();
    void strangeRequestsAreDropped();
    void folderThatOthersCanWriteIsNotTrusted();
    void fault_071_secondStartRaisesTheFirst();
    void fault_071_killedProgramLeavesNothingInTheWay();

private:
    [[nodiscard]] QString data(const char* name = "data") const {
        return m_folder->filePath(QLatin1String(name));
    }

    std::unique_ptr<QTemporaryDir> m_folder;
};

void SingleInstanceTest::init() {
    m_folder = std::make_unique<QTemporaryDir>();
    qputenv("XDG_RUNTIME_DIR", m_folder->path().toUtf8());
}

void SingleInstanceTest::secondHandsItsRequestToTheFirst() {
    SingleInstance first(data());
    QCOMPARE(first.role(), SingleInstance::Role::First);
    const SingleInstance second(data());
    QCOMPARE(second.role(), SingleInstance::Role::Second);
    std::optional<InstanceRequest> got;
    connect(&first, &SingleInstance::requested, this,
            [&](const InstanceRequest& request) { got = request; });
    const InstanceRequest request{QStringLiteral("/models/wärme 模型.gguf"),
                                  QStringLiteral("models"), true, QByteArray("token-1")};
    auto taken = std::async(std::launch::async, [&] { return second.handOver(request); });
    QTRY_VERIFY(got.has_value());
    QCOMPARE(*got, request);
    QVERIFY(taken.get());
}

void SingleInstanceTest::folderIsFreeAfterTheFirst() {
    {
        const SingleInstance first(data());
        QCOMPARE(first.role(), SingleInstance::Role::First);
    }
    const SingleInstance next(data());
    QCOMPARE(next.role(), SingleInstance::Role::First);
}

void SingleInstanceTest::otherFoldersHaveTheirOwn() {
    const SingleInstance one(data("one"));
    const SingleInstance other(data("other"));
    QCOMPARE(other.role(), SingleInstance::Role::First);
    QVERIFY(SingleInstance::socketPath(data("one")) != SingleInstance::socketPath(data("other")));
    // By another name it is the same.
    QFile::link(data("one"), data("link"));
    const SingleInstance again(data("link"));
    QCOMPARE(again.role(), SingleInstance::Role::Second);
}

void SingleInstanceTest::deadSocketIsNoHindrance() {
    QVERIFY(QDir().mkpath(data()));
    QFile dead(SingleInstance::socketPath(data()));
    QVERIFY(dead.open(QIODevice::WriteOnly));
    dead.write("dead");
    dead.close();
    secondHandsItsRequestToTheFirst();
}

void SingleInstanceTest::socketIsForThisUserAlone() {
    const SingleInstance first(data());
    struct stat about {};
    const QByteArray path = QFile::encodeName(SingleInstance::socketPath(data()));
    QCOMPARE(stat(path.constData(), &about), 0);
    QVERIFY(S_ISSOCK(about.st_mode));
    QCOMPARE(about.st_mode & (S_IRWXG | S_IRWXO), mode_t{0});
}

void SingleInstanceTest::strangeRequestsAreDropped() {
    SingleInstance first(data());
    int requests = 0;
    InstanceRequest got;
    connect(&first, &SingleInstance::requested, this, [&](const InstanceRequest& request) {
        ++requests;
        got = request;
    });
    QLocalSocket endless;
    endless.connectToServer(SingleInstance::socketPath(data()));
    endless.write(QByteArray(300'000, 'x'));
    QTRY_COMPARE(endless.state(), QLocalSocket::UnconnectedState);
    QCOMPARE(requests, 0);
    QLocalSocket strange;
    strange.connectToServer(SingleInstance::socketPath(data()));
    strange.write("{\"model\": 7, \"page\": [], \"new_chat\": \"yes\"}\n");
    QTRY_COMPARE(requests, 1);
    QCOMPARE(got, InstanceRequest());
}

void SingleInstanceTest::folderThatOthersCanWriteIsNotTrusted() {
    QVERIFY(chmod(QFile::encodeName(m_folder->path()).constData(), 0777) == 0);
    const SingleInstance first(data());
    QCOMPARE(first.role(), SingleInstance::Role::First);
    QVERIFY(SingleInstance::socketPath(data()).isEmpty());
    const SingleInstance second(data());
    QVERIFY(!second.handOver({}));
}

void SingleInstanceTest::fault_071_secondStartRaisesTheFirst() {
    Program first(*m_folder);
    first.start({});
    const QString socket = QStringLiteral("/hearth-");
    QTRY_VERIFY_WITH_TIMEOUT(
        !QDir(m_folder->path()).entryList({QStringLiteral("hearth-*")}, QDir::System).isEmpty(),
        20'000);
    Program second(*m_folder);
    second.start(
        {QStringLiteral("--page"), QStringLiteral("models"), QStringLiteral("--new-chat")});
    QTRY_COMPARE_WITH_TIMEOUT(second.process.state(), QProcess::NotRunning, 20'000);
    QCOMPARE(second.process.exitStatus(), QProcess::NormalExit);
    QCOMPARE(second.process.exitCode(), 0);
    QCOMPARE(first.process.state(), QProcess::Running);
    // Pictures are not the open window's business.
    Program picture(*m_folder);
    picture.start({QStringLiteral("--screenshot"), m_folder->filePath(QStringLiteral("a.png"))});
    QTRY_COMPARE_WITH_TIMEOUT(picture.process.state(), QProcess::NotRunning, 20'000);
    QCOMPARE(picture.process.exitCode(), 1);
    // Ends as sessions end programs.
    first.process.terminate();
    QTRY_COMPARE_WITH_TIMEOUT(first.process.state(), QProcess::NotRunning, 20'000);
    QCOMPARE(first.process.exitStatus(), QProcess::NormalExit);
    QCOMPARE(first.process.exitCode(), 0);
}

void SingleInstanceTest::fault_071_killedProgramLeavesNothingInTheWay() {
    {
        Program first(*m_folder);
        first.start({});
        QTRY_VERIFY_WITH_TIMEOUT(
            !QDir(m_folder->path()).entryList({QStringLiteral("hearth-*")}, QDir::System).isEmpty(),
            20'000);
        kill(static_cast<pid_t>(first.process.processId()), SIGKILL);
        first.process.waitForFinished();
    }
    Program next(*m_folder);
    const QString picture = m_folder->filePath(QStringLiteral("a.png"));
    next.start({QStringLiteral("--screenshot"), picture});
    QTRY_COMPARE_WITH_TIMEOUT(next.process.state(), QProcess::NotRunning, 60'000);
    QCOMPARE(next.process.exitCode(), 0);
    QVERIFY(QFile::exists(picture));
}

QTEST_GUILESS_MAIN(SingleInstanceTest)
#include "single_instance_test.moc"
