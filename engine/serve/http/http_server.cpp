#include "serve/http/http_server.h"

#include "base/field_failure.h"
#include "serve/http/connection.h"
#include "serve/http/listener.h"
#include "serve/http/network_loop.h"
#include "serve/http/server_core.h"

#include <algorithm>
#include <atomic>
#include <exception>
#include <future>
#include <mutex>
#include <optional>
#include <sys/resource.h>
#include <thread>
#include <utility>

namespace hearth::serve {

namespace {

constexpr std::chrono::milliseconds kPoll{2};
constexpr std::chrono::milliseconds kFarewell{1000}; ///< For clients to take their last bytes.
constexpr std::chrono::milliseconds kLastReads{100};
constexpr std::size_t kOtherDescriptors = 256; ///< Models, logs, the display, …

/// Raises the soft limit of open files to what the connections need, as far as it may be.
void allowDescriptors(std::size_t connections) {
    rlimit limit{};
    if (getrlimit(RLIMIT_NOFILE, &limit) != 0)
        return;
    const rlim_t needed = connections + kOtherDescriptors;
    if (limit.rlim_cur >= needed)
        return;
    limit.rlim_cur = std::min(needed, limit.rlim_max);
    setrlimit(RLIMIT_NOFILE, &limit);
}

class AsioHttpServer final : public HttpServer {
public:
    AsioHttpServer(ServerOptions options, std::shared_ptr<const Router> router,
                   ServedHandler served)
        : m_core(std::make_shared<ServerCore>(std::move(options), std::move(router),
                                              std::move(served))) {}
    ~AsioHttpServer() override { stop(std::chrono::milliseconds(0)); }

    Result<void> open() {
        const ServerOptions& options = m_core->options;
        std::shared_ptr<boost::asio::ssl::context> tls;
        if (!options.certificateFile.empty()) {
            HEARTH_TRY_ASSIGN(tls, openTls(options.certificateFile, options.keyFile));
        }
        for (std::int32_t i = 0; i < std::max(1, options.networkThreads); ++i)
            m_loops.push_back(std::make_shared<NetworkLoop>());
        m_listener = std::make_shared<Listener>(m_core, m_loops, std::move(tls));
        HEARTH_TRY(m_listener->open(options.address, options.port));
        m_port = m_listener->port();
        allowDescriptors(options.limits.connections);
        m_listener->accept();
        for (const std::shared_ptr<NetworkLoop>& loop : m_loops)
            loop->start();
        for (std::int32_t i = 0; i < std::max(1, options.workerThreads); ++i)
            m_workers.emplace_back([core = m_core] { work(*core); });
        return {};
    }

    [[nodiscard]] std::uint16_t port() const override { return m_port; }
    [[nodiscard]] std::size_t connections() const override { return m_core->connections; }
    [[nodiscard]] bool draining() const override { return m_core->draining; }

    void stop(std::chrono::milliseconds drain) override {
        m_core->draining = true;
        shortenDrain(Clock::now() + drain);
        const std::scoped_lock lock(m_stopMutex);
        if (m_stopped)
            return;
        m_stopped = true;
        if (m_listener && !m_workers.empty()) {
            m_loops.front()->post([listener = m_listener] { listener->close(); });
            onAll([](Connection& connection) { connection.closeIdle(); });
            while (m_core->exchanges > 0 && Clock::now() < m_deadline.load())
                std::this_thread::sleep_for(kPoll);
            concludeAll();
            onAll([](Connection& connection) { connection.cut(); });
        }
        m_core->tasks.close();
        for (std::thread& worker : m_workers)
            worker.join();
        m_listener.reset();
        for (const std::shared_ptr<NetworkLoop>& loop : m_loops)
            loop->close();
        m_core->letGo();
    }

private:
    using Clock = std::chrono::steady_clock;

    /// A second stop() may be less patient than the one that is waiting.
    void shortenDrain(Clock::time_point deadline) {
        Clock::time_point current = m_deadline.load();
        while (deadline < current && !m_deadline.compare_exchange_weak(current, deadline)) {
        }
    }

    static void work(ServerCore& core) {
        while (std::optional<std::function<void()>> task = core.tasks.waitPop())
            (*task)();
    }

    /// Tells clients whose answers are not over why they end here, as far as they read.
    void concludeAll() {
        if (m_core->exchanges == 0)
            return;
        onAll([](Connection& connection) { connection.conclude(); });
        const Clock::time_point end = Clock::now() + kFarewell;
        while (m_core->exchanges > 0 && Clock::now() < end)
            std::this_thread::sleep_for(kPoll);
        // What clients are still sending is read meanwhile, or the close would cost the answer.
        const Clock::time_point read = Clock::now() + kLastReads;
        while (m_core->connections > 0 && Clock::now() < read)
            std::this_thread::sleep_for(kPoll);
    }

    /// Runs `act` for each connection, on its own thread, and waits until all are done.
    void onAll(const std::function<void(Connection&)>& act) {
        std::vector<std::future<void>> done;
        for (const std::shared_ptr<NetworkLoop>& loop : m_loops) {
            auto finished = std::make_shared<std::promise<void>>();
            done.push_back(finished->get_future());
            loop->post([raw = loop.get(), finished, act] {
                std::vector<std::shared_ptr<Connection>> all;
                for (Connection* connection : raw->connections)
                    all.push_back(connection->shared_from_this());
                for (const std::shared_ptr<Connection>& connection : all)
                    act(*connection);
                finished->set_value();
            });
        }
        for (std::future<void>& finished : done)
            finished.wait();
    }

    const std::shared_ptr<ServerCore> m_core;
    std::vector<std::shared_ptr<NetworkLoop>> m_loops;
    std::shared_ptr<Listener> m_listener;
    std::vector<std::thread> m_workers;
    std::uint16_t m_port = 0;
    std::mutex m_stopMutex;
    std::atomic<Clock::time_point> m_deadline = Clock::time_point::max();
    bool m_stopped = false;
};

} // namespace

Result<std::unique_ptr<HttpServer>> HttpServer::start(ServerOptions options,
                                                      std::shared_ptr<const Router> router,
                                                      ServedHandler served) {
    if (options.address == "localhost")
        options.address = "127.0.0.1";
    if (options.certificateFile.empty() != options.keyFile.empty())
        return invalidArgument("certificate", "TLS needs both a certificate and a key");
    if (!isLoopback(options.address) && options.keys.empty())
        return invalidArgument("keys", "other machines could use the server at " + options.address +
                                   ": an API key is needed");
    for (const ApiKey& key : options.keys)
        if (key.secret.empty())
            return invalidArgument("keys", "an API key is empty");
    auto server =
        std::make_unique<AsioHttpServer>(std::move(options), std::move(router), std::move(served));
    HEARTH_TRY(server->open());
    return std::unique_ptr<HttpServer>(std::move(server));
}

} // namespace hearth::serve
