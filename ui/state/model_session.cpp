#include "state/model_session.h"

#include "bridge/engine_bridge.h"
#include "state/model_catalogue.h"

#include <algorithm>
#include <utility>

namespace hearth::ui {

ModelSession::ModelSession(HostFactory factory, ModelCatalogue& catalogue, EngineBridge& bridge,
                           QObject* parent)
    : QObject(parent)
    , m_bridge(bridge)
    , m_catalogue(catalogue)
    , m_loader(std::move(factory)) {
    connect(&catalogue, &ModelCatalogue::resolved, this,
            [this](const QString& wanted, const LibraryModel& model) {
                if (m_state == State::Looking && wanted == m_wanted)
                    onResolved(model);
            });
    connect(&catalogue, &ModelCatalogue::notResolved, this,
            [this](const QString& wanted, const Error& error) {
                if (m_state == State::Looking && wanted == m_wanted)
                    onNotResolved(error);
            });
    connect(&m_loader, &ModelLoader::progressed, this,
            [this](const QString&, const LoadProgress& progress) {
                m_progress = progress;
                emit changed();
            });
    connect(&m_loader, &ModelLoader::loaded, this,
            [this](const QString&, const std::shared_ptr<Engine>& engine) { onLoaded(engine); });
    connect(&m_loader, &ModelLoader::failed, this,
            [this](const QString&, const Error& error) { onFailed(error); });
    connect(&m_loader, &ModelLoader::hostReady, this, &ModelSession::hostReady);
    connect(&m_loader, &ModelLoader::hostFailed, this, &ModelSession::hostFailed);
    connect(&m_loader, &ModelLoader::devicesFound, this, [this](const HostDevices& devices) {
        m_devices = devices;
        emit devicesChanged();
    });
}

ModelSession::~ModelSession() {
    // The bridge must not keep the engine beyond the loader, which joins it.
    m_bridge.setEngine(nullptr);
    m_loaded.reset();
}

void ModelSession::enter(State state) {
    m_state = state;
    emit changed();
}

void ModelSession::releaseEngine() {
    m_loader.cancel();
    m_bridge.setEngine(nullptr);
    m_loaded.reset();
    m_info = {};
    m_progress = {};
    if (!m_loadedName.isEmpty())
        m_loader.unload(std::exchange(m_loadedName, {}));
}

void ModelSession::choose(const QString& nameOrPath) {
    if (m_state == State::Ready)
        m_before = Used{m_wanted, m_name};
    m_rejected.reset();
    begin(nameOrPath);
}

void ModelSession::begin(const QString& nameOrPath) {
    m_loader.cancel();
    // What is sent from now on waits for the new model; what the old one writes goes on until the
    // new one is found.
    m_bridge.setEngine(nullptr);
    m_progress = {};
    m_wanted = nameOrPath;
    m_name = nameOrPath.section(QLatin1Char('/'), -1);
    m_catalogue.resolve(nameOrPath);
    enter(State::Looking);
}

void ModelSession::retry() {
    if (!m_wanted.isEmpty())
        choose(QString(m_wanted));
}

void ModelSession::cancel() {
    if (m_state != State::Loading && m_state != State::Looking)
        return;
    releaseEngine();
    m_before.reset();
    enter(State::None);
}

void ModelSession::reload() {
    releaseEngine();
    m_loader.resetHost();
    emit hostGone();
    retry();
}

void ModelSession::loadOnCpu() {
    m_options.device = DeviceChoice::Cpu;
    reload();
}

void ModelSession::loseDevice() {
    m_loader.cancel();
    m_bridge.setEngine(nullptr);
    m_loaded.reset();
    m_before.reset();
    m_error = fail(ErrorCode::DeviceLost).error;
    enter(State::Failed);
}

void ModelSession::forgetRejected() {
    m_rejected.reset();
    emit changed();
}

void ModelSession::onResolved(const LibraryModel& model) {
    releaseEngine();
    m_name = QString::fromStdString(model.name);
    LoadOptions options = m_options;
    // A default for every model: none gets more than it was trained for.
    if (model.trainedContext > 0)
        options.contextTokens = std::min(options.contextTokens, model.trainedContext);
    m_loader.load(QString::fromStdString(model.path), m_name, options);
    enter(State::Loading);
}

void ModelSession::onNotResolved(const Error& error) {
    if (takeBack(error))
        return;
    releaseEngine();
    m_error = error;
    enter(error.code == ErrorCode::NotFound ? State::Missing : State::Failed);
}

void ModelSession::onLoaded(const std::shared_ptr<Engine>& engine) {
    m_loadedName = m_name;
    use(engine);
}

void ModelSession::onFailed(const Error& error) {
    if (takeBack(error))
        return;
    m_error = error;
    enter(State::Failed);
}

bool ModelSession::takeBack(const Error& error) {
    // No other model loads on a device that is lost.
    if (!m_before || m_before->choice == m_wanted || error.code == ErrorCode::DeviceLost)
        return false;
    const Used before = *std::exchange(m_before, std::nullopt);
    m_rejected = Rejected{m_wanted, m_name, error};
    if (!m_loaded) {
        begin(before.choice);
        return true;
    }
    m_wanted = before.choice;
    m_name = before.name;
    use(std::shared_ptr<Engine>(m_loaded));
    return true;
}

void ModelSession::use(const std::shared_ptr<Engine>& engine) {
    m_loaded = engine;
    m_before.reset();
    m_info = engine->model();
    m_state = State::Ready;
    m_bridge.setEngine(engine);
    emit changed();
}

} // namespace hearth::ui
