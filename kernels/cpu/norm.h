#pragma once

#include "hearth/kernels/cpu_backend.h"

#include <cstdint>

namespace hearth::kernels::cpu {

/// A NormOp with its weights at hand.
struct NormParameters {
    NormKind kind = NormKind::Rms;
    std::int32_t width = 0;
    const float* gain = nullptr; ///< [width], nullptr: 1.
    const float* bias = nullptr; ///< [width], nullptr: 0.
    float gainOffset = 0.0F;
    float epsilon = 1e-5F;
};

/// Normalises one run of `width` numbers; `in` and `out` may be the same.
using NormFunction = void (*)(const NormParameters& norm, const float* in, float* out);

[[nodiscard]] NormFunction normFunction(CpuFeature feature);

} // namespace hearth::kernels::cpu
