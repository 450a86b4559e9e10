#include "script.h"

#include "ui/desktop/program.h"

#include <QImage>
#include <QJsonArray>
#include <QTest>

using namespace hearth::desktop;
using namespace hearth::desktop::test;

/// Scripts: how they are read, and the program that follows one.
class ScriptTest : public QObject {
    Q_OBJECT

private slots:
    void init() { m_folder = std::make_unique<QTemporaryDir>(); }

    void stepsAreRead();
    void problemsAreNamed_data();
    void problemsAreNamed();
    void programFollowsAScript();
    void stepThatCannotBeTakenEndsWithOne();
    void startIsMeasured();

private:
    [[nodiscard]] QString write(const QByteArray& script) const {
        QFile file(m_folder->filePath(QStringLiteral("script.json")));
        file.open(QIODevice::WriteOnly);
        file.write(script);
        return file.fileName();
    }

    std::unique_ptr<QTemporaryDir> m_folder;
};

void ScriptTest::stepsAreRead() {
    const Script script =
        Script::fromJson(R"([{"send": "hi"}, {"wait": 300}, {"wait": "reply"}, {"size": [1, 2]}])");
    QCOMPARE(script.problem, QString());
    QCOMPARE(script.steps.size(), 4);
    QCOMPARE(script.steps.at(0).verb, QStringLiteral("send"));
    QCOMPARE(script.steps.at(1).argument.toInt(), 300);
}

void ScriptTest::problemsAreNamed_data() {
    QTest::addColumn<QByteArray>("script");
    QTest::addColumn<QString>("part");
    QTest::newRow("empty") << QByteArray() << QStringLiteral("no JSON");
    QTest::newRow("no list") << QByteArray("{}") << QStringLiteral("no list");
    QTest::newRow("two verbs") << QByteArray(R"([{"send": "a", "type": "b"}])")
                               << QStringLiteral("step 1");
    QTest::newRow("unknown") << QByteArray(R"([{"wait": 1}, {"dance": "b"}])")
                             << QStringLiteral("step 2 (\"dance\")");
    QTest::newRow("wrong type") << QByteArray(R"([{"send": 3}])") << QStringLiteral("step 1");
}

void ScriptTest::problemsAreNamed() {
    QFETCH(QByteArray, script);
    QFETCH(QString, part);
    const Script read = Script::fromJson(script);
    QVERIFY2(read.problem.contains(part), qPrintable(read.problem));
}

void ScriptTest::programFollowsAScript() {
    const QString report = m_folder->filePath(QStringLiteral("report.json"));
    const QString script = write(R"([
        {"size": [900, 640]}, {"theme": "dark"}, {"language": "en"}, {"wait": "model"},
        {"keys": "Ctrl+N"}, {"type": "Tell me"}, {"keys": "Return"}, {"wait": "text"},
        {"keys": "Escape"}, {"wait": "reply"}, {"wait": "settled"}, {"screenshot": "chat"},
        {"action": "help"}, {"wait": 300}, {"screenshot": "help"}, {"click": "Close"},
        {"section": "engine"}, {"wait": 300}, {"screenshot": "engine"}, {"page": "chat"}])");
    Program program(*m_folder);
    program.start({QStringLiteral("--state"), QStringLiteral("empty"), QStringLiteral("--script"),
                   script, QStringLiteral("--screenshots"), m_folder->filePath("pictures"),
                   QStringLiteral("--report"), report});
    QTRY_COMPARE_WITH_TIMEOUT(program.process.state(), QProcess::NotRunning, 60'000);
    QCOMPARE(program.process.exitCode(), 0);
    QImage before;
    for (const char* name : {"chat", "help", "engine"}) {
        const QImage picture(
            m_folder->filePath(QStringLiteral("pictures/%1.png").arg(QLatin1String(name))));
        QCOMPARE(picture.size(), QSize(900, 640));
        QVERIFY(picture != before);
        before = picture;
    }
    const QJsonObject shown = Program::report(report);
    QCOMPARE(shown["page"].toString(), QStringLiteral("chat"));
    QVERIFY(shown["is_dark"].toBool());
    QCOMPARE(shown["messages"].toArray().at(0)["text"].toString(), QStringLiteral("Tell me"));
}

void ScriptTest::stepThatCannotBeTakenEndsWithOne() {
    Program program(*m_folder);
    program.process.setProcessChannelMode(QProcess::MergedChannels);
    program.start({QStringLiteral("--state"), QStringLiteral("empty"), QStringLiteral("--script"),
                   write(R"([{"wait": "model"}, {"click": "No such button"}])")});
    QTRY_COMPARE_WITH_TIMEOUT(program.process.state(), QProcess::NotRunning, 60'000);
    QCOMPARE(program.process.exitCode(), 1);
    QVERIFY(program.process.readAll().contains("step 2"));
}

void ScriptTest::startIsMeasured() {
    const QString report = m_folder->filePath(QStringLiteral("report.json"));
    Program program(*m_folder);
    program.start({QStringLiteral("--state"), QStringLiteral("empty"), QStringLiteral("--size"),
                   QStringLiteral("1440x900"), QStringLiteral("--scale"), QStringLiteral("2"),
                   QStringLiteral("--report"), report});
    QTRY_COMPARE_WITH_TIMEOUT(program.process.state(), QProcess::NotRunning, 60'000);
    QCOMPARE(program.process.exitCode(), 0);
    const QJsonObject shown = Program::report(report);
    const int firstPaint = shown["first_paint_ms"].toInt();
    const int usable = shown["usable_ms"].toInt();
    qInfo("first paint after %d ms, usable after %d ms", firstPaint, usable);
    QVERIFY(firstPaint > 0);
    QVERIFY(usable >= firstPaint);
    // The goal is a second on a machine that does nothing else.
    QVERIFY(usable < 6000);
}

QTEST_GUILESS_MAIN(ScriptTest)
#include "script_test.moc"
