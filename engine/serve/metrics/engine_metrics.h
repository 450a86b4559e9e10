#pragma once

#include "hearth/model_pool.h"

#include <prometheus/metric_family.h>

#include <vector>

namespace hearth::serve {

/// The statistics of the loaded models as metrics, with their names as "model_name": ours as
/// "hearth_…", the same under vLLM's names where it has one.
[[nodiscard]] std::vector<prometheus::MetricFamily>
engineMetrics(const std::vector<PoolModelStatus>& models);

} // namespace hearth::serve
