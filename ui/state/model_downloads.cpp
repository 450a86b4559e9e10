#include "state/model_downloads.h"

#include "state/settings.h"

#include <QTimer>

#include <algorithm>
#include <chrono>
#include <mutex>
#include <utility>

namespace hearth::ui {

namespace {

using Clock = std::chrono::steady_clock;

constexpr std::chrono::milliseconds kTellEvery(100);

HubFile fileOf(const CatalogueModel& model) {
    HubFile file;
    file.repository = model.repository;
    file.file = model.file;
    file.approximateBytes = model.approximateBytes;
    return file;
}

/// A download is known by its file, whatever is said of its size.
bool isSameFile(const HubFile& a, const HubFile& b) {
    return a.repository == b.repository && a.file == b.file && a.revision == b.revision;
}

} // namespace

/// The newest progress of a run, and whether the window has been woken for it. Thread-safe.
class ModelDownloads::ProgressBox {
public:
    /// True if the window must be woken.
    [[nodiscard]] bool put(const DownloadProgress& progress) {
        const std::lock_guard lock(m_mutex);
        m_newest = progress;
        return !std::exchange(m_isAwaited, true);
    }
    [[nodiscard]] DownloadProgress take() {
        const std::lock_guard lock(m_mutex);
        m_isAwaited = false;
        return m_newest;
    }

    std::optional<Clock::time_point> told; ///< On the window's thread only.

private:
    std::mutex m_mutex;
    DownloadProgress m_newest;
    bool m_isAwaited = false;
};

ModelDownloads::ModelDownloads(DownloadFactory factory, Settings& settings, QObject* parent)
    : QObject(parent)
    , m_settings(settings)
    , m_source(factory ? factory() : nullptr) {
    if (!m_source)
        return;
    m_starterBytes = m_source->starterBytes();
    findPartial();
}

ModelDownloads::~ModelDownloads() {
    for (Active& active : m_active)
        active.stop.request_stop();
}

void ModelDownloads::findPartial() {
    m_hubThread.post([this, source = m_source] {
        QMetaObject::invokeMethod(
            this,
            [this, partial = source->partial()] {
                for (const PartialDownload& found : partial) {
                    const bool isKnown =
                        std::any_of(m_items.begin(), m_items.end(), [&](const Item& known) {
                            return !known.isStarter && isSameFile(known.file, found.file);
                        });
                    if (isKnown)
                        continue;
                    Item item;
                    item.file = found.file;
                    item.title = QString::fromStdString(found.file.file);
                    for (const CatalogueModel& model : catalogue())
                        if (isSameFile(fileOf(model), found.file))
                            item.title = QString::fromUtf8(model.title.data(),
                                                           qsizetype(model.title.size()));
                    item.state = State::Paused;
                    item.progress.doneBytes = found.doneBytes;
                    item.progress.totalBytes = found.file.approximateBytes;
                    add(std::move(item));
                }
            },
            Qt::QueuedConnection);
    });
}

JobThread& ModelDownloads::threadOf(bool isStarter) {
    return isStarter ? m_starterThread : m_hubThread;
}

ModelDownloads::Item* ModelDownloads::item(int id) {
    const auto found = std::find_if(m_items.begin(), m_items.end(),
                                    [id](const Item& known) { return known.id == id; });
    return found == m_items.end() ? nullptr : &*found;
}

const ModelDownloads::Item* ModelDownloads::find(int id) const {
    return const_cast<ModelDownloads*>(this)->item(id);
}

const ModelDownloads::Item* ModelDownloads::find(const CatalogueModel& model) const {
    const HubFile file = fileOf(model);
    for (const Item& known : m_items)
        if (!known.isStarter && isSameFile(known.file, file))
            return &known;
    return nullptr;
}

const ModelDownloads::Item* ModelDownloads::starter() const {
    for (const Item& known : m_items)
        if (known.isStarter)
            return &known;
    return nullptr;
}

int ModelDownloads::runningCount() const {
    return static_cast<int>(std::count_if(m_items.begin(), m_items.end(), [](const Item& item) {
        return item.state == State::Running || item.state == State::Waiting;
    }));
}

int ModelDownloads::add(Item item) {
    item.id = ++m_lastId;
    m_items.push_back(std::move(item));
    emit listChanged();
    return m_lastId;
}

int ModelDownloads::start(const CatalogueModel& model) {
    if (const Item* known = find(model)) {
        const int id = known->id;
        resume(id);
        return id;
    }
    Item item;
    item.file = fileOf(model);
    item.title = QString::fromUtf8(model.title.data(), qsizetype(model.title.size()));
    item.progress.totalBytes = model.approximateBytes;
    const int id = add(std::move(item));
    run(*this->item(id));
    return id;
}

int ModelDownloads::startStarter() {
    if (const Item* known = starter()) {
        const int id = known->id;
        resume(id);
        return id;
    }
    Item item;
    item.isStarter = true;
    item.progress.totalBytes = m_starterBytes;
    const int id = add(std::move(item));
    run(*this->item(id));
    return id;
}

DownloadOptions ModelDownloads::options() const {
    DownloadOptions options;
    options.endpoint = m_settings.values().hubEndpoint.trimmed().toStdString();
    options.proxy = m_settings.values().proxy.trimmed().toStdString();
    return options;
}

void ModelDownloads::run(Item& item) {
    item.state = State::Waiting;
    item.error = {};
    Active active{{item.id, ++m_lastRun}, {}};
    const auto job = [this, run = active.run, stop = active.stop.get_token(), file = item.file,
                      isStarter = item.isStarter, source = m_source, options = options()] {
        const auto box = std::make_shared<ProgressBox>();
        const DownloadObserver observer = [this, run, box](const DownloadProgress& progress) {
            if (box->put(progress))
                QMetaObject::invokeMethod(
                    this, [this, run, box] { onProgress(run, box); }, Qt::QueuedConnection);
        };
        auto result = stop.stop_requested() ? Result<std::string>(fail(ErrorCode::Cancelled))
                      : isStarter           ? source->fetchStarter(options, observer, stop)
                                            : source->download(file, options, observer, stop);
        QMetaObject::invokeMethod(
            this, [this, run, result = std::move(result)] { onEnded(run, result); },
            Qt::QueuedConnection);
    };
    m_active.push_back(std::move(active));
    const int id = item.id;
    if (!m_source)
        onEnded(m_active.back().run, fail(ErrorCode::NoNetwork));
    else
        threadOf(item.isStarter).post(job);
    emit changed(id);
}

bool ModelDownloads::isCurrent(const Run& run) const {
    return std::any_of(m_active.begin(), m_active.end(), [&](const Active& active) {
        return active.run.id == run.id && active.run.number == run.number;
    });
}

void ModelDownloads::stopRun(int id) {
    const auto active = std::find_if(m_active.begin(), m_active.end(),
                                     [id](const Active& known) { return known.run.id == id; });
    if (active == m_active.end())
        return;
    active->stop.request_stop();
    m_active.erase(active);
}

void ModelDownloads::pause(int id) {
    Item* const paused = item(id);
    if (paused == nullptr || (paused->state != State::Running && paused->state != State::Waiting))
        return;
    stopRun(id);
    paused->state = State::Paused;
    emit changed(id);
}

void ModelDownloads::resume(int id) {
    Item* const resumed = item(id);
    if (resumed != nullptr &&
        (resumed->state == State::Paused || resumed->state == State::Failed))
        run(*resumed);
}

void ModelDownloads::cancel(int id) {
    const Item* const cancelled = find(id);
    if (cancelled == nullptr)
        return;
    stopRun(id);
    // After the run, which has the file open.
    if (!cancelled->isStarter && m_source)
        m_hubThread.post([source = m_source, file = cancelled->file] { source->discard(file); });
    removeItem(id);
}

void ModelDownloads::removeItem(int id) {
    std::erase_if(m_items, [id](const Item& known) { return known.id == id; });
    emit listChanged();
}

void ModelDownloads::onProgress(const Run& run, const std::shared_ptr<ProgressBox>& box) {
    const auto since = box->told ? Clock::now() - *box->told : Clock::duration::max();
    if (since < kTellEvery) {
        const auto left = std::chrono::duration_cast<std::chrono::milliseconds>(kTellEvery - since);
        QTimer::singleShot(left + std::chrono::milliseconds(1), this,
                           [this, run, box] { onProgress(run, box); });
        return;
    }
    box->told = Clock::now();
    Item* const running = item(run.id);
    if (running == nullptr || !isCurrent(run))
        return;
    running->state = State::Running;
    running->progress = box->take();
    emit changed(run.id);
}

void ModelDownloads::onEnded(const Run& run, const Result<std::string>& result) {
    Item* const ended = item(run.id);
    if (ended == nullptr || !isCurrent(run))
        return;
    std::erase_if(m_active, [&](const Active& active) { return active.run.id == run.id; });
    if (result) {
        removeItem(run.id);
        emit finished(run.id, QString::fromStdString(*result));
        return;
    }
    ended->state = State::Failed;
    ended->error = result.error();
    emit changed(run.id);
}

} // namespace hearth::ui
