#pragma once

#include "state/server_controller.h"

#include <condition_variable>
#include <mutex>
#include <optional>
#include <vector>

namespace hearth::ui {

/// A server that follows a script instead of listening. Thread-safe.
class ScriptedServer final : public ServerSource {
public:
    struct Script {
        std::optional<Error> failure; ///< start() fails with it …
        int failures = 1 << 20;       ///< … so many times, over all servers of a factory.
        bool holdsStart = false;      ///< Until release().
        ServerActivity activity;      ///< Its models' states go to those that are set, by name.
        std::vector<ServedRequest> requests; ///< Answered as soon as the first one runs.
    };
    /// What all servers of a factory share, and a test holds.
    class Control {
    public:
        explicit Control(Script script) : m_script(std::move(script)) {}

        void release();
        /// A request has been answered by the server that runs.
        void answer(const ServedRequest& request);

        [[nodiscard]] std::vector<ServerOptions> starts() const;
        [[nodiscard]] int stops() const;
        [[nodiscard]] std::vector<std::string> models() const;
        [[nodiscard]] std::vector<std::string> gaveWay() const;

    private:
        friend class ScriptedServer;

        const Script m_script;
        mutable std::mutex m_mutex;
        std::condition_variable m_wake;
        bool m_released = false;
        int m_failures = 0;
        int m_stops = 0;
        bool m_hasAnswered = false; ///< Script::requests.
        std::vector<ServerOptions> m_starts;
        std::vector<PoolModel> m_models;
        std::vector<std::string> m_gaveWay;
        Server::Observer m_observer;
    };

    explicit ScriptedServer(std::shared_ptr<Control> control) : m_control(std::move(control)) {}

    Result<Started> start(const ServerOptions& options, Server::Observer observer) override;
    void stop(std::chrono::milliseconds drain) override;
    void setModels(std::vector<PoolModel> models) override;
    ServerActivity activity() override;
    Result<void> unload(const std::string& model) override;
    void giveWay(const std::string& name) override;

private:
    const std::shared_ptr<Control> m_control;
};

[[nodiscard]] ServerFactory scriptedServer(std::shared_ptr<ScriptedServer::Control> control);

/// A day's requests of several programs, some of which went wrong.
[[nodiscard]] std::vector<ServedRequest> scriptedRequests();
/// What Server::start() says of a port that another program has.
[[nodiscard]] Error scriptedBusyPort(int port);

} // namespace hearth::ui
