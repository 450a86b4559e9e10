#pragma once

#include "hearth/kernels/sampling.h"

#include <cmath>
#include <cstdint>

namespace hearth::kernels {

/// False for an option out of its range.
[[nodiscard]] inline bool isValidRow(const SamplingRow& row, std::int32_t vocabulary) {
    return row.temperature >= 0.0F && std::isfinite(row.temperature) && row.topK >= 0 &&
           row.topP >= 0.0F && row.minP >= 0.0F && row.minP <= 1.0F &&
           row.repetitionPenalty > 0.0F && std::isfinite(row.repetitionPenalty) &&
           std::isfinite(row.presencePenalty) && std::isfinite(row.frequencyPenalty) &&
           row.logprobs >= -1 && row.given >= -1 && row.given < vocabulary;
}

} // namespace hearth::kernels
