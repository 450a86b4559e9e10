#include "view/pages/welcome_page.h"

#include "desktop/engine_sources.h"
#include "ui/support/welcome_fixtures.h"
#include "state/chat_session.h"
#include "view/components/banner.h"
#include "view/components/label.h"
#include "view/components/progress.h"
#include "view/components/skeleton.h"
#include "view/pages/main_window.h"
#include "view/pages/recommended_card.h"
#include "view/pages/starter_card.h"
#include "view/pages/translation.h"
#include "view/theme/theme.h"

#include <QApplication>
#include <QDir>
#include <QMenu>
#include <QSignalSpy>

using namespace hearth;
using namespace hearth::ui;
using namespace hearth::ui::test;

namespace {

/// A welcome page in a window, ready.
struct Shown {
    explicit Shown(Scripted& scripted)
        : page(scripted.make())
        , chat(&page, &WelcomePage::chatRequested)
        , settings(&page, &WelcomePage::settingsRequested) {
        page.resize(1000, 900);
        page.show();
        if (!QTest::qWaitFor([&] { return page.isSettled(); }))
            qFatal("the page is not ready");
        QTest::qWait(20);
    }

    [[nodiscard]] bool says(const QString& words) const {
        for (const auto* label : page.findChildren<QLabel*>())
            if (label->isVisible() && label->text().contains(words))
                return true;
        return false;
    }

    WelcomePage page;
    QSignalSpy chat;
    QSignalSpy settings;
};

Error noNetwork() {
    Error error;
    error.code = ErrorCode::NoNetwork;
    error.field = "hub.example";
    return error;
}

} // namespace

class WelcomePageTest : public QObject {
    Q_OBJECT

private slots:
    void initTestCase() {
        Theme::install(*qobject_cast<QApplication*>(QApplication::instance()));
        m_translation.use(QStringLiteral("en"));
    }

    void aMachineIsLookedAtBehindASkeleton() {
        Scripted scripted;
        WelcomePage page(scripted.make());
        page.resize(1000, 900);
        page.show();
        QVERIFY(page.findChild<Skeleton*>()->isVisible());
        QVERIFY(!page.findChild<RecommendedCard*>()->isVisible());
        QTRY_VERIFY(page.findChild<RecommendedCard*>()->isVisible());
        QVERIFY(!page.findChild<Skeleton*>()->isVisible());
    }

    void theRecommendationHasItsFigures() {
        Scripted scripted;
        const Shown shown(scripted);
        QVERIFY(shown.says(QStringLiteral("AMD EPYC 9004")));
        QVERIFY(shown.says(QStringLiteral("No NVIDIA driver is installed.")));
        QVERIFY(shown.says(QStringLiteral("Qwen2.5 7B Instruct")));
        QVERIFY(shown.says(QStringLiteral("Fits with 32k of context · ~7 tok/s")));
        QVERIFY(shown.says(QStringLiteral("Qwen2.5 14B Instruct would fit too")));
        QVERIFY(shown.says(QStringLiteral("No telemetry")));
    }

    void oneClickDownloadsAndChats() {
        Scripted scripted;
        Shown shown(scripted);
        click(buttonOf(shown.page, QStringLiteral("Download and chat")));
        QTRY_COMPARE(shown.chat.count(), 1);
        QCOMPARE(scripted.downloads->begun(),
                 std::vector<std::string>{"Qwen2.5-7B-Instruct-Q4_K_M.gguf"});
        QTRY_COMPARE(scripted.workspace->model().state(), ModelSession::State::Ready);
        QCOMPARE(scripted.workspace->model().choice(), QStringLiteral("/models/downloaded.gguf"));
        QVERIFY(scripted.workspace->settings().values().welcomed);
    }

    void aDownloadPausesGoesOnAndIsCancelled() {
        Scripted scripted;
        ScriptedDownloads::Script script;
        script.share = 0.5;
        script.holds = true;
        scripted.downloads->setScript(script);
        Shown shown(scripted);
        click(buttonOf(shown.page, QStringLiteral("Download and chat")));
        QTRY_VERIFY(shown.says(QStringLiteral("2.3 GB of 4.7 GB")));
        QVERIFY(shown.says(QStringLiteral("48 MB/s")));
        QVERIFY(!buttonOf(shown.page, QStringLiteral("Download and chat")));

        click(buttonOf(shown.page, QStringLiteral("Pause the download")));
        QVERIFY(shown.says(QStringLiteral("Paused at 2.3 GB of 4.7 GB")));
        click(buttonOf(shown.page, QStringLiteral("Go on with the download")));
        QTRY_COMPARE(scripted.downloads->begun().size(), 2u);
        QTRY_VERIFY(shown.says(QStringLiteral("2.3 GB of 4.7 GB")));

        click(buttonOf(shown.page, QStringLiteral("Cancel the download")));
        QVERIFY(buttonOf(shown.page, QStringLiteral("Download and chat")));
        QTRY_COMPARE(scripted.downloads->discarded().size(), 1u);
        QCOMPARE(shown.chat.count(), 0);
    }

    void aFailureSaysWhatMendsIt() {
        Scripted scripted;
        ScriptedDownloads::Script script;
        script.share = 0.3;
        script.error = noNetwork();
        scripted.downloads->setScript(script);
        Shown shown(scripted);
        click(buttonOf(shown.page, QStringLiteral("Download and chat")));
        QTRY_VERIFY(shown.says(QStringLiteral("hub.example can't be reached.")));
        click(buttonOf(shown.page, QStringLiteral("Mirror and proxy…")));
        QCOMPARE(shown.settings.count(), 1);

        Settings::Values values = scripted.workspace->settings().values();
        values.hubEndpoint = QStringLiteral(" https://mirror.example ");
        values.proxy = QStringLiteral("http://proxy:8080");
        scripted.workspace->settings().set(values);
        scripted.downloads->setScript({});
        click(buttonOf(shown.page, QStringLiteral("Try again")));
        QTRY_COMPARE(shown.chat.count(), 1);
        QCOMPARE(scripted.downloads->lastOptions().endpoint, "https://mirror.example");
        QCOMPARE(scripted.downloads->lastOptions().proxy, "http://proxy:8080");
    }

    void fault_080_AFullDiskSaysHowMuchIsNeeded() {
        Scripted scripted;
        ScriptedDownloads::Script script;
        Error full;
        full.code = ErrorCode::NoSpace;
        full.needed = 4'683'000'000;
        full.available = 1'200'000'000;
        script.error = full;
        scripted.downloads->setScript(script);
        Shown shown(scripted);
        click(buttonOf(shown.page, QStringLiteral("Download and chat")));
        QTRY_VERIFY(
            shown.says(QStringLiteral("The disk lacks room: needs 4.7 GB, 1.2 GB free.")));
        QVERIFY(buttonOf(shown.page, QStringLiteral("Try again")));
    }

    void offlineTheStarterIsTheWay() {
        Scripted scripted;
        scripted.machine.hasNetwork = false;
        scripted.shelf->push_back(shelfModel("starter"));
        Shown shown(scripted);
        QVERIFY(shown.says(QStringLiteral("This computer is offline.")));
        QVERIFY(!buttonOf(shown.page, QStringLiteral("Download and chat"))->isEnabled());
        click(buttonOf(shown.page, QStringLiteral("Start chatting")));
        QCOMPARE(shown.chat.count(), 1);
        QTRY_COMPARE(scripted.workspace->model().state(), ModelSession::State::Ready);
        QCOMPARE(scripted.workspace->model().name(), QStringLiteral("starter"));
    }

    void theStarterIsFetchedWhereItIsMissing() {
        Scripted scripted;
        ScriptedDownloads::Script script;
        script.path = "/models/starter.gguf";
        scripted.downloads->setScript(script);
        Shown shown(scripted);
        QCOMPARE(scripted.workspace->model().state(), ModelSession::State::Missing);
        click(buttonOf(shown.page, QStringLiteral("Get it (98 MB)")));
        QTRY_COMPARE(shown.chat.count(), 1);
        QCOMPARE(scripted.downloads->begun(), std::vector<std::string>{"starter"});
        QTRY_COMPARE(scripted.workspace->model().state(), ModelSession::State::Ready);
    }

    void aMissingPipIsNamed() {
        Scripted scripted;
        ScriptedDownloads::Script script;
        Error missing;
        missing.code = ErrorCode::ToolMissing;
        missing.field = "/usr/bin/python3";
        missing.detail = "pip";
        script.error = missing;
        scripted.downloads->setScript(script);
        Shown shown(scripted);
        click(buttonOf(shown.page, QStringLiteral("Get it (98 MB)")));
        QTRY_VERIFY(shown.says(QStringLiteral("python3-pip")));
    }

    void aFoundModelIsUsedWhereItLies() {
        Scripted scripted;
        scripted.found = scriptedFindings();
        Shown shown(scripted);
        QVERIFY(shown.says(QStringLiteral("qwen2.5:7b")));
        QVERIFY(buttonOf(shown.page, QStringLiteral("Chat now")));
        QVERIFY(!shown.says(QStringLiteral("gemma-2-2b-it")));
        click(buttonOf(shown.page, QStringLiteral("Show 2 more")));
        QTRY_VERIFY(shown.says(QStringLiteral("Hearth can't run it")));
        QVERIFY(!buttonOf(shown.page, QStringLiteral("Use gemma-2-2b-it")));
        click(buttonOf(shown.page, QStringLiteral("Use SmolLM2-1.7B-Instruct")));
        QTRY_COMPARE(shown.chat.count(), 1);
        QTRY_COMPARE(scripted.workspace->model().state(), ModelSession::State::Ready);
        QCOMPARE(scripted.workspace->model().name(), QStringLiteral("SmolLM2-1.7B-Instruct"));
        QCOMPARE(scripted.shelf->back().path, "/elsewhere/SmolLM2-1.7B-Instruct.gguf");
        QVERIFY(scripted.downloads->begun().empty());
    }

    void anotherSizeCanBeChosenByKeyboard() {
        Scripted scripted;
        Shown shown(scripted);
        QApplication::setActiveWindow(&shown.page);
        QAbstractButton* const smaller = buttonOf(shown.page, QStringLiteral("Smaller"));
        smaller->setFocus();
        QTest::keyClick(smaller, Qt::Key_Space);
        auto* const menu = shown.page.findChild<QMenu*>();
        QVERIFY(menu != nullptr && menu->isVisible());
        QTest::keyClick(menu, Qt::Key_Down);
        QTest::keyClick(menu, Qt::Key_Down);
        QTest::keyClick(menu, Qt::Key_Return);
        QTRY_VERIFY(shown.says(QStringLiteral("Your choice")));
        QVERIFY(!shown.says(QStringLiteral("Qwen2.5 7B Instruct")));
        click(buttonOf(shown.page, QStringLiteral("Back to the recommendation")));
        QVERIFY(shown.says(QStringLiteral("Qwen2.5 7B Instruct")));
    }

    void aModelThatDoesNotFitCanNotBeTaken() {
        Scripted scripted;
        Shown shown(scripted);
        click(buttonOf(shown.page, QStringLiteral("Larger")));
        auto* const menu = shown.page.findChild<QMenu*>();
        menu->actions().back()->trigger();
        QVERIFY(shown.says(QStringLiteral("Llama 3.3 70B Instruct")));
        QVERIFY(shown.says(QStringLiteral("of memory")));
        QVERIFY(!buttonOf(shown.page, QStringLiteral("Download and chat"))->isEnabled());
    }

    void nothingFitsAndAFullDiskSayWhy() {
        Scripted small;
        small.machine.budget = 300'000'000;
        {
            Shown shown(small);
            QVERIFY(shown.says(QStringLiteral("No recommendation")));
            QVERIFY(shown.says(QStringLiteral("too small for the models")));
        }
        Scripted full;
        full.machine.freeDisk = 100'000'000;
        Shown shown(full);
        QVERIFY(shown.says(QStringLiteral("The disk has 100 MB free")));
    }

    void fault_086_NamesOfModelsArePlainText() {
        Scripted scripted;
        scripted.found = {scriptedFindings()[0]};
        scripted.found[0].model.name = "<b>bold</b>\u202Egpj.exe\x1b[31m";
        const Shown shown(scripted);
        QVERIFY(shown.says(QStringLiteral("<b>bold</b>gpj.exe")));
        for (const auto* label : shown.page.findChildren<QLabel*>())
            QCOMPARE(label->textFormat() == Qt::RichText, false);
    }

    void bothLanguagesFitTheNarrowestWindow() {
        for (const char* language : {"zh_CN", "en"}) {
            m_translation.use(QLatin1String(language));
            Scripted scripted;
            scripted.found = scriptedFindings();
            Shown shown(scripted);
            shown.page.resize(584, 440);
            QTest::qWait(50);
            QVERIFY2(shown.page.widget()->width() <= shown.page.viewport()->width(), language);
        }
    }

    void aFirstRunIsOneClickFromTheFirstToken() {
        QString starter = qEnvironmentVariable("HEARTH_STARTER_MODEL");
        if (starter.isEmpty())
            starter = QDir::homePath() +
                      QStringLiteral("/.local/share/hearth/models/SmolLM2-135M-Instruct.Q4_1.gguf");
        if (!QFile::exists(starter))
            QSKIP("the starter model is not installed");
        QTemporaryDir directory;
        QVERIFY(QDir(directory.path()).mkdir(QStringLiteral("models")));
        QVERIFY(QFile::link(starter, directory.path() + QStringLiteral("/models/") +
                                         QStringLiteral("SmolLM2-135M-Instruct.Q4_1.gguf")));
        Workspace workspace(desktop::engineSources(directory.path()));
        MainWindow window(workspace);
        window.show();
        auto* const page = window.findChild<WelcomePage*>();
        QTRY_VERIFY_WITH_TIMEOUT(page->isVisible() && page->isSettled(), 20'000);
        QTRY_VERIFY(buttonOf(*page, QStringLiteral("Start chatting")));
        click(buttonOf(*page, QStringLiteral("Start chatting")));
        QTRY_VERIFY(!page->isVisible());
        QTRY_VERIFY(QApplication::focusWidget() != nullptr);
        QTest::keyClicks(QApplication::focusWidget(), QStringLiteral("Say hello."));
        QTest::keyClick(QApplication::focusWidget(), Qt::Key_Return);
        ChatSession& chat = workspace.chats().current();
        QTRY_COMPARE_WITH_TIMEOUT(chat.count(), 2, 5'000);
        QTRY_VERIFY_WITH_TIMEOUT(!chat.message(1).text.isEmpty(), 30'000);
        chat.stop();
        QTRY_VERIFY(!chat.isBusy());
    }

private:
    Translation m_translation;
};

QTEST_MAIN(WelcomePageTest)
#include "welcome_page_test.moc"
