#pragma once

#include "hearth/kernels/cpu_backend.h"

#include <cstdint>
#include <span>

namespace hearth::kernels::cpu {

/// cosines and sines [frequencies] of position * frequencies[i], times `magnitude`. The angle is
/// taken in double: at position 10^5 a float's is off by 0.004.
void ropeAngles(std::span<const float> frequencies, std::int32_t position, float magnitude,
                float* cosines, float* sines);

struct RopeShape {
    std::int32_t heads = 0;
    std::int32_t headWidth = 0;
    std::int32_t rotaryWidth = 0;
    RopePairing pairing = RopePairing::Halves;
};

/// Turns the heads of one row in place; cosines and sines are [rotaryWidth / 2].
using RopeFunction = void (*)(const RopeShape& shape, const float* cosines, const float* sines,
                              float* row);

[[nodiscard]] RopeFunction ropeFunction(CpuFeature feature);

} // namespace hearth::kernels::cpu
