#pragma once

#include "hearth/kernels/kv_cache.h"
#include "hearth/kernels/program.h"

#include <cstdint>
#include <span>

namespace hearth {

struct WeightSize {
    std::uint64_t bytes = 0;
    std::uint64_t parameters = 0;
};

/// What a step of a program costs, for benchmarks to compare with the device's limits. Of a
/// mixture of experts only those that a token chooses count.
struct StepCost {
    std::uint64_t weightBytes = 0;     ///< Read by a step of one token: no table that is only
                                       ///< looked up in.
    std::uint64_t layerParameters = 0; ///< Multiplied with every token.
    std::uint64_t headParameters = 0;  ///< Multiplied with every row of logits.
    std::uint64_t expertBytes = 0;     ///< Of all experts; a token's share is in weightBytes.
    double expertShare = 0.0;          ///< Of a layer's experts that a token chooses.
    std::uint64_t unusedParameters = 0; ///< Of the experts that a token does not choose.
    std::uint64_t attentionOperations = 0; ///< For a token to attend to another, in all layers.
};

/// `weights`: one a weight of the program; `kv`: its KV groups.
[[nodiscard]] StepCost stepCost(const kernels::Program& program,
                                std::span<const WeightSize> weights,
                                std::span<const kernels::KvLayout> kv);

} // namespace hearth
