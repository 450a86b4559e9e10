#include "serve/metrics/engine_metrics.h"

#include <array>
#include <string>
#include <utility>

namespace hearth::serve {

namespace {

using prometheus::ClientMetric;
using prometheus::MetricFamily;
using prometheus::MetricType;

double share(std::int32_t part, std::int32_t all) {
    return all > 0 ? double(part) / all : 0.0;
}

/// One statistic: our name, vLLM's (null: it has none), and how it is read.
struct Statistic {
    const char* name;
    const char* vllmName;
    const char* help;
    MetricType type;
    double (*read)(const EngineStatistics&);
};

constexpr std::array<Statistic, 16> kStatistics{{
    {"hearth_requests_running", "vllm:num_requests_running", "Requests in the batch",
     MetricType::Gauge, [](const EngineStatistics& s) { return double(s.running); }},
    {"hearth_requests_waiting", "vllm:num_requests_waiting", "Requests that wait for a place",
     MetricType::Gauge, [](const EngineStatistics& s) { return double(s.waiting); }},
    {"hearth_kv_usage_ratio", "vllm:kv_cache_usage_perc",
     "Share of the KV blocks that requests hold, 1 is all", MetricType::Gauge,
     [](const EngineStatistics& s) { return share(s.kvBlocksUsed, s.kvBlocks); }},
    {"hearth_kv_blocks", nullptr, "KV blocks in all", MetricType::Gauge,
     [](const EngineStatistics& s) { return double(s.kvBlocks); }},
    {"hearth_kv_blocks_used", nullptr, "KV blocks that requests hold", MetricType::Gauge,
     [](const EngineStatistics& s) { return double(s.kvBlocksUsed); }},
    {"hearth_kv_blocks_cached", nullptr, "KV blocks kept for their prefix only", MetricType::Gauge,
     [](const EngineStatistics& s) { return double(s.kvBlocksCached); }},
    {"hearth_decode_tokens_per_second", nullptr, "New tokens over the last second of work",
     MetricType::Gauge, [](const EngineStatistics& s) { return s.decodeTokensPerSecond; }},
    {"hearth_prefill_tokens_per_second", nullptr, "Prompt tokens over the last second of work",
     MetricType::Gauge, [](const EngineStatistics& s) { return s.prefillTokensPerSecond; }},
    {"hearth_last_step_seconds", nullptr, "Duration of the last step", MetricType::Gauge,
     [](const EngineStatistics& s) { return s.lastStepSeconds; }},
    {"hearth_steps_total", nullptr, "Steps of the engine", MetricType::Counter,
     [](const EngineStatistics& s) { return double(s.steps); }},
    {"hearth_prompt_tokens_total", "vllm:prompt_tokens_total", "Prompt tokens taken",
     MetricType::Counter, [](const EngineStatistics& s) { return double(s.promptTokens); }},
    {"hearth_generation_tokens_total", "vllm:generation_tokens_total", "New tokens made",
     MetricType::Counter, [](const EngineStatistics& s) { return double(s.completionTokens); }},
    {"hearth_prefix_cache_queries_total", "vllm:prefix_cache_queries_total",
     "Prompt tokens that were sought in the prefix cache", MetricType::Counter,
     [](const EngineStatistics& s) { return double(s.promptTokens); }},
    {"hearth_prefix_cache_hits_total", "vllm:prefix_cache_hits_total",
     "Prompt tokens whose KV came from the prefix cache", MetricType::Counter,
     [](const EngineStatistics& s) { return double(s.cachedTokens); }},
    {"hearth_preemptions_total", "vllm:num_preemptions_total",
     "Requests that had to give up their blocks", MetricType::Counter,
     [](const EngineStatistics& s) { return double(s.preemptions); }},
    {"hearth_finished_requests_total", nullptr, "Requests that the engine ended",
     MetricType::Counter, [](const EngineStatistics& s) { return double(s.finishedRequests); }},
}};

ClientMetric metric(const std::string& model, MetricType type, double value) {
    ClientMetric made;
    made.label.push_back({"model_name", model});
    if (type == MetricType::Counter)
        made.counter.value = value;
    else
        made.gauge.value = value;
    return made;
}

MetricFamily modelStates(const std::vector<PoolModelStatus>& models) {
    MetricFamily family{"hearth_model_loaded", "1: loaded, 0.5: being loaded, 0: on disk only",
                        MetricType::Gauge, {}};
    for (const PoolModelStatus& status : models)
        family.metric.push_back(metric(status.model.name, MetricType::Gauge,
                                       status.state == PoolState::Loaded    ? 1.0
                                       : status.state == PoolState::Loading ? 0.5
                                                                            : 0.0));
    return family;
}

} // namespace

std::vector<MetricFamily> engineMetrics(const std::vector<PoolModelStatus>& models) {
    std::vector<std::pair<std::string, EngineStatistics>> engines;
    for (const PoolModelStatus& status : models)
        if (status.engine)
            engines.emplace_back(status.model.name, status.engine->statistics());
    std::vector<MetricFamily> families{modelStates(models)};
    for (const Statistic& statistic : kStatistics) {
        MetricFamily family{statistic.name, statistic.help, statistic.type, {}};
        for (const auto& [name, statistics] : engines)
            family.metric.push_back(metric(name, statistic.type, statistic.read(statistics)));
        if (statistic.vllmName != nullptr) {
            families.push_back(family);
            families.back().name = statistic.vllmName;
        }
        families.push_back(std::move(family));
    }
    return families;
}

} // namespace hearth::serve
