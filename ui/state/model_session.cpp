#include "state/model_session.h"

#include "bridge/engine_bridge.h"
#include "state/model_catalogue.h"

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
                if (m_state != State::Looking || wanted != m_wanted)
                    return;
                m_error = error;
                enter(error.code == ErrorCode::NotFound ? State::Missing : State::Failed);
            });
    connect(&m_loader, &ModelLoader::progressed, this,
            [this](const QString&, const LoadProgress& progress) {
                m_progress = progress;
                emit changed();
            });
    connect(&m_loader, &ModelLoader::loaded, this,
            [this](const QString&, const std::shared_ptr<Engine>& engine) { onLoaded(engine); });
    connect(&m_loader, &ModelLoader::failed, this, [this](const QString&, const Error& error) {
        m_error = error;
        enter(State::Failed);
    });
}

ModelSession::~ModelSession() {
    // The bridge must not keep the engine beyond the loader, which joins it.
    m_bridge.setEngine(nullptr);
}

void ModelSession::enter(State state) {
    m_state = state;
    emit changed();
}

void ModelSession::releaseEngine() {
    m_loader.cancel();
    m_bridge.setEngine(nullptr);
    m_info = {};
    m_progress = {};
    if (!m_loadedName.isEmpty())
        m_loader.unload(std::exchange(m_loadedName, {}));
}

void ModelSession::choose(const QString& nameOrPath) {
    releaseEngine();
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
    enter(State::None);
}

void ModelSession::reload() {
    releaseEngine();
    m_loader.resetHost();
    retry();
}

void ModelSession::onResolved(const LibraryModel& model) {
    m_name = QString::fromStdString(model.name);
    m_loader.load(QString::fromStdString(model.path), m_name, m_options);
    enter(State::Loading);
}

void ModelSession::onLoaded(const std::shared_ptr<Engine>& engine) {
    m_loadedName = m_name;
    m_info = engine->model();
    m_state = State::Ready;
    m_bridge.setEngine(engine);
    emit changed();
}

} // namespace hearth::ui
