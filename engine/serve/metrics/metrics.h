#pragma once

#include "hearth/model_pool.h"
#include "serve/metrics/health.h"

#include <chrono>
#include <memory>
#include <utility>

namespace hearth::serve {

/// What /health and /metrics tell. Thread-safe; nothing waits for an engine.
class Metrics {
public:
    Metrics(std::shared_ptr<ModelPool> models, std::chrono::steady_clock::duration stallAfter)
        : m_health(std::move(models), stallAfter) {}

    [[nodiscard]] const Health& health() const { return m_health; }

private:
    Health m_health;
};

} // namespace hearth::serve
