#include "serve/metrics/request_metrics.h"

#include "serve/metrics/request_phases.h"

#include <prometheus/counter.h>
#include <prometheus/histogram.h>
#include <prometheus/registry.h>

#include <mutex>
#include <set>
#include <string>
#include <utility>

namespace hearth::serve {

namespace {

using Buckets = prometheus::Histogram::BucketBoundaries;
using Histograms = prometheus::Family<prometheus::Histogram>;

constexpr std::size_t kModelNames = 256;

// vLLM's bounds, so that its dashboards draw the same.
const Buckets kFirstTokenBuckets{0.001, 0.005, 0.01, 0.02, 0.04, 0.06, 0.08, 0.1, 0.25,
                                 0.5,   0.75,  1.0,  2.5,  5.0,  7.5,  10.0, 20.0, 40.0,
                                 80.0,  160.0, 640.0, 2560.0};
const Buckets kTokenBuckets{0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.075, 0.1, 0.15,
                            0.2,   0.3,    0.4,   0.5,  0.75,  1.0,  2.5,   5.0, 7.5,
                            10.0,  20.0,   40.0,  80.0};
const Buckets kRequestBuckets{0.01, 0.05, 0.1,  0.3,  0.5,   0.8,   1.0,   1.5,   2.0,   2.5,
                              5.0,  10.0, 15.0, 20.0, 30.0,  40.0,  50.0,  60.0,  120.0, 240.0,
                              480.0, 960.0, 1920.0, 7680.0};
const Buckets kCountBuckets{1,   2,    5,    10,   20,   50,    100,   200,   500,
                            1000, 2000, 5000, 10000, 20000, 50000, 100000};

double seconds(RequestPhases::Point from, RequestPhases::Point to) {
    return std::chrono::duration<double>(to - from).count();
}

} // namespace

struct RequestMetrics::Families {
    prometheus::Registry registry;
    std::mutex mutex;
    std::set<std::string> models; ///< Under mutex.

    prometheus::Family<prometheus::Counter>& served = counters(
        "hearth_http_requests_total", "Requests by method, route and status");
    Histograms& httpTime =
        histograms("hearth_http_request_seconds", "From the headers to the last byte, by route");
    prometheus::Family<prometheus::Counter>& success =
        counters("vllm:request_success_total", "Requests that generated, by why they ended");
    Histograms& firstToken = histograms("vllm:time_to_first_token_seconds",
                                        "From the headers of a request to its first token");
    Histograms& perToken = histograms("vllm:time_per_output_token_seconds",
                                      "Between two tokens, the mean of each request");
    Histograms& whole = histograms("vllm:e2e_request_latency_seconds",
                                   "From the headers of a request to its last byte");
    Histograms& queue =
        histograms("vllm:request_queue_time_seconds", "Waiting for a place in the batch");
    Histograms& prefill =
        histograms("vllm:request_prefill_time_seconds", "Computing the prompt");
    Histograms& decode = histograms("vllm:request_decode_time_seconds",
                                    "From the first token to the last byte");
    Histograms& promptTokens =
        histograms("vllm:request_prompt_tokens", "Tokens of the prompt of each request");
    Histograms& newTokens =
        histograms("vllm:request_generation_tokens", "New tokens of each request");

    prometheus::Family<prometheus::Counter>& counters(const char* name, const char* help) {
        return prometheus::BuildCounter().Name(name).Help(help).Register(registry);
    }
    Histograms& histograms(const char* name, const char* help) {
        return prometheus::BuildHistogram().Name(name).Help(help).Register(registry);
    }
    /// The name, or "other" where clients have named too many.
    std::string modelLabel(const std::string& name) {
        const std::scoped_lock lock(mutex);
        if (models.size() < kModelNames)
            models.insert(name);
        return models.contains(name) ? name : "other";
    }
};

RequestMetrics::RequestMetrics() : m_families(std::make_unique<Families>()) {}
RequestMetrics::~RequestMetrics() = default;

void RequestMetrics::record(const Served& served) {
    const std::string route = served.route == nullptr ? "none" : served.route->path;
    const RequestPhases phases = phasesOf(served);
    const double all = seconds(phases.received, phases.finished);
    m_families->served
        .Add({{"method", served.route == nullptr ? "other" : served.entry.method},
              {"route", route},
              {"status", std::to_string(served.entry.status)}})
        .Increment();
    m_families->httpTime.Add({{"route", route}}, kRequestBuckets).Observe(all);
    if (served.route == nullptr || !served.route->generates || served.note.model.empty())
        return;

    const prometheus::Labels model{{"model_name", m_families->modelLabel(served.note.model)}};
    prometheus::Labels ended = model;
    ended.emplace("finished_reason", finishedReason(served));
    m_families->success.Add(ended).Increment();
    m_families->whole.Add(model, kRequestBuckets).Observe(all);
    if (!phases.generated)
        return;
    m_families->firstToken.Add(model, kFirstTokenBuckets)
        .Observe(seconds(phases.received, phases.firstToken));
    m_families->queue.Add(model, kRequestBuckets)
        .Observe(seconds(phases.submitted, phases.started));
    m_families->prefill.Add(model, kRequestBuckets)
        .Observe(seconds(phases.started, phases.firstToken));
    m_families->decode.Add(model, kRequestBuckets)
        .Observe(seconds(phases.firstToken, phases.finished));
    if (served.note.tokensPerSecond > 0.0)
        m_families->perToken.Add(model, kTokenBuckets).Observe(1.0 / served.note.tokensPerSecond);
    m_families->promptTokens.Add(model, kCountBuckets).Observe(served.note.promptTokens);
    m_families->newTokens.Add(model, kCountBuckets).Observe(served.note.completionTokens);
}

std::vector<prometheus::MetricFamily> RequestMetrics::collect() const {
    return m_families->registry.Collect();
}

} // namespace hearth::serve
