#include "state/chat_list_model.h"
#include "state/model_catalogue.h"
#include "state/settings.h"

#include "ui/support/chat_fixtures.h"

#include <QAbstractItemModelTester>
#include <QDateTime>
#include <QFile>
#include <QJsonDocument>
#include <QRandomGenerator>
#include <QSignalSpy>
#include <QTemporaryDir>
#include <QTest>

#include <tuple>

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
    void pinnedChatsStandAbove();
    void scopesShowTheirChats();
    void hitsShowTheirWords();
    void fewRowsAreToldOfAChange();
    void chatSettingsComeBack();
    void settingsOutOfRangeKeepDefaults();
    void presetsAreSensible();
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
    const qint64 now = daysAgo(0);
    model.setChats({makeChat("old", daysAgo(40)), makeChat("a", now),
                    makeChat("week", daysAgo(4)), makeChat("yesterday", daysAgo(1)),
                    makeChat("b", now - 1)});
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
    model.setScope({ChatScope::Kind::All, {}});
    for (int step = 0; step < 600; ++step) {
        const int kind = random.bounded(10);
        if (known.isEmpty() || kind < 3) {
            known.append(makeChat(QString::number(step), daysAgo(random.bounded(12))));
            model.put(known.last());
        } else if (kind < 7) {
            ChatRecord& chat = known[random.bounded(known.size())];
            chat.updatedMs = daysAgo(random.bounded(12)) + random.bounded(1000);
            chat.pinned = random.bounded(6) == 0;
            chat.archived = random.bounded(6) == 0;
            model.put(chat);
        } else if (kind < 8) {
            model.setBusy(known[random.bounded(known.size())].id, random.bounded(2) == 0);
        } else {
            model.remove(known.takeAt(random.bounded(known.size())).id);
        }
        QCOMPARE(model.rowCount(), std::count_if(known.begin(), known.end(),
                                                 [](const auto& chat) { return !chat.archived; }));
    }
    known.removeIf([](const ChatRecord& chat) { return chat.archived; });
    std::sort(known.begin(), known.end(), [](const ChatRecord& a, const ChatRecord& b) {
        return std::tuple(a.pinned, a.updatedMs, a.id) > std::tuple(b.pinned, b.updatedMs, b.id);
    });
    for (int row = 0; row < known.size(); ++row) {
        QCOMPARE(model.idAt(row), known[row].id);
        QCOMPARE(model.rowOf(known[row].id), row);
    }
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

void ChatModelsTest::pinnedChatsStandAbove() {
    ChatListModel model;
    QAbstractItemModelTester tester(&model, QAbstractItemModelTester::FailureReportingMode::QtTest);
    ChatRecord old = makeChat("old", daysAgo(30));
    model.setChats({makeChat("a", daysAgo(0)), old, makeChat("b", daysAgo(1))});
    old.pinned = true;
    model.put(old);
    QCOMPARE(titles(model), QStringList({"old", "a", "b"}));
    QCOMPARE(model.index(0).data(ChatListModel::SectionRole).toInt(),
             static_cast<int>(ChatSection::Pinned));
    QVERIFY(model.index(0).data(ChatListModel::PinnedRole).toBool());
    QVERIFY(model.index(1).data(ChatListModel::FirstOfSectionRole).toBool());
    old.pinned = false;
    model.put(old);
    QCOMPARE(titles(model), QStringList({"a", "b", "old"}));
    QCOMPARE(model.index(2).data(ChatListModel::SectionRole).toInt(),
             static_cast<int>(ChatSection::Earlier));
}

void ChatModelsTest::scopesShowTheirChats() {
    ChatListModel model;
    QAbstractItemModelTester tester(&model, QAbstractItemModelTester::FailureReportingMode::QtTest);
    ChatRecord filed = makeChat("filed", 3);
    filed.folder = "Work";
    ChatRecord archived = makeChat("archived", 2);
    archived.archived = true;
    model.setChats({filed, archived, makeChat("loose", 1)});
    QCOMPARE(titles(model), QStringList({"filed", "loose"}));
    model.setScope({ChatScope::Kind::Folder, "Work"});
    QCOMPARE(titles(model), QStringList({"filed"}));
    model.setScope({ChatScope::Kind::Archived, {}});
    QCOMPARE(titles(model), QStringList({"archived"}));
    QVERIFY(model.index(0).data(ChatListModel::ArchivedRole).toBool());
    archived.archived = false;
    model.put(archived);
    QCOMPARE(model.rowCount(), 0);
    QVERIFY(!model.isEmpty());
}

void ChatModelsTest::hitsShowTheirWords() {
    ChatListModel model;
    QAbstractItemModelTester tester(&model, QAbstractItemModelTester::FailureReportingMode::QtTest);
    ChatRecord archived = makeChat("archived");
    archived.archived = true;
    model.setChats({makeChat("other"), archived});
    model.setHits(QList<SearchHit>{{archived.id, 77, "around the words"}, {12345, 1, "gone"}});
    QCOMPARE(titles(model), QStringList({"archived"}));
    QCOMPARE(model.index(0).data(ChatListModel::SnippetRole).toString(), "around the words");
    QCOMPARE(model.index(0).data(ChatListModel::HitRole).toLongLong(), 77);
    model.setHits(std::nullopt);
    QCOMPARE(titles(model), QStringList({"other"}));
    QCOMPARE(model.index(0).data(ChatListModel::SnippetRole).toString(), QString());
}

void ChatModelsTest::fewRowsAreToldOfAChange() {
    ChatListModel model;
    QList<ChatRecord> chats;
    for (int i = 0; i < 10'000; ++i)
        chats.append(makeChat(QString::number(i), daysAgo(i / 100)));
    model.setChats(chats);
    int rows = 0;
    connect(&model, &QAbstractItemModel::dataChanged, this,
            [&](const QModelIndex& first, const QModelIndex& last) {
                rows += last.row() - first.row() + 1;
            });
    ChatRecord moved = chats[9000];
    moved.updatedMs = nowMilliseconds() + 1;
    model.put(moved);
    model.setBusy(moved.id, true);
    model.setCurrent(chats[500].id);
    model.setCurrent(moved.id);
    model.remove(chats[4000].id);
    QVERIFY2(rows <= 10, qPrintable(QString::number(rows)));
}

void ChatModelsTest::chatSettingsComeBack() {
    ChatSettings settings;
    settings.model = "starter";
    settings.preset = "Precise";
    settings.systemPrompt = "Be brief.";
    settings.temperature = 0.0;
    settings.topP = 1.0;
    settings.topK = 0;
    settings.minP = 0.1;
    settings.repetitionPenalty = 1.0;
    settings.presencePenalty = -1.5;
    settings.frequencyPenalty = 2.0;
    settings.seed = 9'007'199'254'740'993; // Not a double.
    settings.maxTokens = 77;
    settings.whenFull = WhenFull::Forget;
    settings.probabilities = true;
    const QByteArray written = QJsonDocument(settings.toJson()).toJson();
    QVERIFY(ChatSettings::fromJson(QJsonDocument::fromJson(written).object()) == settings);
    const SamplingOptions sampling = settings.sampling();
    QCOMPARE(sampling.presencePenalty, -1.5F);
    QCOMPARE(*sampling.seed, 9'007'199'254'740'993U);
    QCOMPARE(sampling.logprobs, 5);
    QCOMPARE(ChatSettings().sampling().logprobs, -1);
}

void ChatModelsTest::settingsOutOfRangeKeepDefaults() {
    const QJsonObject json{{"temperature", -1},      {"top_p", 0},      {"top_k", "many"},
                           {"presence_penalty", 3},  {"when_full", 9},  {"seed", -4},
                           {"probabilities", "yes"}, {"max_tokens", -1}};
    QVERIFY(ChatSettings::fromJson(json) == ChatSettings());
}

void ChatModelsTest::presetsAreSensible() {
    QSet<QString> names;
    for (const Preset& preset : builtInPresets()) {
        names.insert(preset.name);
        QCOMPARE(preset.settings.preset, preset.name);
        QVERIFY(ChatSettings::fromJson(preset.settings.toJson()) == preset.settings);
    }
    QCOMPARE(names, QSet<QString>({"Balanced", "Precise", "Creative", "Code"}));
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
        values.motion = MotionChoice::Reduced;
        values.contextTokens = 4096;
        values.kvType = "int8";
        values.hubEndpoint = "https://mirror.example";
        values.proxy = "http://127.0.0.1:3128";
        values.inspectorShown = true;
        values.closeToTray = true;
        values.notifications = false;
        values.automaticTitles = false;
        values.welcomed = true;
        values.presets = {{"Mine", ChatSettings()}, builtInPresets().last()};
        values.shortcuts = {{"new_chat", "Ctrl+Shift+N"}};
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
    for (const int threads : {1, 2}) {
        Settings settings(directory.path());
        Settings::Values values = settings.values();
        QCOMPARE(values.threads, threads - 1);
        values.threads = 0;
        QVERIFY(values == Settings::Values());
        values.threads = threads;
        settings.set(values);
    }
    QFile aside(directory.filePath("settings.json.damaged"));
    QVERIFY(aside.open(QIODevice::ReadOnly));
    QVERIFY(aside.readAll().startsWith("{\"text_scale\": 1e300"));
}

QTEST_GUILESS_MAIN(ChatModelsTest)
#include "chat_models_test.moc"
