#pragma once

#include "hearth/kernels/sampling.h"

#include <cmath>

namespace hearth::kernels {

/// False for an option out of its range.
[[nodiscard]] inline bool isValidRow(const SamplingRow& row) {
    return row.temperature >= 0.0F && std::isfinite(row.temperature) && row.topK >= 0 &&
           row.topP >= 0.0F && row.minP >= 0.0F && row.minP <= 1.0F &&
           row.repetitionPenalty > 0.0F && std::isfinite(row.repetitionPenalty) &&
           std::isfinite(row.presencePenalty) && std::isfinite(row.frequencyPenalty) &&
           row.logprobs >= -1;
}

} // namespace hearth::kernels
