#pragma once

#include "hearth/kernels/cpu_backend.h"

#include <cstdint>
#include <span>

namespace hearth::kernels::cpu {

/// The angles' rates at one position.
struct RopeRates {
    std::span<const float> frequencies;
    float magnitude = 1.0F;
    double growth = 1.0; ///< Frequency i is multiplied by growth^(-i / (frequencies - 1)).
};

/// cosines and sines [frequencies] of position * frequency i, times the magnitude. The angle is
/// taken in double: at position 10^5 a float's is off by 0.004.
void ropeAngles(const RopeRates& rates, std::int32_t position, float* cosines, float* sines);

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
