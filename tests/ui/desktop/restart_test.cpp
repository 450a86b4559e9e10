#include "restart.h"

#include "view/theme/theme.h"

#include <QElapsedTimer>
#include <QFile>
#include <QJsonArray>
#include <QJsonDocument>
#include <QJsonObject>
#include <QProcess>
#include <QTemporaryDir>
#include <QTest>

using namespace hearth;
using namespace hearth::desktop;

/// The program that restarts itself: its command line, and the two processes themselves.
class RestartTest : public QObject {
    Q_OBJECT

private slots:
    void initTestCase() { ui::Theme::install(*qApp); }

    void fault_059_commandLineLeadsBack();
    void fault_059_personsChoicesOutlastTheCommandLine();
    void fault_059_nextProcessWaitsForTheEndOfTheOther();
    void fault_059_processRestartsWithChatAndModel();
};

namespace {

ui::RestartPlan samplePlan() {
    ui::RestartPlan plan;
    plan.point = {4711, 1'700'000'000'000, 12, 34, 2, -16};
    plan.model = QStringLiteral("/models/qwen 8b.gguf");
    plan.page = ui::Page::Settings;
    plan.overrides.language = QStringLiteral("zh_CN");
    plan.overrides.theme = ui::ThemeChoice::Dark;
    return plan;
}

Options parsed(const QStringList& arguments) {
    std::vector<QByteArray> texts{QByteArrayLiteral("hearth-desktop")};
    for (const QString& argument : arguments)
        texts.push_back(argument.toUtf8());
    std::vector<char*> pointers;
    for (QByteArray& text : texts)
        pointers.push_back(text.data());
    Options options;
    if (parseOptions(static_cast<int>(pointers.size()), pointers.data(), options))
        QTest::qFail("the command line was refused", __FILE__, __LINE__);
    return options;
}

} // namespace

void RestartTest::fault_059_commandLineLeadsBack() {
    Options before;
    before.model = QStringLiteral("starter");
    before.dataDirectory = QStringLiteral("/data/hearth");
    before.scale = 1.5;
    before.size = QSize(800, 600);
    const Options after = parsed(restartArguments(before, samplePlan()));
    QCOMPARE(after.model, "/models/qwen 8b.gguf");
    QCOMPARE(after.dataDirectory, before.dataDirectory);
    QCOMPARE(after.scale, 1.5);
    QCOMPARE(after.page, "settings");
    QCOMPARE(after.theme, "dark");
    QCOMPARE(after.language, "zh_CN");
    QVERIFY(after.size.isEmpty());
    QVERIFY(after.resume.has_value());
    QCOMPARE(*after.resume, samplePlan().point);
    QVERIFY(!after.state);
}

void RestartTest::fault_059_personsChoicesOutlastTheCommandLine() {
    Options before;
    before.dataDirectory = QStringLiteral("/data/hearth");
    before.theme = QStringLiteral("light");
    before.language = QStringLiteral("en");
    ui::RestartPlan plan = samplePlan();
    plan.overrides = {};
    const Options after = parsed(restartArguments(before, plan));
    QVERIFY(after.theme.isEmpty());
    QVERIFY(after.language.isEmpty());
}

void RestartTest::fault_059_nextProcessWaitsForTheEndOfTheOther() {
    QProcess other;
    other.start(QStringLiteral("sleep"), {QStringLiteral("0.6")});
    QVERIFY(other.waitForStarted());
    QElapsedTimer waited;
    waited.start();
    // It ends without being waited for, as a child of a launcher that never looks.
    waitForEnd(other.processId());
    QVERIFY(waited.elapsed() > 300);
    QVERIFY(waited.elapsed() < 10'000);
    other.waitForFinished();
    waited.restart();
    waitForEnd(other.processId());
    waitForEnd(0);
    QVERIFY(waited.elapsed() < 1000);
}

void RestartTest::fault_059_processRestartsWithChatAndModel() {
    QTemporaryDir directory;
    const QString report = directory.filePath(QStringLiteral("report.json"));
    QProcess first;
    QProcessEnvironment environment = QProcessEnvironment::systemEnvironment();
    environment.insert(QStringLiteral("QT_QPA_PLATFORM"), QStringLiteral("offscreen"));
    environment.insert(QStringLiteral("TMPDIR"), directory.path());
    environment.insert(QStringLiteral("XDG_DATA_HOME"), directory.path());
    first.setProcessEnvironment(environment);
    first.setProcessChannelMode(QProcess::ForwardedChannels);
    first.start(QStringLiteral(HEARTH_DESKTOP_PROGRAM),
                {QStringLiteral("--state"), QStringLiteral("lost"), QStringLiteral("--theme"),
                 QStringLiteral("dark"), QStringLiteral("--size"), QStringLiteral("780x640"),
                 QStringLiteral("--report"), report});
    QVERIFY(first.waitForStarted());
    const qint64 firstProcess = first.processId();
    QTRY_COMPARE_WITH_TIMEOUT(first.state(), QProcess::NotRunning, 60'000);
    QCOMPARE(first.exitCode(), 0);
    QTRY_VERIFY_WITH_TIMEOUT(QFile::exists(report), 60'000);

    QFile file(report);
    QVERIFY(file.open(QIODevice::ReadOnly));
    const QJsonObject shown = QJsonDocument::fromJson(file.readAll()).object();
    QVERIFY(shown["process"].toInteger() != firstProcess);
    QCOMPARE(shown["title"].toString(), QStringLiteral("Why 0.1 + 0.2 isn't 0.3"));
    QCOMPARE(shown["model"].toString(), "starter");
    QVERIFY(shown["model_is_ready"].toBool());
    QCOMPARE(shown["page"].toString(), "chat");
    QVERIFY(shown["is_dark"].toBool());
    QCOMPARE(shown["width"].toInt(), 780);
    QCOMPARE(shown["height"].toInt(), 640);
    const QJsonArray messages = shown["messages"].toArray();
    QCOMPARE(messages.size(), 4);
    QVERIFY(messages.last()["text"].toString().startsWith(QStringLiteral("The same doubles")));
    QCOMPARE(messages.last()["state"].toInt(), static_cast<int>(ui::ReplyState::Failed));
    // The scripted chats go with the process that took them over.
    QTRY_COMPARE_WITH_TIMEOUT(
        QDir(directory.path()).entryList({QStringLiteral("hearth*")}, QDir::Dirs).size(), 0,
        20'000);
}

QTEST_MAIN(RestartTest)
#include "restart_test.moc"
