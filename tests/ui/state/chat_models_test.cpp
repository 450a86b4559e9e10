#include "state/chat_list_model.h"
#include "state/model_catalogue.h"
#include "state/settings.h"

#include "ui/support/chat_fixtures.h"

#include <QAbstractItemModelTester>
#include <QDateTime>
#include <QFile>
#include <QRandomGenerator>
#include <QSignalSpy>
#include <QTemporaryDir>
#include <QTest>

using namespace hearth;
using namespace hearth::ui;
using namespace hearth::ui::test;

namespace {

qint64 daysAgo(int days) {
    return QDateTime::currentDateTime().addDays(-days).toMSecsSinceEpoch();
}

QStringList titles(const ChatListModel& model) {
    QStringList titles;
    for (int row = 0; row < model.rowCount(); ++row)
        titles.append(model.index(row).data().toString());
    return titles;
}

} // namespace

class ChatModelsTest : public QObject {
    Q_OBJECT

private slots:
    void chatsAreGroupedByAge();
    void usedChatMovesToTheTop();
    void randomChangesKeepTheModelSound();
    void filterShowsSomeChats();
    void titlesComeFromPrompts_data();
    void titlesComeFromPrompts();
    void idsGrow();
    void catalogueListsTheLibrary();
    void catalogueTellsOfFailures();
    void settingsSurviveARestart();
    void damagedSettingsCountAsEmpty();
};

void ChatModelsTest::chatsAreGroupedByAge() {
    ChatListModel model;
    QAbstractItemModelTester tester(&model, QAbstractItemModelTester::FailureReportingMode::QtTest);
    model.setChats({makeChat("old", daysAgo(40)), makeChat("a", daysAgo(0)),
                    makeChat("week", daysAgo(4)), makeChat("yesterday", daysAgo(1)),
                    makeChat("b", daysAgo(0) - 1)});
    QCOMPARE(titles(model), QStringList({"a", "b", "yesterday", "week", "old"}));
    QList<bool> heads;
    for (int row = 0; row < model.rowCount(); ++row)
        heads.append(model.index(row).data(ChatListModel::FirstOfSectionRole).toBool());
    QCOMPARE(heads, QList<bool>({true, false, true, true, true}));
}

void ChatModelsTest::usedChatMovesToTheTop() {
    ChatListModel model;
    QAbstractItemModelTester tester(&model, QAbstractItemModelTester::FailureReportingMode::QtTest);
    ChatRecord old = makeChat("old", daysAgo(3));
    model.setChats({makeChat("a", daysAgo(0)), makeChat("b", daysAgo(1)), old});
    QSignalSpy moved(&model, &QAbstractItemModel::rowsMoved);
    QSignalSpy reset(&model, &QAbstractItemModel::modelReset);
    QPersistentModelIndex index = model.index(2);
    old.updatedMs = nowMilliseconds() + 1;
    model.put(old);
    QCOMPARE(titles(model), QStringList({"old", "a", "b"}));
    QCOMPARE(moved.count(), 1);
    QCOMPARE(reset.count(), 0);
    QCOMPARE(index.row(), 0);
}

void ChatModelsTest::randomChangesKeepTheModelSound() {
    ChatListModel model;
    QAbstractItemModelTester tester(&model, QAbstractItemModelTester::FailureReportingMode::QtTest);
    QRandomGenerator random(7);
    QList<ChatRecord> known;
    for (int step = 0; step < 600; ++step) {
        const int kind = random.bounded(10);
        if (known.isEmpty() || kind < 3) {
            known.append(makeChat(QString::number(step), daysAgo(random.bounded(12))));
            model.put(known.last());
        } else if (kind < 7) {
            ChatRecord& chat = known[random.bounded(known.size())];
            chat.updatedMs = daysAgo(random.bounded(12)) + random.bounded(1000);
            model.put(chat);
        } else if (kind < 8) {
            model.setBusy(known[random.bounded(known.size())].id, random.bounded(2) == 0);
        } else {
            model.remove(known.takeAt(random.bounded(known.size())).id);
        }
        QCOMPARE(model.rowCount(), known.size());
    }
    std::sort(known.begin(), known.end(), [](const ChatRecord& a, const ChatRecord& b) {
        return std::pair(a.updatedMs, a.id) > std::pair(b.updatedMs, b.id);
    });
    for (int row = 0; row < known.size(); ++row)
        QCOMPARE(model.idAt(row), known[row].id);
}

void ChatModelsTest::filterShowsSomeChats() {
    ChatListModel model;
    QAbstractItemModelTester tester(&model, QAbstractItemModelTester::FailureReportingMode::QtTest);
    const ChatRecord a = makeChat("a");
    const ChatRecord b = makeChat("b");
    model.setChats({a, b});
    model.setHits(QList<SearchHit>{{b.id, 0, {}}});
    QCOMPARE(titles(model), QStringList({"b"}));
    model.put(makeChat("c"));
    QCOMPARE(titles(model), QStringList({"b"}));
    model.remove(a.id);
    model.setHits(std::nullopt);
    QCOMPARE(titles(model), QStringList({"c", "b"}));
}

void ChatModelsTest::titlesComeFromPrompts_data() {
    QTest::addColumn<QString>("prompt");
    QTest::addColumn<QString>("title");
    QTest::newRow("short") << "Hello"
                           << "Hello";
    QTest::newRow("first line") << "\n  Fix this:\nint x"
                                << "Fix this:";
    QTest::newRow("cut at a word")
        << "What is the difference between a prefix cache and a paged cache"
        << QStringLiteral("What is the difference between a prefix cache…");
    QTest::newRow("no blanks") << QString(60, QChar(0x4e2d)) << QString(48, QChar(0x4e2d)) + "…";
    QTest::newRow("bidi overrides") << QString("a%1b").arg(QChar(0x202e)) << "a b";
    QTest::newRow("blank") << "  \n "
                           << "";
}

void ChatModelsTest::titlesComeFromPrompts() {
    QFETCH(QString, prompt);
    QFETCH(QString, title);
    QCOMPARE(titleFromPrompt(prompt), title);
}

void ChatModelsTest::idsGrow() {
    RecordId last = 0;
    for (int i = 0; i < 10'000; ++i) {
        const RecordId id = makeRecordId();
        QVERIFY(id > last);
        last = id;
    }
}

void ChatModelsTest::catalogueListsTheLibrary() {
    ModelCatalogue catalogue(memoryLibrary());
    QAbstractItemModelTester tester(&catalogue,
                                    QAbstractItemModelTester::FailureReportingMode::QtTest);
    QSignalSpy scanned(&catalogue, &ModelCatalogue::scanned);
    QSignalSpy added(&catalogue, &ModelCatalogue::added);
    catalogue.scan();
    QVERIFY(scanned.wait());
    QCOMPARE(catalogue.rowCount(), 2);
    QCOMPARE(catalogue.rowOf("qwen-8b"), 1);
    QVERIFY(catalogue.index(0).data(ModelCatalogue::StarterRole).toBool());
    catalogue.add("/home/someone/new.gguf");
    QVERIFY(added.wait());
    QCOMPARE(catalogue.rowCount(), 3);
    catalogue.remove("new.gguf");
    QTRY_COMPARE(catalogue.rowCount(), 2);
}

void ChatModelsTest::catalogueTellsOfFailures() {
    ModelCatalogue catalogue(memoryLibrary());
    QSignalSpy failed(&catalogue, &ModelCatalogue::failed);
    QSignalSpy notResolved(&catalogue, &ModelCatalogue::notResolved);
    catalogue.add("/missing.gguf");
    QVERIFY(failed.wait());
    catalogue.resolve("nothing");
    QVERIFY(notResolved.wait());
    QCOMPARE(notResolved.at(0).at(1).value<Error>().code, ErrorCode::NotFound);

    ModelCatalogue broken(
        []() -> Result<std::unique_ptr<LibrarySource>> { return fail(ErrorCode::Io, "disk"); });
    QSignalSpy brokenFailed(&broken, &ModelCatalogue::failed);
    broken.scan();
    QVERIFY(brokenFailed.wait());
}

void ChatModelsTest::settingsSurviveARestart() {
    QTemporaryDir directory;
    const QString data = directory.filePath("not/yet/there");
    Settings::Values values;
    {
        Settings settings(data);
        values = settings.values();
        values.theme = ThemeChoice::Dark;
        values.language = "zh_CN";
        values.textScale = 1.25;
        values.threads = 3;
        values.lastModel = "qwen-8b";
        values.sidebarShown = false;
        values.geometry = QByteArray("\x01\x00\xff", 3);
        QSignalSpy changed(&settings, &Settings::changed);
        settings.set(values);
        settings.set(values);
        QCOMPARE(changed.count(), 1);
    }
    const Settings settings(data);
    QVERIFY(settings.values() == values);
}

void ChatModelsTest::damagedSettingsCountAsEmpty() {
    QTemporaryDir directory;
    QFile file(directory.filePath("settings.json"));
    QVERIFY(file.open(QIODevice::WriteOnly));
    file.write("{\"text_scale\": 1e300, \"threads\": -5, \"theme\": 7");
    file.close();
    const Settings settings(directory.path());
    QVERIFY(settings.values() == Settings::Values());
}

QTEST_GUILESS_MAIN(ChatModelsTest)
#include "chat_models_test.moc"
