#include "server_source.h"

#include <algorithm>
#include <filesystem>
#include <thread>
#include <utility>

namespace hearth::desktop {

namespace {

using namespace std::chrono_literals;

/// How long a load in the window waits for requests that use its model, or its memory.
constexpr auto kPatience = 10s;
constexpr auto kLookEvery = 10ms;

std::chrono::system_clock::time_point modifiedAt(const std::string& path) {
    std::error_code problem;
    const auto time = std::filesystem::last_write_time(path, problem);
    if (problem)
        return {};
    return std::chrono::time_point_cast<std::chrono::system_clock::duration>(
        std::chrono::file_clock::to_sys(time));
}

class EngineServer final : public ui::ServerSource {
public:
    EngineServer(std::shared_ptr<Host> host, const LoadOptions& load)
        : m_host(std::move(host))
        , m_pool(ModelPool::create(*m_host, {}, poolOptions(load))) {}

    ~EngineServer() override { stop(std::chrono::milliseconds(0)); }

    Result<Started> start(const ServerOptions& options, Server::Observer observer) override {
        HEARTH_TRY_ASSIGN(m_server, Server::start(options, m_pool, std::move(observer)));
        return Started{m_server->port(), m_server->url()};
    }

    void stop(std::chrono::milliseconds drain) override {
        if (m_server)
            m_server->stop(drain);
        m_server.reset();
        m_pool->close(); // what waits for a model must not outlast the host
    }

    void setModels(std::vector<PoolModel> models) override {
        for (PoolModel& model : models)
            model.modified = modifiedAt(model.path);
        m_pool->setModels(std::move(models));
    }

    ui::ServerActivity activity() override {
        ui::ServerActivity activity;
        activity.connections = m_server ? static_cast<int>(m_server->connections()) : 0;
        activity.models = m_pool->models();
        for (PoolModelStatus& status : activity.models) {
            const std::shared_ptr<Engine> engine = std::exchange(status.engine, nullptr);
            if (status.leases == 0)
                continue;
            const EngineStatistics statistics =
                engine ? engine->statistics() : EngineStatistics();
            const int waiting = std::min(statistics.waiting, status.leases);
            activity.leases += status.leases;
            activity.waiting += waiting;
            activity.running += status.leases - waiting;
            activity.tokensPerSecond += statistics.decodeTokensPerSecond;
        }
        return activity;
    }

    Result<void> unload(const std::string& model) override { return m_pool->unload(model); }

    void giveWay(const std::string& name) override {
        for (const PoolModelStatus& status : m_pool->models())
            if (isInTheWay(status, name))
                static_cast<void>(m_pool->unload(status.model.name));
        const auto end = std::chrono::steady_clock::now() + kPatience;
        const auto isWaiting = [&] {
            const std::vector<PoolModelStatus> models = m_pool->models();
            return std::any_of(models.begin(), models.end(), [&](const PoolModelStatus& status) {
                return isInTheWay(status, name);
            });
        };
        while (isWaiting() && std::chrono::steady_clock::now() < end)
            std::this_thread::sleep_for(kLookEvery);
    }

private:
    static PoolOptions poolOptions(const LoadOptions& load) {
        PoolOptions options;
        options.load = load;
        return options;
    }

    /// Idle models hold memory that the window may need; its own is to be free in any case.
    static bool isInTheWay(const PoolModelStatus& status, const std::string& name) {
        if (status.pinned || status.state == PoolState::Unloaded)
            return false;
        return status.model.name == name ||
               (status.state == PoolState::Loaded && status.leases == 0);
    }

    const std::shared_ptr<Host> m_host;
    const std::shared_ptr<ModelPool> m_pool;
    std::unique_ptr<Server> m_server;
};

} // namespace

ui::ServerFactory engineServer() {
    return [](const std::shared_ptr<Host>& host, const LoadOptions& load) {
        return std::make_unique<EngineServer>(host, load);
    };
}

} // namespace hearth::desktop
