#pragma once

#include "bridge/job_thread.h"
#include "hearth/host.h"
#include "hearth/model_pool.h"
#include "hearth/server.h"
#include "state/request_log.h"
#include "state/server_choice.h"

#include <QObject>
#include <QString>
#include <QTimer>

#include <chrono>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace hearth::ui {

class ModelCatalogue;
class ModelSession;
class Settings;

/// What a server does at a moment.
struct ServerActivity {
    int connections = 0;
    int running = 0; ///< Requests of other programs that are being answered, on all models.
    int waiting = 0; ///< Those that wait for their turn.
    int leases = 0;  ///< Both together.
    double tokensPerSecond = 0.0; ///< Of the models that they use.
    std::vector<PoolModelStatus> models; ///< Without their engines.
};

/// A server that runs or is to run, with the models that it may load into the window's host. Used
/// on the controller's thread but for giveWay().
class ServerSource {
public:
    struct Started {
        std::uint16_t port = 0;
        std::string url;
    };

    virtual ~ServerSource() = default;

    /// Errors: as Server::start().
    virtual Result<Started> start(const ServerOptions& options, Server::Observer observer) = 0;
    virtual void stop(std::chrono::milliseconds drain) = 0;
    /// The first one is the default.
    virtual void setModels(std::vector<PoolModel> models) = 0;
    virtual ServerActivity activity() = 0;
    virtual Result<void> unload(const std::string& model) = 0;
    /// The window is about to load a model: frees those that no request uses, and the one of this
    /// name, for whose requests it waits a while. On any thread.
    virtual void giveWay(const std::string& name) = 0;
};
/// Called on the controller's thread, for each start. The load options are the window's.
using ServerFactory = std::function<std::unique_ptr<ServerSource>(const std::shared_ptr<Host>&,
                                                                  const LoadOptions&)>;

/// The window's REST server: a switch, what became of it, what it has answered. It is made and
/// stopped on a thread of its own. Window's thread.
///
/// A new host (after a change of devices or threads) or a change of address, keys or origins makes
/// a new server at the same place. What can't be started leaves the switch off.
class ServerController : public QObject {
    Q_OBJECT

public:
    enum class State { Off, Starting, Running, Stopping, Failed };

    /// Null factory: there is no server in this program.
    ServerController(ServerFactory factory, ModelSession& model, ModelCatalogue& catalogue,
                     Settings& settings, QObject* parent = nullptr);
    /// Lets requests end for a moment, then cuts them off, and joins.
    ~ServerController() override;

    void setOn(bool on);
    /// What the switch shows: on while it starts and runs.
    [[nodiscard]] bool isOn() const { return m_isWanted; }
    [[nodiscard]] State state() const { return m_state; }
    [[nodiscard]] const std::optional<Error>& error() const { return m_error; } ///< Of Failed.
    [[nodiscard]] const QString& url() const { return m_url; } ///< Where it runs; else empty.
    [[nodiscard]] const ServerActivity& activity() const { return m_activity; }
    [[nodiscard]] RequestLog& log() { return m_log; }

    /// How other programs of this computer reach it: url(), or what it would be.
    [[nodiscard]] QString localUrl() const;
    /// How other devices do; empty if none can.
    [[nodiscard]] QStringList networkUrls() const;

    [[nodiscard]] const ServerChoice& choice() const;
    void setChoice(const ServerChoice& choice);
    void unload(const QString& model);

signals:
    void changed();
    void activityChanged();

private:
    class Inbox;
    struct Current;

    void enter(State state);
    void begin();
    void end(std::chrono::milliseconds drain);
    void onHost(const std::shared_ptr<Host>& host);
    void onHostGone();
    void onStarted(quint64 generation, const Result<ServerSource::Started>& started);
    void onSettingsChanged();
    void refreshModels();
    void look();
    [[nodiscard]] ServerOptions options() const;
    [[nodiscard]] std::vector<PoolModel> models() const;
    /// On m_thread.
    void stopCurrent(std::chrono::milliseconds drain);

    ServerFactory m_factory;
    ModelSession& m_model;
    ModelCatalogue& m_catalogue;
    Settings& m_settings;
    RequestLog m_log;
    ServerChoice m_applied; ///< With which it runs, or was to.
    std::shared_ptr<Host> m_host;
    std::shared_ptr<Current> m_current; ///< The source that runs.
    std::shared_ptr<Inbox> m_inbox;
    State m_state = State::Off;
    bool m_isWanted = false;
    quint64 m_generation = 0; ///< Of starts; news of earlier ones are void.
    std::optional<Error> m_error;
    QString m_url;
    ServerActivity m_activity;
    bool m_isLooking = false;
    QTimer m_look;
    JobThread m_thread; ///< Last: joined before what it uses goes.
};

} // namespace hearth::ui
