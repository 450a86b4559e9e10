#pragma once

#include "serve/http/http_server.h"

#include <prometheus/metric_family.h>

#include <memory>
#include <vector>

namespace hearth::serve {

/// Counts and times the requests of a server. Thread-safe. The labels have few values: routes, not
/// paths, and at most so many model names.
class RequestMetrics {
public:
    RequestMetrics();
    ~RequestMetrics();

    void record(const Served& served);
    [[nodiscard]] std::vector<prometheus::MetricFamily> collect() const;

private:
    struct Families;
    std::unique_ptr<Families> m_families;
};

} // namespace hearth::serve
