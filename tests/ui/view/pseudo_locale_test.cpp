#include "demo_state.h"
#include "state/chat_session.h"
#include "state/workspace.h"
#include "ui/support/pseudo_locale.h"
#include "view/components/gallery.h"
#include "view/pages/main_window.h"
#include "view/pages/server/connect_snippets.h"
#include "view/pages/server/request_texts.h"
#include "view/theme/theme.h"

#include <QDir>
#include <QFile>
#include <QJsonArray>
#include <QJsonDocument>
#include <QJsonObject>
#include <QLabel>
#include <QScopeGuard>
#include <QTest>

using namespace hearth;
using namespace hearth::test;
using namespace hearth::ui;
using desktop::ScriptedState;

namespace {

/// What is looked at, each at 1440×900 and at the window's least size. A new state or page is a new
/// line.
struct Scene {
    ScriptedState state;
    Page page;
};
constexpr Scene kScenes[] = {
    {ScriptedState::Empty, Page::Chat},          {ScriptedState::Busy, Page::Chat},
    {ScriptedState::Error, Page::Chat},          {ScriptedState::Demo, Page::Chat},
    {ScriptedState::Lost, Page::Chat},           {ScriptedState::LostAgain, Page::Chat},
    {ScriptedState::Fallback, Page::Chat},       {ScriptedState::Refused, Page::Chat},
    {ScriptedState::Demo, Page::Models},         {ScriptedState::Error, Page::Models},
    {ScriptedState::Demo, Page::Settings},       {ScriptedState::Welcome, Page::Chat},
    {ScriptedState::WelcomeOffline, Page::Chat}, {ScriptedState::WelcomeDownload, Page::Chat},
    {ScriptedState::WelcomeFound, Page::Chat},   {ScriptedState::WelcomeDownload, Page::Models},
    {ScriptedState::Empty, Page::Server},        {ScriptedState::Busy, Page::Server},
    {ScriptedState::Error, Page::Server},        {ScriptedState::Demo, Page::Server},
};

/// Names that are the same in every language: what ui/demo and app/desktop/demo_state.cpp tell of.
const QStringList kNames{
    QStringLiteral("Hearth"),
    QStringLiteral("English"),
    QStringLiteral("GGUF"),
    QStringLiteral("NVIDIA H100 80GB HBM3"),
    QStringLiteral("NVIDIA GeForce RTX 4080"),
    QStringLiteral("AMD EPYC 9004"),
    QStringLiteral("BF16"),
    QStringLiteral("Ollama"),
    QStringLiteral("LM Studio"),
    QStringLiteral("Hugging Face"),
    QStringLiteral("qwen2.5:7b"),
    QStringLiteral("Llama-3.2-3B-Instruct-Q4_K_M"),
    QStringLiteral("SmolLM2-1.7B-Instruct"),
    QStringLiteral("GPT4All"),
    QStringLiteral(
        "mistral-nemo-with-a-name-that-is-longer-than-any-row-of-this-page-could-show-it"),
};

/// Every text of a JSON value.
void collect(const QJsonValue& value, QStringList& texts) {
    if (value.isString())
        texts << value.toString();
    for (const QJsonValue& item : value.toArray())
        collect(item, texts);
    for (const QJsonValue& item : value.toObject())
        collect(item, texts);
}

/// Names and licences of the models that can be downloaded.
QStringList catalogueNames() {
    QStringList texts;
    const QDir folder(QStringLiteral(HEARTH_CATALOGUE));
    for (const QString& name : folder.entryList({QStringLiteral("*.json")})) {
        QFile file(folder.filePath(name));
        if (file.open(QIODevice::ReadOnly)) {
            const QJsonDocument json = QJsonDocument::fromJson(file.readAll());
            collect(json.isArray() ? QJsonValue(json.array()) : QJsonValue(json.object()), texts);
        }
    }
    return texts;
}

/// What the gallery shows as data.
const QStringList kGalleryData{QStringLiteral("SmolLM2 135M"),
                               QStringLiteral("W4 · 5.1 GB"),
                               QStringLiteral("report.md"),
                               QStringLiteral("main.cpp"),
                               QStringLiteral("notes.md"),
                               QStringLiteral("tax"),
                               QStringLiteral("cpp"),
                               QStringLiteral("if (a != b) return x >= 1;"),
                               QStringLiteral("A quiet hearth, 0123456789 — 直接与模型对话"),
                               QStringLiteral("~/models"),
                               QStringLiteral("Answer briefly."),
                               QStringLiteral("212 tok/s"),
                               QStringLiteral("4.1k tok/s"),
                               QStringLiteral("98 MB"),
                               QStringLiteral("5.1 GB"),
                               QStringLiteral("39 GB"),
                               QStringLiteral("2 GB"),
                               QStringLiteral("/srv/models/shared"),
                               QStringLiteral("A name that does not fit because it never ends"),
                               QStringLiteral("What does this report leave out?")};

QStringList dataOf(Workspace& workspace, const QString& folder) {
    QStringList data = kNames + catalogueNames();
    data << folder;
    const ChatListModel& chats = workspace.chats().list();
    for (int row = 0; row < chats.rowCount(); ++row)
        data << chats.index(row).data().toString();
    const ChatSession& chat = workspace.chats().current();
    data << chat.record().title;
    for (int i = 0; i < chat.count(); ++i)
        data << chat.message(i).text << chat.message(i).figures.value_or(ReplyFigures()).model;
    for (int row = 0; row < workspace.catalogue().rowCount(); ++row) {
        const LibraryModel& model = workspace.catalogue().at(row);
        data << QString::fromStdString(model.name) << QString::fromStdString(model.path)
             << QString::fromStdString(model.quantisation);
    }
    ServerController& server = workspace.server();
    data << server.localUrl() << QStringLiteral("OpenAI SDK, curl, Cline, Continue, Open WebUI, "
                                                "aider, Ollama");
    const ConnectFacts facts{server.localUrl(), workspace.model().name(), {}};
    for (const ConnectSnippet& snippet : connectSnippets(facts))
        data << snippet.text.split(QLatin1Char('\n'), Qt::SkipEmptyParts);
    for (int row = 0; row < server.log().rowCount(); ++row) {
        const ServedRequest& request = server.log().at(row);
        data << QString::fromStdString(request.method + " " + request.path)
             << requestClientText(request) << QString::fromStdString(request.model);
        if (request.status == 400) // The engine tells the fault of a body as a technical detail.
            data << QString::fromStdString(request.error);
    }
    return data;
}

void keepPicture(const PaintRecord& record, const QString& name) {
    const QByteArray folder = qgetenv("HEARTH_PICTURES");
    if (!folder.isEmpty())
        record.image.save(QString::fromLocal8Bit(folder) + QLatin1Char('/') + name +
                          QStringLiteral(".png"));
}

} // namespace

/// Every text longer by 40%: none may stay as it was, none may be cut off; and all that is drawn
/// stands out from its ground in both themes.
class PseudoLocaleTest : public QObject {
    Q_OBJECT

private slots:
    void initTestCase() {
        Theme::install(*qApp);
        Theme::current().setMode(ThemeMode::Light);
        Theme::current().setMotion(MotionMode::Reduced);
    }

    void textsBecomeLongerAndKeepTheirPlaces() {
        QCOMPARE(pseudo(QStringLiteral("%1 of %n")), QStringLiteral("[%1 óƒ %n]"));
        const QString sentence = QStringLiteral("Enter sends, Shift+Enter begins a line");
        QVERIFY(pseudo(sentence).size() >= sentence.size() * 13 / 10);
    }

    void plainAndCutTextsAreFound() {
        QWidget window;
        window.resize(300, 100);
        QLabel plain(QStringLiteral("Plain text"), &window);
        plain.setGeometry(0, 0, 200, 20);
        QLabel cut(pseudo(QStringLiteral("Wide text")), &window);
        cut.setGeometry(0, 40, 30, 20);
        QLabel good(pseudo(QStringLiteral("Good %1")).arg(QStringLiteral("data")), &window);
        good.setGeometry(0, 70, 200, 20);
        window.show();
        const PaintRecord record = recordPainting(window);
        QCOMPARE(plainTexts(record, {QStringLiteral("data")}).size(), 1);
        QCOMPARE(clippedTexts(record).size(), 1);
    }

    void gallery() {
        PseudoTranslator translator;
        QCoreApplication::installTranslator(&translator);
        const auto plain = qScopeGuard([&] { QCoreApplication::removeTranslator(&translator); });
        Gallery gallery;
        gallery.resize(gallery.contentSize());
        gallery.show();
        QApplication::processEvents();
        check(recordPainting(gallery), kGalleryData, QStringLiteral("gallery"));
    }

    void window_data() {
        QTest::addColumn<int>("scene");
        QTest::addColumn<bool>("isLeast");
        for (int i = 0; i < static_cast<int>(std::size(kScenes)); ++i)
            for (const bool isLeast : {false, true})
                QTest::addRow("%s-%s-%s", qPrintable(pageName(kScenes[i].page)),
                              qPrintable(desktop::stateName(kScenes[i].state)),
                              isLeast ? "least" : "1440x900")
                    << i << isLeast;
    }

    void window() {
        QFETCH(int, scene);
        QFETCH(bool, isLeast);
        const desktop::DemoState demo(kScenes[scene].state);
        Workspace workspace(demo.options());
        WindowOverrides overrides;
        overrides.language = QStringLiteral("en");
        overrides.theme = ThemeChoice::Light;
        MainWindow window(workspace, overrides);
        connect(&workspace.chats(), &ChatController::listLoaded, &window,
                [&] { demo.begin(workspace); });
        // After the window's own, so that it is asked first; and the window says everything anew.
        PseudoTranslator translator;
        QCoreApplication::installTranslator(&translator);
        const auto plain = qScopeGuard([&] { QCoreApplication::removeTranslator(&translator); });
        window.resize(isLeast ? window.minimumSize() : QSize(1440, 900));
        window.showPage(kScenes[scene].page);
        window.show();
        QTRY_VERIFY_WITH_TIMEOUT(window.isSettled() && demo.isReached(workspace), 20'000);
        QTest::qWait(150);
        check(recordPainting(window), dataOf(workspace, demo.directory()),
              QLatin1String(QTest::currentDataTag()));
        for (const ThemeMode mode : {ThemeMode::Dark, ThemeMode::Light}) {
            Theme::current().setMode(mode);
            QApplication::processEvents();
            const QStringList faint = faintMarks(recordPainting(window));
            QVERIFY2(faint.isEmpty(),
                     qPrintable(QLatin1Char('\n') + faint.join(QLatin1Char('\n'))));
        }
    }

private:
    static void check(const PaintRecord& record, const QStringList& data, const QString& name) {
        keepPicture(record, QStringLiteral("pseudo-") + name);
        const QStringList faults = plainTexts(record, data) + clippedTexts(record);
        QVERIFY2(faults.isEmpty(), qPrintable(QLatin1Char('\n') + faults.join(QLatin1Char('\n'))));
        QVERIFY(!record.marks.isEmpty());
    }
};

QTEST_MAIN(PseudoLocaleTest)
#include "pseudo_locale_test.moc"
