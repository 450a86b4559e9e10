#include "bridge/model_loader.h"

#include <mutex>
#include <utility>

namespace hearth::ui {

/// The newest progress and whether the window has yet to look: a loader may report far more often
/// than a window can draw.
class ModelLoader::ProgressBox {
public:
    /// True if the window has to be woken.
    bool put(const LoadProgress& progress) {
        const std::lock_guard lock(m_mutex);
        m_progress = progress;
        return !std::exchange(m_wakePending, true);
    }
    LoadProgress take() {
        const std::lock_guard lock(m_mutex);
        m_wakePending = false;
        return m_progress;
    }

private:
    std::mutex m_mutex;
    LoadProgress m_progress;
    bool m_wakePending = false;
};

ModelLoader::ModelLoader(HostFactory factory, QObject* parent)
    : QObject(parent)
    , m_factory(std::move(factory)) {}

ModelLoader::~ModelLoader() {
    m_stop.request_stop();
    m_thread.post([this] { m_host.reset(); });
    m_thread.finish();
}

void ModelLoader::supersede() {
    m_stop.request_stop();
    m_stop = {};
    ++m_generation;
    m_loading = false;
}

void ModelLoader::load(const QString& path, const QString& name, const LoadOptions& options) {
    supersede();
    m_loading = true;
    m_thread.post([this, path, name, options, generation = m_generation,
                   stop = m_stop.get_token()] { runLoad(path, name, options, generation, stop); });
}

void ModelLoader::cancel() {
    supersede();
}

void ModelLoader::unload(const QString& name) {
    m_thread.post([this, name = name.toStdString()] {
        if (m_host)
            m_host->unload(name);
    });
}

void ModelLoader::resetHost() {
    supersede();
    ++m_resets;
    m_thread.post([this] {
        ++m_resetsDone;
        if (!m_host)
            return;
        for (const ModelInfo& model : m_host->models())
            m_host->unload(model.name);
        m_host.reset();
    });
}

void ModelLoader::runLoad(const QString& path, const QString& name, const LoadOptions& options,
                          quint64 generation, const std::stop_token& stop) {
    const auto box = std::make_shared<ProgressBox>();
    const LoadObserver observer = [this, box, name, generation](const LoadProgress& progress) {
        if (!box->put(progress))
            return;
        QMetaObject::invokeMethod(
            this,
            [this, box, name, generation] {
                const LoadProgress newest = box->take();
                if (generation == m_generation && m_loading)
                    emit progressed(name, newest);
            },
            Qt::QueuedConnection);
    };
    auto result = loadOnThread(path, name, options, observer, stop);
    QMetaObject::invokeMethod(
        this,
        [this, name, generation, result = std::move(result)]() mutable {
            if (generation != m_generation) {
                if (result)
                    unloadStale(name, result->get());
                return;
            }
            m_loading = false;
            if (result)
                emit loaded(name, *result);
            else
                emit failed(name, result.error());
        },
        Qt::QueuedConnection);
}

Result<void> ModelLoader::needHost() {
    if (m_host)
        return {};
    HEARTH_TRY_ASSIGN(m_host, m_factory());
    tellDevices();
    tellHost();
    return {};
}

void ModelLoader::tellDevices() {
    QMetaObject::invokeMethod(
        this,
        [this, devices = HostDevices{m_host->devices(), m_host->gpuProblem()}] {
            emit devicesFound(devices);
        },
        Qt::QueuedConnection);
}

void ModelLoader::tellHost() {
    QMetaObject::invokeMethod(
        this,
        [this, host = m_host, resets = m_resetsDone] {
            if (resets == m_resets)
                emit hostReady(host);
        },
        Qt::QueuedConnection);
}

void ModelLoader::findHost() {
    m_thread.post([this] {
        if (m_host)
            return tellHost();
        if (const auto made = needHost(); !made)
            QMetaObject::invokeMethod(
                this, [this, error = made.error()] { emit hostFailed(error); },
                Qt::QueuedConnection);
    });
}

void ModelLoader::setBeforeLoad(std::function<void(const std::string&)> giveWay) {
    m_thread.post([this, giveWay = std::move(giveWay)] { m_beforeLoad = giveWay; });
}

void ModelLoader::findDevices() {
    m_thread.post([this] {
        if (m_host)
            tellDevices();
        else
            static_cast<void>(needHost());
    });
}

void ModelLoader::unloadStale(const QString& name, const Engine* engine) {
    // By now the name may stand for a newer load of the same model.
    m_thread.post([this, name = name.toStdString(), engine] {
        if (m_host && m_host->find(name).get() == engine)
            m_host->unload(name);
    });
}

Result<std::shared_ptr<Engine>> ModelLoader::loadOnThread(const QString& path, const QString& name,
                                                          const LoadOptions& options,
                                                          const LoadObserver& observer,
                                                          const std::stop_token& stop) {
    if (stop.stop_requested())
        return fail(ErrorCode::Cancelled);
    HEARTH_TRY(needHost());
    const std::string wanted = name.toStdString();
    if (m_beforeLoad)
        m_beforeLoad(wanted);
    // Still there: the person at the window goes before whoever holds it.
    if (m_host->find(wanted))
        m_host->unload(wanted);
    auto engine = m_host->load(path.toStdString(), wanted, options, observer, stop);
    if (!engine)
        return fail(std::move(engine).error());
    return releasedHere(*std::move(engine));
}

std::shared_ptr<Engine> ModelLoader::releasedHere(std::shared_ptr<Engine> engine) {
    Engine* const raw = engine.get();
    // The host is kept beside its engine; a closed queue drops both where they are.
    auto release = [queue = m_thread.queue(), host = m_host, engine = std::move(engine)](
                       Engine*) mutable {
        queue->post([host = std::move(host), engine = std::move(engine)]() mutable {
            engine.reset();
            host.reset();
        });
    };
    return {raw, std::move(release)};
}

} // namespace hearth::ui
