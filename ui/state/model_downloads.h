#pragma once

#include "bridge/job_thread.h"
#include "hearth/catalogue.h"
#include "hearth/download.h"

#include <QObject>
#include <QString>

#include <functional>
#include <memory>
#include <optional>
#include <stop_token>
#include <vector>

namespace hearth::ui {

class Settings;

/// Where downloads come from. Its functions block and are called on several threads.
class DownloadSource {
public:
    virtual ~DownloadSource() = default;

    virtual Result<std::string> download(const HubFile& file, const DownloadOptions& options,
                                         const DownloadObserver& observer,
                                         const std::stop_token& stop) = 0;
    virtual Result<std::string> fetchStarter(const DownloadOptions& options,
                                             const DownloadObserver& observer,
                                             const std::stop_token& stop) = 0;
    virtual std::uint64_t starterBytes() = 0;
    /// What a program before left half done.
    virtual std::vector<PartialDownload> partial() = 0;
    virtual void discard(const HubFile& file) = 0;
};
using DownloadFactory = std::function<std::unique_ptr<DownloadSource>()>;

/// The downloads of models: one file after the other, beside them the starter; each can be paused,
/// goes on where it was, and is told of at most ten times a second. Those that an earlier run left
/// half done come back paused. Window's thread.
class ModelDownloads : public QObject {
    Q_OBJECT

public:
    enum class State { Waiting, Running, Paused, Failed };
    struct Item {
        int id = 0;
        bool isStarter = false;
        HubFile file; ///< Not of the starter.
        QString title;
        State state = State::Waiting;
        DownloadProgress progress;
        Error error; ///< Of Failed.
    };

    ModelDownloads(DownloadFactory factory, Settings& settings, QObject* parent = nullptr);
    /// Stops what runs; what has arrived stays.
    ~ModelDownloads() override;

    /// The id of the download, which may be there already and then goes on.
    int start(const CatalogueModel& model);
    int startStarter();
    void pause(int id);
    /// Goes on with one that is paused or has failed.
    void resume(int id);
    /// Throws away what has arrived.
    void cancel(int id);

    [[nodiscard]] const std::vector<Item>& items() const { return m_items; }
    [[nodiscard]] const Item* find(int id) const;     ///< Null: finished or cancelled.
    [[nodiscard]] const Item* find(const CatalogueModel& model) const;
    [[nodiscard]] const Item* starter() const;
    [[nodiscard]] int runningCount() const;
    [[nodiscard]] quint64 starterBytes() const { return m_starterBytes; }

signals:
    /// An item came or went.
    void listChanged();
    void changed(int id);
    /// The file is whole, checked and in the models' folder; the item is gone.
    void finished(int id, const QString& path);

private:
    class ProgressBox;
    /// One attempt at an item; the results of those before are not of interest any more.
    struct Run {
        int id = 0;
        quint64 number = 0;
    };

    Item* item(int id);
    int add(Item item);
    void run(Item& item);
    void stopRun(int id);
    void onProgress(const Run& run, const std::shared_ptr<ProgressBox>& box);
    void onEnded(const Run& run, const Result<std::string>& result);
    void removeItem(int id);
    void findPartial();
    [[nodiscard]] DownloadOptions options() const;
    [[nodiscard]] bool isCurrent(const Run& run) const;
    [[nodiscard]] JobThread& threadOf(bool isStarter);

    Settings& m_settings;
    std::shared_ptr<DownloadSource> m_source;
    std::vector<Item> m_items;
    struct Active {
        Run run;
        std::stop_source stop;
    };
    std::vector<Active> m_active;
    int m_lastId = 0;
    quint64 m_lastRun = 0;
    quint64 m_starterBytes = 0;
    JobThread m_starterThread;
    JobThread m_hubThread; ///< Last: joined before anything it uses goes.
};

} // namespace hearth::ui
