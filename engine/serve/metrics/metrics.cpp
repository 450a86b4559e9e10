#include "serve/metrics/metrics.h"

#include "serve/metrics/engine_metrics.h"
#include "serve/metrics/request_metrics.h"

#include <prometheus/text_serializer.h>

#include <array>
#include <iterator>
#include <string_view>
#include <utility>

namespace hearth::serve {

namespace {

using prometheus::MetricFamily;

/// A second name of a metric.
struct Alias {
    std::string_view name;
    const char* other;
};

constexpr std::array kAliases{
    Alias{"vllm:num_requests_running", "lmdeploy:num_requests_running"},
    Alias{"vllm:num_requests_waiting", "lmdeploy:num_requests_waiting"},
    Alias{"vllm:kv_cache_usage_perc", "lmdeploy:gpu_cache_usage_perc"},
    Alias{"vllm:kv_cache_usage_perc", "vllm:gpu_cache_usage_perc"}, // before vLLM 0.10
    Alias{"vllm:prompt_tokens_total", "lmdeploy:prompt_tokens_total"},
    Alias{"vllm:generation_tokens_total", "lmdeploy:generation_tokens_total"},
    Alias{"vllm:time_to_first_token_seconds", "hearth_time_to_first_token_seconds"},
    Alias{"vllm:time_to_first_token_seconds", "lmdeploy:time_to_first_token_seconds"},
    Alias{"vllm:time_per_output_token_seconds", "hearth_time_per_output_token_seconds"},
    Alias{"vllm:time_per_output_token_seconds", "lmdeploy:time_per_output_token_seconds"},
    Alias{"vllm:e2e_request_latency_seconds", "hearth_request_seconds"},
    Alias{"vllm:e2e_request_latency_seconds", "lmdeploy:e2e_request_latency_seconds"},
    Alias{"vllm:request_success_total", "hearth_requests_ended_total"},
    Alias{"vllm:request_success_total", "lmdeploy:request_success_total"},
    Alias{"vllm:request_queue_time_seconds", "hearth_request_queue_seconds"},
    Alias{"vllm:request_prefill_time_seconds", "hearth_request_prefill_seconds"},
    Alias{"vllm:request_decode_time_seconds", "hearth_request_decode_seconds"},
};

MetricFamily gauge(std::string name, std::string help, double value) {
    MetricFamily family{std::move(name), std::move(help), prometheus::MetricType::Gauge, {}};
    family.metric.emplace_back().gauge.value = value;
    return family;
}

void addOtherNames(std::vector<MetricFamily>& families) {
    const std::size_t count = families.size();
    for (std::size_t i = 0; i < count; ++i) {
        for (const Alias& alias : kAliases) {
            if (alias.name != families[i].name)
                continue;
            MetricFamily copy = families[i];
            copy.name = alias.other;
            families.push_back(std::move(copy));
        }
    }
}

} // namespace

Metrics::Metrics(std::shared_ptr<ModelPool> models,
                 std::chrono::steady_clock::duration stallAfter)
    : m_models(models)
    , m_requests(std::make_unique<RequestMetrics>())
    , m_health(std::move(models), stallAfter) {}

Metrics::~Metrics() = default;

void Metrics::record(const Served& served) {
    m_requests->record(served);
}

std::string Metrics::text() const {
    std::vector<MetricFamily> families = m_requests->collect();
    std::vector<MetricFamily> engines = engineMetrics(m_models->models());
    std::move(engines.begin(), engines.end(), std::back_inserter(families));
    addOtherNames(families);
    families.push_back(gauge("hearth_healthy", "1 if /health says 200",
                             m_health.state() == HealthState::Ready ? 1.0 : 0.0));
    if (const HttpServer* server = m_server.load())
        families.push_back(
            gauge("hearth_connections", "Open connections", double(server->connections())));
    return prometheus::TextSerializer().Serialize(families);
}

} // namespace hearth::serve
