#pragma once

#include "hearth/model_pool.h"
#include "serve/http/http_server.h"
#include "serve/metrics/health.h"

#include <atomic>
#include <chrono>
#include <memory>
#include <string>

namespace hearth::serve {

class RequestMetrics;

/// What /health and /metrics tell. Thread-safe; nothing waits for an engine's step.
class Metrics {
public:
    Metrics(std::shared_ptr<ModelPool> models, std::chrono::steady_clock::duration stallAfter);
    ~Metrics();

    void record(const Served& served);
    /// Whose connections are counted; as long as it lives, text() may be called.
    void setServer(const HttpServer* server) { m_server = server; }

    [[nodiscard]] const Health& health() const { return m_health; }
    /// Everything in Prometheus' text format: ours, and under the names of vLLM and LMDeploy.
    [[nodiscard]] std::string text() const;

private:
    const std::shared_ptr<ModelPool> m_models;
    const std::unique_ptr<RequestMetrics> m_requests;
    std::atomic<const HttpServer*> m_server = nullptr;
    Health m_health;
};

} // namespace hearth::serve
