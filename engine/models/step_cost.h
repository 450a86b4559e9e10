#pragma once

#include "hearth/kernels/program.h"

#include <cstdint>
#include <span>

namespace hearth {

struct WeightSize {
    std::uint64_t bytes = 0;
    std::uint64_t parameters = 0;
};

/// What a step of a program costs, for benchmarks to compare with the device's limits.
struct StepCost {
    std::uint64_t weightBytes = 0;     ///< Read by every step: no table that is only looked up in.
    std::uint64_t layerParameters = 0; ///< Multiplied with every token.
    std::uint64_t headParameters = 0;  ///< Multiplied with every row of logits.
};

/// `weights`: one a weight of the program.
[[nodiscard]] StepCost stepCost(const kernels::Program& program,
                                std::span<const WeightSize> weights);

} // namespace hearth
