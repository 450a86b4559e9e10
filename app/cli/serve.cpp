#include "cli/api_client.h"
#include "cli/console.h"
#include "cli/serve_notes.h"
#include "cli/serve_options.h"
#include "hearth/model_library.h"
#include "hearth/model_pool.h"

#include <csignal>
#include <future>
#include <memory>
#include <thread>
#include <utility>

#include <fmt/format.h>

namespace hearth::cli {

namespace {

/// SIGINT and SIGTERM as something to wait for. Made before any other thread, which inherits that
/// they are blocked.
class StopSignals {
public:
    StopSignals() {
        sigemptyset(&m_signals);
        sigaddset(&m_signals, SIGINT);
        sigaddset(&m_signals, SIGTERM);
        pthread_sigmask(SIG_BLOCK, &m_signals, nullptr);
    }
    void wait() const {
        int signal = 0;
        sigwait(&m_signals, &signal);
    }
    /// True if one came within the time.
    [[nodiscard]] bool waitFor(std::chrono::milliseconds time) const {
        const timespec limit{time.count() / 1000, (time.count() % 1000) * 1000000};
        return sigtimedwait(&m_signals, nullptr, &limit) > 0;
    }

private:
    sigset_t m_signals{};
};

PoolModel resolve(const ModelLibrary& library, const std::string& name) {
    return poolModelOf(orFail(library.resolve(name)));
}

std::vector<PoolModel> modelsToServe(const ServeOptions& options) {
    const ModelLibrary library = orFail(ModelLibrary::open(options.model.dataDirectory));
    std::vector<PoolModel> models;
    for (const std::string& name : options.models)
        models.push_back(resolve(library, name));
    if (!models.empty())
        return models;
    for (const LibraryModel& model : library.models())
        if (model.problem.empty())
            models.push_back(poolModelOf(model));
    if (models.empty())
        throw CommandFailed("the library has no model yet: add one with hearth models pull "
                            "starter");
    return models;
}

struct Serve {
    ServeOptions options;

    void run() {
        options.complete();
        const StopSignals signals;
        std::vector<PoolModel> models = modelsToServe(options);
        const bool named = !options.models.empty();
        const std::string first = named ? models.front().name : std::string();
        const std::string names = named && models.size() == 1
                                      ? models.front().name
                                      : fmt::format("{} model{}", models.size(),
                                                    models.size() == 1 ? "" : "s");
        PoolOptions pooling;
        pooling.load = options.model.load;
        pooling.idleTime = std::chrono::seconds(options.idleSeconds.value_or(named ? 0 : 300));

        const std::unique_ptr<Host> host = orFail(createHost(options.model.host));
        const std::shared_ptr<ModelPool> pool =
            ModelPool::create(*host, std::move(models), pooling);
        const std::unique_ptr<Server> server = start(pool);
        if (named && !load(*pool, first, signals))
            return;
        printText(fmt::format("Hearth serves {} at {}\n", names, server->url()));
        if (const std::string note = networkNote(*server); !note.empty())
            printMessage(note);
        signals.wait();
        drain(*server, signals);
        pool->close();
    }

    [[nodiscard]] std::unique_ptr<Server> start(const std::shared_ptr<ModelPool>& pool) const {
        Result<std::unique_ptr<Server>> started = Server::start(options.server, pool);
        if (!started && started.error().code == ErrorCode::Io &&
            started.error().path.ends_with(fmt::format(":{}", options.server.port)))
            throw CommandFailed(fmt::format("can't listen at {}: {}; choose another --server-port "
                                            "or --server-name",
                                            started.error().path, started.error().detail));
        if (!started && started.error().field == "keys")
            throw CommandFailed(started.error().detail +
                                "; give one by --api-key or HEARTH_API_KEY");
        return orFail(std::move(started));
    }

    /// The first model is there before the first request. False if the person would not wait.
    static bool load(ModelPool& pool, const std::string& name, const StopSignals& signals) {
        using Loaded = Result<std::shared_ptr<ModelLease>>;
        auto promise = std::make_shared<std::promise<Loaded>>();
        std::future<Loaded> loaded = promise->get_future();
        const Result<PoolModelStatus> status = pool.find(name);
        const ModelUse use = status && status->model.kind == ModelKind::Encoder
                                 ? ModelUse::Embed
                                 : ModelUse::Generate;
        pool.acquire(name, use, [promise](Loaded lease) { promise->set_value(std::move(lease)); });
        while (loaded.wait_for(std::chrono::seconds(0)) != std::future_status::ready)
            if (signals.waitFor(std::chrono::milliseconds(20)))
                return false;
        if (const std::string note = limitsNote(*orFail(loaded.get())); !note.empty())
            printMessage(note);
        return true;
    }

    /// Running requests may end; a second signal cuts them off.
    void drain(Server& server, const StopSignals& signals) const {
        printMessage("Stopping: running requests may end; once more stops at once.");
        std::promise<void> promise;
        std::future<void> stopped = promise.get_future();
        std::thread stopping([&] {
            server.stop(std::chrono::seconds(options.drainSeconds));
            promise.set_value();
        });
        while (stopped.wait_for(std::chrono::seconds(0)) != std::future_status::ready)
            if (signals.waitFor(std::chrono::milliseconds(20)))
                server.stop(std::chrono::milliseconds(0));
        stopping.join();
    }
};

} // namespace

void addServe(CLI::App& program) {
    auto serve = std::make_shared<Serve>();
    CLI::App* command =
        program.add_subcommand("serve", "Serve models to other programs by the OpenAI, Anthropic, "
                                        "LMDeploy, TGI, Ollama and LM Studio APIs");
    command->footer("Example: hearth serve starter --server-port 23333\n"
                    "LMDeploy's spelling: hearth serve api_server MODEL");
    serve->options.addTo(*command);
    addApiClient(*command);
    command->callback([serve, command] {
        if (command->get_subcommands().empty())
            serve->run();
    });
}

} // namespace hearth::cli
