#pragma once

#include <cuda_runtime.h>

#include <cstdint>

/// Logits as integers of the same order.
namespace hearth::kernels::cuda {

using Mass = unsigned long long;
using Ordered = unsigned long long;

inline constexpr std::uint32_t kOrderedNan = 0xffffffffU;
inline constexpr std::uint32_t kOrderedLowest = 0x007fffffU; ///< Of -infinity.

/// Zeros of both signs are equal; NaN and +infinity are kOrderedNan.
__device__ inline std::uint32_t orderedBits(float logit) {
    if (!(logit < INFINITY))
        return kOrderedNan;
    const std::uint32_t bits = __float_as_uint(logit + 0.0F);
    return bits ^ ((bits >> 31) != 0 ? 0xffffffffU : 0x80000000U);
}

__device__ inline float fromOrderedBits(std::uint32_t ordered) {
    return __uint_as_float(ordered ^ ((ordered >> 31) != 0 ? 0x80000000U : 0xffffffffU));
}

} // namespace hearth::kernels::cuda
