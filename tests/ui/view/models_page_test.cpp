#include "view/pages/models_page.h"

#include "ui/support/welcome_fixtures.h"
#include "view/components/chip.h"
#include "view/components/dialog.h"
#include "view/components/empty_state.h"
#include "view/components/skeleton.h"
#include "view/components/toast.h"
#include "view/pages/download_texts.h"
#include "view/pages/model_row.h"
#include "view/pages/translation.h"
#include "view/theme/theme.h"

#include <QApplication>
#include <QLabel>
#include <QSignalSpy>

using namespace hearth;
using namespace hearth::ui;
using namespace hearth::ui::test;

namespace {

struct Shown {
    explicit Shown(Scripted& scripted)
        : page(scripted.make()), chat(&page, &ModelsPage::chatRequested) {
        page.resize(1000, 900);
        page.show();
        if (!QTest::qWaitFor([&] {
                return scripted.workspace->advice().isReady() &&
                       scripted.workspace->catalogue().isScanned();
            }))
            qFatal("the page is not ready");
        QTest::qWait(20);
    }

    [[nodiscard]] bool says(const QString& words) const {
        for (const auto* label : page.findChildren<QLabel*>())
            if (label->isVisible() && label->text().contains(words))
                return true;
        for (const auto* chip : page.findChildren<Chip*>())
            if (chip->isVisible() && chip->text().contains(words))
                return true;
        return false;
    }

    ModelsPage page;
    QSignalSpy chat;
};

} // namespace

class ModelsPageTest : public QObject {
    Q_OBJECT

private slots:
    void initTestCase() {
        Theme::install(*qobject_cast<QApplication*>(QApplication::instance()));
        m_translation.use(QStringLiteral("en"));
    }

    void endlessDownloadsAreTold() {
        DownloadProgress progress;
        progress.phase = DownloadPhase::Receiving;
        progress.totalBytes = 5'000'000'000;
        progress.bytesPerSecond = 1.0;
        progress.secondsLeft = 5e9;
        QVERIFY(downloadProgressText(progress).contains(QStringLiteral("277778 hour")));
    }

    void rowsTellFitSpeedAndState() {
        Scripted scripted;
        scripted.shelf->push_back(shelfModel("starter"));
        scripted.shelf->push_back(shelfModel("huge"));
        scripted.shelf->back().bytes = 40'000'000'000;
        Shown shown(scripted);
        QVERIFY(shown.says(QStringLiteral("fits @8k")));
        QVERIFY(shown.says(QStringLiteral("too large")));
        QVERIFY(shown.says(QStringLiteral("212.0 GB free on the disk")));
        QVERIFY(shown.says(QStringLiteral("~350 tok/s")));
        QTRY_VERIFY(shown.says(QStringLiteral("Loaded on CPU")));
        QVERIFY(!buttonOf(shown.page,
                          QStringLiteral("“starter” is in use; load another model first"))
                     ->isEnabled());
    }

    void loadingAModelLeadsToTheChat() {
        Scripted scripted;
        scripted.shelf->push_back(shelfModel("starter"));
        scripted.shelf->push_back(shelfModel("other"));
        Shown shown(scripted);
        click(buttonOf(shown.page, QStringLiteral("Load other")));
        QCOMPARE(shown.chat.count(), 1);
        QTRY_COMPARE(scripted.workspace->model().state(), ModelSession::State::Ready);
        QCOMPARE(scripted.workspace->model().name(), QStringLiteral("other"));
        QVERIFY(buttonOf(shown.page, QStringLiteral("Chat with other")));
    }

    void deletingAFileAsksFirst() {
        Scripted scripted;
        scripted.shelf->push_back(shelfModel("own"));
        Shown shown(scripted);
        const QString remove = QStringLiteral("Delete “own” from the disk");
        click(buttonOf(shown.page, remove));
        Dialog* dialog = Dialog::openIn(&shown.page);
        QVERIFY(dialog != nullptr);
        QTest::keyClick(dialog, Qt::Key_Escape);
        QTRY_VERIFY(Dialog::openIn(&shown.page) == nullptr);
        QCOMPARE(scripted.shelf->size(), 1u);

        click(buttonOf(shown.page, remove));
        dialog = Dialog::openIn(&shown.page);
        QVERIFY(dialog != nullptr);
        click(buttonOf(*dialog, QStringLiteral("Delete")));
        QTRY_COMPARE(scripted.workspace->catalogue().rowCount(), 0);
        QTRY_VERIFY(shown.page.findChild<EmptyState*>()->isVisible());
    }

    void anAddedModelIsForgottenWithUndo() {
        Scripted scripted;
        scripted.shelf->push_back(shelfModel("added", ModelPlace::Added));
        Shown shown(scripted);
        click(buttonOf(shown.page, QStringLiteral("Forget “added”")));
        QTRY_COMPARE(scripted.workspace->catalogue().rowCount(), 0);
        QVERIFY(Dialog::openIn(&shown.page) == nullptr);
        click(buttonOf(shown.page, QStringLiteral("Undo")));
        QTRY_COMPARE(scripted.workspace->catalogue().rowCount(), 1);
        QCOMPARE(scripted.shelf->back().name, "added");
    }

    void aModelOfAFolderGoesWithIt() {
        Scripted scripted;
        scripted.shelf->push_back(shelfModel("inside", ModelPlace::Folder));
        Shown shown(scripted);
        scripted.workspace->catalogue().addFolder(QStringLiteral("/shelf"));
        QTRY_VERIFY(shown.says(QStringLiteral("/shelf")));
        QVERIFY(!buttonOf(shown.page, QStringLiteral("“inside” lies in a folder of yours; remove "
                                                     "the folder instead"))
                     ->isEnabled());
        auto* const chip =
            qobject_cast<Chip*>(buttonOf(shown.page, QStringLiteral("/shelf")));
        QVERIFY(chip != nullptr);
        chip->setFocus();
        QTest::keyClick(chip, Qt::Key_Delete);
        QTRY_VERIFY(scripted.workspace->catalogue().folders().isEmpty());
        click(buttonOf(shown.page, QStringLiteral("Undo")));
        QTRY_COMPARE(scripted.workspace->catalogue().folders(),
                     QStringList{QStringLiteral("/shelf")});
    }

    void downloadsAreListedAndControlled() {
        Scripted scripted;
        ScriptedDownloads::Script script;
        script.share = 0.5;
        script.holds = true;
        scripted.downloads->setScript(script);
        Shown shown(scripted);
        QVERIFY(shown.says(QStringLiteral("recommended")));
        click(buttonOf(shown.page, QStringLiteral("Download Llama 3.2 1B Instruct")));
        QTRY_VERIFY(shown.says(QStringLiteral("404 MB of 808 MB")));
        QVERIFY(!buttonOf(shown.page, QStringLiteral("Download Llama 3.2 1B Instruct")));
        click(buttonOf(shown.page, QStringLiteral("Download SmolLM2 360M Instruct")));
        QTRY_VERIFY(shown.says(QStringLiteral("Waiting for the download before it…")));
        QCOMPARE(scripted.workspace->downloads().runningCount(), 2);
        click(buttonOf(shown.page, QStringLiteral("Pause the download")));
        QTRY_VERIFY(shown.says(QStringLiteral("Paused at 404 MB of 808 MB")));
        QTRY_COMPARE(scripted.downloads->begun().size(), 2u);
        scripted.downloads->release();
        QTRY_COMPARE(scripted.workspace->downloads().items().size(), 1u);
    }

    void fault_073_ADownloadOfAnEarlierRunComesBackPaused() {
        Scripted scripted;
        ScriptedDownloads::Script script;
        const CatalogueModel& model = catalogue()[2];
        script.partial = {{{std::string(model.repository), std::string(model.file), "main",
                            807'694'464},
                           300'000'000}};
        scripted.downloads->setScript(script);
        Shown shown(scripted);
        QTRY_VERIFY(shown.says(QStringLiteral("Paused at 300 MB of 808 MB")));
        QVERIFY(shown.says(QStringLiteral("Llama 3.2 1B Instruct")));
        click(buttonOf(shown.page, QStringLiteral("Go on with the download")));
        QTRY_VERIFY(scripted.workspace->downloads().items().empty());
    }

    void otherProgramsModelsAreTakenInPlace() {
        Scripted scripted;
        scripted.found = {scriptedFindings()[0]};
        Shown shown(scripted);
        QVERIFY(shown.says(QStringLiteral("Ollama")));
        click(buttonOf(shown.page, QStringLiteral("Use qwen2.5:7b")));
        QTRY_COMPARE(scripted.workspace->catalogue().rowCount(), 1);
        QTRY_VERIFY(!buttonOf(shown.page, QStringLiteral("Use qwen2.5:7b")));
    }

    void aTroubleIsShownAndGoes() {
        Scripted scripted;
        Shown shown(scripted);
        scripted.workspace->catalogue().add(QStringLiteral("/missing"));
        QTRY_VERIFY(shown.says(QStringLiteral("was not found.")));
        scripted.workspace->catalogue().add(QStringLiteral("/there"));
        QTRY_VERIFY(!shown.says(QStringLiteral("was not found.")));
    }

    void fault_086_ModelMetadataIsPlainText() {
        Scripted scripted;
        scripted.shelf->push_back(shelfModel("<img src=x>\u202Egnp"));
        scripted.shelf->back().quantisation = "<h1>Q4</h1>";
        scripted.shelf->back().problem = "<a href='x'>bad</a>";
        Shown shown(scripted);
        QVERIFY(shown.says(QStringLiteral("<img src=x>gnp")));
        QVERIFY(shown.says(QStringLiteral("<h1>Q4</h1>")));
        QVERIFY(shown.says(QStringLiteral("<a href='x'>bad</a>")));
    }

    void bothLanguagesFitTheNarrowestWindow() {
        for (const char* language : {"zh_CN", "en"}) {
            m_translation.use(QLatin1String(language));
            Scripted scripted;
            scripted.shelf->push_back(shelfModel("starter"));
            scripted.found = scriptedFindings();
            Shown shown(scripted);
            shown.page.resize(584, 440);
            QTest::qWait(50);
            QVERIFY2(shown.page.widget()->width() <= shown.page.viewport()->width(), language);
        }
    }

private:
    Translation m_translation;
};

QTEST_MAIN(ModelsPageTest)
#include "models_page_test.moc"
