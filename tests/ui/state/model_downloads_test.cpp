#include "state/model_downloads.h"

#include "demo/scripted_machine.h"
#include "state/settings.h"

#include <QElapsedTimer>
#include <QSignalSpy>
#include <QTemporaryDir>
#include <QTest>

#include <atomic>

using namespace hearth;
using namespace hearth::ui;

namespace {

/// Tells of progress as fast as it can, for a while.
class Flood final : public DownloadSource {
public:
    explicit Flood(std::atomic<bool>& isRunning) : m_isRunning(isRunning) {}

    Result<std::string> download(const HubFile&, const DownloadOptions&,
                                 const DownloadObserver& observer,
                                 const std::stop_token& stop) override {
        m_isRunning = true;
        DownloadProgress progress;
        progress.phase = DownloadPhase::Receiving;
        progress.totalBytes = 1'000'000'000;
        while (!stop.stop_requested()) {
            ++progress.doneBytes;
            observer(progress);
        }
        m_isRunning = false;
        return fail(ErrorCode::Cancelled);
    }
    Result<std::string> fetchStarter(const DownloadOptions&, const DownloadObserver&,
                                     const std::stop_token&) override {
        return std::string("/models/starter.gguf");
    }
    std::uint64_t starterBytes() override { return 1; }
    std::vector<PartialDownload> partial() override { return {}; }
    void discard(const HubFile&) override {}

private:
    std::atomic<bool>& m_isRunning;
};

} // namespace

class ModelDownloadsTest : public QObject {
    Q_OBJECT

private slots:
    void aFloodOfProgressIsToldTenTimesASecond() {
        const QTemporaryDir directory;
        Settings settings(directory.path());
        std::atomic<bool> isRunning = false;
        {
            ModelDownloads downloads([&] { return std::make_unique<Flood>(isRunning); }, settings);
            const int id = downloads.start(catalogue()[0]);
            QTRY_COMPARE(downloads.find(id)->state, ModelDownloads::State::Running);
            QSignalSpy changed(&downloads, &ModelDownloads::changed);
            QTest::qWait(1000);
            QVERIFY2(changed.count() >= 5 && changed.count() <= 11,
                     qPrintable(QString::number(changed.count())));
            // The starter has not to wait for it.
            QSignalSpy finished(&downloads, &ModelDownloads::finished);
            downloads.startStarter();
            QTRY_COMPARE(finished.count(), 1);
            QVERIFY(isRunning);
        }
        QVERIFY2(!isRunning, "the end of the window stops what runs");
    }

    void theLastProgressBeforeASilenceIsTold() {
        const QTemporaryDir directory;
        Settings settings(directory.path());
        const auto source = std::make_shared<ScriptedDownloads>([] {
            ScriptedDownloads::Script script;
            script.share = 0.5;
            script.holds = true;
            return script;
        }());
        ModelDownloads downloads(sharedDownloads(source), settings);
        const int id = downloads.start(catalogue()[0]);
        QTRY_COMPARE(downloads.find(id)->progress.doneBytes,
                     catalogue()[0].approximateBytes / 2);
    }

    void whatIsAskedTwiceIsOneDownload() {
        const QTemporaryDir directory;
        Settings settings(directory.path());
        ScriptedDownloads::Script script;
        script.error = fail(ErrorCode::NoNetwork).error;
        const auto source = std::make_shared<ScriptedDownloads>(script);
        ModelDownloads downloads(sharedDownloads(source), settings);
        const int id = downloads.start(catalogue()[0]);
        QCOMPARE(downloads.start(catalogue()[0]), id);
        QTRY_COMPARE(downloads.find(id)->state, ModelDownloads::State::Failed);
        QCOMPARE(source->begun().size(), 1u);
        source->setScript({});
        QSignalSpy finished(&downloads, &ModelDownloads::finished);
        QCOMPARE(downloads.start(catalogue()[0]), id);
        QTRY_COMPARE(finished.count(), 1);
        QVERIFY(downloads.items().empty());
    }

    void aCancelledResultIsNotToldAnyMore() {
        const QTemporaryDir directory;
        Settings settings(directory.path());
        const auto source = std::make_shared<ScriptedDownloads>(ScriptedDownloads::Script());
        ModelDownloads downloads(sharedDownloads(source), settings);
        QSignalSpy finished(&downloads, &ModelDownloads::finished);
        const int id = downloads.start(catalogue()[0]);
        downloads.cancel(id);
        QVERIFY(downloads.find(id) == nullptr);
        QTRY_COMPARE(source->discarded().size(), 1u);
        QTest::qWait(100);
        QCOMPARE(finished.count(), 0);
    }
};

QTEST_GUILESS_MAIN(ModelDownloadsTest)
#include "model_downloads_test.moc"
