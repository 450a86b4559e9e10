#include "state/server_controller.h"

#include "state/model_catalogue.h"
#include "state/model_session.h"
#include "state/settings.h"

#include <algorithm>
#include <mutex>
#include <utility>

namespace hearth::ui {

namespace {

using namespace std::chrono_literals;

constexpr auto kDrain = 5s;
constexpr auto kCloseDrain = 3s;
/// Of a server that starts anew at once, with other keys, say: answers under way may end.
constexpr auto kRestartDrain = 5s;
constexpr int kLookMilliseconds = 1000;

PoolModel poolModel(const LibraryModel& model) {
    PoolModel entry;
    entry.name = model.name;
    entry.path = model.path;
    entry.architecture = model.architecture;
    entry.quantisation = model.quantisation;
    entry.kind = model.kind;
    entry.bytes = model.bytes;
    entry.trainedContext = model.trainedContext;
    return entry;
}

PoolModel poolModel(const QString& name, const ModelInfo& info) {
    PoolModel entry;
    entry.name = name.toStdString();
    entry.path = info.path;
    entry.architecture = info.architecture;
    entry.quantisation = info.quantisation;
    entry.kind = info.kind;
    entry.bytes = info.weightBytes;
    entry.trainedContext = info.trainedContext;
    return entry;
}

/// "[::1]" in an address of the web.
QString bracketed(const QString& address) {
    return address.contains(QLatin1Char(':')) ? QStringLiteral("[%1]").arg(address) : address;
}

QString urlOf(const QString& address, int port) {
    return QStringLiteral("http://%1:%2").arg(bracketed(address)).arg(port);
}

} // namespace

/// Requests on their way from the server's threads to the log, with one wake-up for all that come
/// until the window looks.
class ServerController::Inbox {
public:
    /// True if the window has to be woken.
    bool put(const ServedRequest& request) {
        const std::lock_guard lock(m_mutex);
        m_requests.putWithin(request);
        return !std::exchange(m_wakePending, true);
    }
    std::vector<ServedRequest> take() {
        const std::lock_guard lock(m_mutex);
        m_wakePending = false;
        return m_requests.takeAll();
    }

private:
    std::mutex m_mutex;
    RequestShelf m_requests;
    bool m_wakePending = false;
};

/// The running source; the loader's thread asks it to give way.
struct ServerController::Current {
    [[nodiscard]] std::shared_ptr<ServerSource> get() {
        const std::lock_guard lock(m_mutex);
        return m_source;
    }
    std::shared_ptr<ServerSource> exchange(std::shared_ptr<ServerSource> source) {
        const std::lock_guard lock(m_mutex);
        return std::exchange(m_source, std::move(source));
    }

private:
    std::mutex m_mutex;
    std::shared_ptr<ServerSource> m_source;
};

ServerController::ServerController(ServerFactory factory, ModelSession& model,
                                   ModelCatalogue& catalogue, Settings& settings, QObject* parent)
    : QObject(parent)
    , m_factory(std::move(factory))
    , m_model(model)
    , m_catalogue(catalogue)
    , m_settings(settings)
    , m_applied(settings.values().server)
    , m_current(std::make_shared<Current>())
    , m_inbox(std::make_shared<Inbox>()) {
    connect(&model, &ModelSession::hostReady, this, &ServerController::onHost);
    connect(&model, &ModelSession::hostGone, this, &ServerController::onHostGone);
    connect(&model, &ModelSession::hostFailed, this, [this](const Error& error) {
        if (m_state == State::Starting && !m_host)
            onStarted(m_generation, fail(error));
    });
    connect(&model, &ModelSession::changed, this, &ServerController::refreshModels);
    connect(&catalogue, &ModelCatalogue::scanned, this, &ServerController::refreshModels);
    connect(&settings, &Settings::changed, this, &ServerController::onSettingsChanged);
    model.setBeforeLoad([current = m_current](const std::string& name) {
        if (const auto source = current->get())
            source->giveWay(name);
    });
    m_look.setInterval(kLookMilliseconds);
    connect(&m_look, &QTimer::timeout, this, &ServerController::look);
    if (m_applied.startsWithWindow)
        setOn(true);
}

ServerController::~ServerController() {
    m_thread.post([this] { stopCurrent(kCloseDrain); });
    m_thread.finish();
}

void ServerController::setOn(bool on) {
    if (on == m_isWanted || !m_factory)
        return;
    m_isWanted = on;
    if (on)
        begin();
    else
        end(kDrain);
}

void ServerController::enter(State state) {
    m_state = state;
    if (state == State::Running)
        m_look.start();
    else
        m_look.stop();
    if (state != State::Running) {
        m_url.clear();
        m_activity = {};
    }
    emit changed();
}

void ServerController::begin() {
    ++m_generation;
    m_error.reset();
    m_applied = choice();
    const bool isAnswering = m_activity.leases > 0; // By the server that this one follows.
    enter(isAnswering && m_host ? State::Stopping : State::Starting);
    if (!m_host) {
        m_model.findHost();
        return;
    }
    const Server::Observer observer = [this, inbox = m_inbox](const ServedRequest& request) {
        if (!inbox->put(request))
            return;
        QMetaObject::invokeMethod(
            this, [this] { m_log.add(m_inbox->take()); }, Qt::QueuedConnection);
    };
    m_thread.post([this, observer, host = m_host, options = options(), models = models(),
                   load = m_model.loadOptions(), generation = m_generation]() mutable {
        stopCurrent(kRestartDrain);
        QMetaObject::invokeMethod(
            this,
            [this, generation] {
                if (generation == m_generation && m_state == State::Stopping)
                    enter(State::Starting);
            },
            Qt::QueuedConnection);
        const std::shared_ptr<ServerSource> source = m_factory(host, load);
        host.reset();
        source->setModels(std::move(models));
        const auto started = source->start(options, observer);
        if (started)
            m_current->exchange(source);
        QMetaObject::invokeMethod(
            this, [this, generation, started] { onStarted(generation, started); },
            Qt::QueuedConnection);
    });
}

void ServerController::end(std::chrono::milliseconds drain) {
    const quint64 generation = ++m_generation;
    enter(State::Stopping);
    m_thread.post([this, drain, generation] {
        stopCurrent(drain);
        QMetaObject::invokeMethod(
            this,
            [this, generation] {
                if (generation == m_generation)
                    enter(State::Off);
            },
            Qt::QueuedConnection);
    });
}

void ServerController::stopCurrent(std::chrono::milliseconds drain) {
    if (const auto source = m_current->exchange(nullptr))
        source->stop(drain);
}

void ServerController::onHost(const std::shared_ptr<Host>& host) {
    if (m_host == host)
        return;
    m_host = host;
    if (m_isWanted)
        begin();
}

void ServerController::onHostGone() {
    m_host.reset();
    m_thread.post([this] { stopCurrent(0ms); });
    if (!m_isWanted)
        return;
    // The next host, which the reload makes, brings it back.
    ++m_generation;
    enter(State::Starting);
    m_model.findHost();
}

void ServerController::onStarted(quint64 generation,
                                 const Result<ServerSource::Started>& started) {
    if (generation != m_generation)
        return;
    if (!started) {
        m_isWanted = false;
        m_error = started.error();
        enter(State::Failed);
        return;
    }
    m_url = QString::fromStdString(started->url);
    enter(State::Running);
    look();
}

void ServerController::onSettingsChanged() {
    ServerChoice wanted = choice();
    wanted.startsWithWindow = m_applied.startsWithWindow;
    if (wanted == m_applied)
        return;
    if (m_isWanted)
        begin();
    else if (m_state == State::Failed)
        enter(State::Off); // Its reason may be mended.
    emit changed();
}

void ServerController::refreshModels() {
    // Progress of a load changes nothing here.
    const auto state = m_model.state();
    if (state == ModelSession::State::Loading || m_state != State::Running)
        return;
    m_thread.post([this, models = models()]() mutable {
        if (const auto source = m_current->get())
            source->setModels(std::move(models));
    });
}

void ServerController::look() {
    if (m_isLooking)
        return;
    m_isLooking = true;
    m_thread.post([this, generation = m_generation] {
        const auto source = m_current->get();
        auto activity = source ? source->activity() : ServerActivity();
        QMetaObject::invokeMethod(
            this,
            [this, generation, activity = std::move(activity)]() mutable {
                m_isLooking = false;
                if (generation != m_generation || m_state != State::Running)
                    return;
                m_activity = std::move(activity);
                emit activityChanged();
            },
            Qt::QueuedConnection);
    });
}

void ServerController::unload(const QString& model) {
    m_thread.post([this, model = model.toStdString()] {
        if (const auto source = m_current->get())
            static_cast<void>(source->unload(model));
    });
    look();
}

const ServerChoice& ServerController::choice() const {
    return m_settings.values().server;
}

void ServerController::setChoice(const ServerChoice& choice) {
    Settings::Values values = m_settings.values();
    values.server = choice;
    m_settings.set(values);
}

QString ServerController::localUrl() const {
    const QString& address = choice().address;
    const bool isEvery = address == kEveryNetwork || address == QLatin1String("::");
    return urlOf(isEvery ? QString(kThisComputer) : address, choice().port);
}

QStringList ServerController::networkUrls() const {
    const ServerChoice& wanted = choice();
    if (wanted.isLocal())
        return {};
    QStringList urls;
    const bool isEvery = wanted.address == kEveryNetwork || wanted.address == QLatin1String("::");
    for (const QString& address : isEvery ? localAddresses() : QStringList{wanted.address})
        if (wanted.address != kEveryNetwork || !address.contains(QLatin1Char(':')))
            urls += urlOf(address, wanted.port);
    return urls;
}

ServerOptions ServerController::options() const {
    const ServerChoice& wanted = choice();
    ServerOptions options;
    options.address = wanted.address.toStdString();
    options.port = static_cast<std::uint16_t>(wanted.port);
    for (const ServerKey& key : wanted.keys)
        options.keys.push_back({key.name.toStdString(), key.secret.toStdString()});
    for (const QString& origin : wanted.origins)
        options.allowedOrigins.push_back(origin.toStdString());
    if (!wanted.isLocal())
        for (const QString& name : localAddresses() + localNames())
            options.allowedHosts.push_back(name.toStdString());
    options.keepBodies = true;
    return options;
}

std::vector<PoolModel> ServerController::models() const {
    std::vector<PoolModel> models;
    for (int row = 0; row < m_catalogue.rowCount(); ++row)
        if (m_catalogue.at(row).problem.empty())
            models.push_back(poolModel(m_catalogue.at(row)));
    if (m_model.state() != ModelSession::State::Ready)
        return models;
    // The window's own is what a request without a name means.
    const std::string name = m_model.name().toStdString();
    const auto own = std::find_if(models.begin(), models.end(),
                                  [&](const PoolModel& model) { return model.name == name; });
    if (own == models.end())
        models.insert(models.begin(), poolModel(m_model.name(), m_model.info()));
    else
        std::rotate(models.begin(), own, own + 1);
    return models;
}

} // namespace hearth::ui
