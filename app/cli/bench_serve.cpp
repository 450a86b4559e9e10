#include "cli/bench_serve.h"

#include "cli/bench_latency.h"
#include "cli/bench_trace.h"
#include "cli/console.h"
#include "cli/model_options.h"
#include "cli/ranges.h"
#include "cli/session.h"
#include "cli/stream_client.h"
#include "hearth/model_pool.h"
#include "hearth/server.h"

#include <algorithm>
#include <condition_variable>
#include <memory>
#include <mutex>
#include <random>
#include <thread>
#include <utility>

#include <fmt/format.h>

namespace hearth::cli {

namespace {

using Clock = std::chrono::steady_clock;
using Timings = std::vector<RequestTiming>;

constexpr std::int32_t kCommonTokens = 1000; ///< Ids that every vocabulary has.
constexpr std::size_t kMostErrors = 3;

/// A request before it has the form of an API.
struct Planned {
    double at = 0.0;
    std::vector<std::int32_t> prompt;
    std::int32_t outputTokens = 0;
};

/// Runs requests on an engine without HTTP, measured as runStreams() does.
class EngineRun {
public:
    EngineRun(Engine& engine, std::size_t concurrency)
        : m_engine(engine), m_concurrency(concurrency) {}

    Timings run(const std::vector<Planned>& requests) {
        m_timings.resize(requests.size());
        m_begin = Clock::now();
        for (std::size_t i = 0; i < requests.size(); ++i) {
            std::this_thread::sleep_until(
                m_begin + std::chrono::duration_cast<Clock::duration>(
                              std::chrono::duration<double>(requests[i].at)));
            submit(i, requests[i]);
        }
        std::unique_lock lock(m_mutex);
        m_changed.wait(lock, [this] { return m_open == 0; });
        return std::move(m_timings);
    }

private:
    [[nodiscard]] double seconds() const {
        return std::chrono::duration<double>(Clock::now() - m_begin).count();
    }

    void submit(std::size_t index, const Planned& planned) {
        Request request;
        request.prompt = TokenPrompt{planned.prompt};
        request.sampling.temperature = 0.0F;
        request.maxTokens = planned.outputTokens;
        request.ignoreEos = true;
        request.lane = Lane::Api;
        {
            std::unique_lock lock(m_mutex);
            m_changed.wait(lock, [this] { return m_open < m_concurrency; });
            ++m_open;
        }
        m_timings[index].start = seconds();
        const auto id = m_engine.submit(std::move(request), [this, index](RequestId, Event event) {
            take(m_timings[index], event);
        });
        if (!id)
            end(m_timings[index], id.error().message());
    }

    void take(RequestTiming& timing, const Event& event) {
        if (const auto* text = std::get_if<TextEvent>(&event)) {
            if (!text->text.empty())
                timing.piece(seconds());
        } else if (const auto* finished = std::get_if<FinishedEvent>(&event)) {
            timing.promptTokens = finished->statistics.promptTokens;
            timing.outputTokens = finished->statistics.completionTokens;
            end(timing, {});
        } else if (const auto* failed = std::get_if<FailedEvent>(&event)) {
            end(timing, failed->error.message());
        }
    }

    void end(RequestTiming& timing, std::string error) {
        timing.end = timing.last > 0.0 ? timing.last : seconds();
        timing.error = std::move(error);
        const std::scoped_lock lock(m_mutex);
        --m_open;
        m_changed.notify_all();
    }

    Engine& m_engine;
    const std::size_t m_concurrency;
    Clock::time_point m_begin;
    std::mutex m_mutex;
    std::condition_variable m_changed;
    std::size_t m_open = 0;
    Timings m_timings; ///< Each used by one thread at a time: its events come in order.
};

struct BenchServe {
    ModelOptions model;
    std::string tracePath;
    std::size_t requests = 100;
    double rate = 0.0;
    std::size_t concurrency = 256;
    std::int32_t promptTokens = 128;
    std::int32_t tokens = 128;
    std::int32_t repeat = 1;
    std::string key;
    bool inProcess = false;
    bool json = false;

    std::uint32_t runs = 0; ///< Each has prompts of its own: nothing is cached.

    void run() {
        if (model.model.starts_with("http://") || model.model.starts_with("https://"))
            return runAgainst(model.model);
        model.load.queueCapacity = std::max(model.load.queueCapacity, std::int32_t(requests) + 1);
        Session session = openSession(model);
        const std::shared_ptr<ModelPool> pool = ModelPool::create(*session.host, {}, {});
        ServerOptions options;
        options.port = 0;
        options.limits.requests = requests + 1;
        options.limits.connections = requests + 16;
        const std::unique_ptr<Server> server = orFail(Server::start(options, pool));
        Engine& engine = *session.engine;
        const std::string name = engine.model().name;
        const auto overHttp = [&] { return send(server->url(), name, plan(engine.model())); };
        const auto direct = [&] {
            return EngineRun(engine, concurrency).run(plan(engine.model()));
        };
        static_cast<void>(EngineRun(engine, concurrency).run(warmUp(engine.model())));
        std::vector<Timings> http;
        std::vector<Timings> own;
        for (std::int32_t i = 0; i < repeat; ++i) { // in turns: machines drift
            if (inProcess)
                own.push_back(direct());
            http.push_back(overHttp());
        }
        server->stop(std::chrono::milliseconds(0));
        pool->close();
        print(http, own);
    }

    void runAgainst(std::string url) {
        if (inProcess)
            throw CommandFailed("--in-process measures a model of this machine, not a URL",
                                ExitStatus::WrongUsage);
        while (url.ends_with('/'))
            url.pop_back();
        std::vector<Timings> http;
        for (std::int32_t i = 0; i < repeat; ++i)
            http.push_back(send(url, {}, plan({})));
        print(http, {});
    }

    [[nodiscard]] std::vector<Planned> warmUp(const ModelInfo& info) {
        std::vector<Planned> all = plan(info);
        all.resize(std::min<std::size_t>(all.size(), 4));
        for (Planned& planned : all)
            planned = {0.0, std::move(planned.prompt), std::min(planned.outputTokens, 8)};
        return all;
    }

    [[nodiscard]] std::vector<Planned> plan(const ModelInfo& info) {
        const std::vector<TraceRequest> trace =
            tracePath.empty() ? std::vector<TraceRequest>{{promptTokens, tokens}}
                              : readTrace(tracePath);
        const std::vector<TraceRequest> wanted = takeRequests(trace, requests, info.context);
        const std::vector<double> times = arrivalTimes(requests, rate);
        std::mt19937 random(++runs);
        const std::int32_t vocabulary =
            info.vocabularySize > 0 ? info.vocabularySize : kCommonTokens;
        std::uniform_int_distribution<std::int32_t> pick(0, vocabulary - 1);
        std::vector<Planned> all;
        for (std::size_t i = 0; i < requests; ++i) {
            Planned planned{times[i], {}, wanted[i].outputTokens};
            planned.prompt.resize(std::size_t(wanted[i].inputTokens));
            std::generate(planned.prompt.begin(), planned.prompt.end(),
                          [&] { return pick(random); });
            all.push_back(std::move(planned));
        }
        return all;
    }

    [[nodiscard]] Timings send(const std::string& url, const std::string& name,
                               const std::vector<Planned>& planned) const {
        std::vector<StreamRequest> bodies;
        for (const Planned& request : planned) {
            nlohmann::json body = {{"prompt", request.prompt},
                                   {"max_tokens", request.outputTokens},
                                   {"temperature", 0},
                                   {"ignore_eos", true},
                                   {"stream", true},
                                   {"stream_options", {{"include_usage", true}}}};
            if (!name.empty())
                body["model"] = name;
            bodies.push_back({request.at, body.dump()});
        }
        return runStreams(url, key, bodies, concurrency);
    }

    void print(const std::vector<Timings>& http, const std::vector<Timings>& own) const {
        reportErrors(http);
        reportErrors(own);
        const std::vector<LatencyFigure> figures = medians(http);
        const std::vector<LatencyFigure> ceilings = medians(own);
        nlohmann::json all = nlohmann::json::array();
        if (!json)
            printText(fmt::format("{:<18} {:>11}{}\n", "", "over HTTP",
                                  own.empty() ? "" : "  in process   ratio"));
        for (std::size_t i = 0; i < figures.size(); ++i) {
            const LatencyFigure& figure = figures[i];
            const double ceiling = own.empty() ? 0.0 : ceilings[i].value;
            const double ratio = ceiling > 0.0 ? figure.value / ceiling : 0.0;
            all.push_back({{"name", figure.name},
                           {"value", figure.value},
                           {"unit", figure.unit},
                           {"ceiling", ceiling},
                           {"ratio", ratio},
                           {"spread", spread(http, i)}});
            if (json)
                continue;
            printText(fmt::format("{:<18} {:>11.2f}", figure.name, figure.value));
            if (!own.empty())
                printText(fmt::format(" {:>11.2f} {:>7.3f}", ceiling, ratio));
            printText(" " + figure.unit + "\n");
        }
        if (json)
            printJson(all);
    }

    static void reportErrors(const std::vector<Timings>& runs) {
        std::size_t count = 0;
        std::size_t all = 0;
        for (const Timings& timings : runs)
            for (const RequestTiming& timing : timings) {
                ++all;
                if (!timing.error.empty() && ++count <= kMostErrors)
                    printMessage(timing.error);
            }
        if (count > 0 && count == all)
            throw CommandFailed("every request failed");
        if (count > 0)
            printMessage(fmt::format("{} of {} requests failed", count, all));
    }

    /// Of each figure over the runs.
    static std::vector<LatencyFigure> medians(const std::vector<Timings>& runs) {
        std::vector<std::vector<LatencyFigure>> all;
        for (const Timings& timings : runs)
            all.push_back(latencyFigures(timings));
        if (all.empty())
            return {};
        std::vector<LatencyFigure> result = all.front();
        for (std::size_t i = 0; i < result.size(); ++i) {
            std::vector<double> values;
            for (const auto& figures : all)
                values.push_back(figures[i].value);
            result[i].value = percentile(std::move(values), 0.5);
        }
        return result;
    }

    /// (max − min) / median of figure `index`.
    static double spread(const std::vector<Timings>& runs, std::size_t index) {
        std::vector<double> values;
        for (const Timings& timings : runs)
            values.push_back(latencyFigures(timings)[index].value);
        const auto [low, high] = std::minmax_element(values.begin(), values.end());
        const double median = percentile(values, 0.5);
        return median > 0.0 ? (*high - *low) / median : 0.0;
    }
};

} // namespace

void addBenchServe(CLI::App& bench) {
    auto own = std::make_shared<BenchServe>();
    CLI::App* command =
        bench.add_subcommand("serve", "Latency and throughput of a server over HTTP");
    command->footer("Example: hearth bench serve starter --trace lengths.csv --requests 200 "
                    "--rate 4 --in-process\n"
                    "A trace is a CSV file with the columns input_tokens and output_tokens.");
    command->add_option("model", own->model.model,
                        "MODEL, which is served for the time of the benchmark, or the URL of a "
                        "server; \"starter\" if left out");
    command->add_option("--trace", own->tracePath, "CSV file with the lengths of requests");
    command->add_option("--requests", own->requests, "So many of them")
        ->check(between(1, 1'000'000));
    command
        ->add_option("--rate", own->rate,
                     "Requests a second, as a Poisson process; 0: all at once")
        ->check(fractionAtLeast(0.0));
    command->add_option("--concurrency", own->concurrency, "Streams at once, at most")
        ->check(between(1, 65536));
    command->add_option("--prompt", own->promptTokens, "Prompt tokens, without a trace")
        ->check(atLeast(1));
    command->add_option("--tokens", own->tokens, "New tokens, without a trace")
        ->check(atLeast(1));
    command->add_option("--repeat", own->repeat, "Runs; the medians count")
        ->check(between(1, 1000));
    command->add_option("--api-key", own->key, "Key of the server at the URL");
    command->add_flag("--in-process", own->inProcess,
                      "Measure the same without HTTP, too, and compare");
    command->add_flag("--json", own->json, "Print one JSON document");
    own->model.addTo(*command);
    command->callback([own] { own->run(); });
}

} // namespace hearth::cli
