#pragma once

#include "hearth/kernels/cpu_backend.h"

#include <cstdint>

namespace hearth::kernels::cpu {

/// out[i] += in[i].
void add(const float* in, float* out, std::int32_t width);

/// values[i] *= factor.
void scale(float* values, std::int32_t width, float factor);

/// x[i] = tanh(x[i] / cap) * cap, in place.
using SoftcapFunction = void (*)(float* values, std::int32_t width, float cap);

[[nodiscard]] SoftcapFunction softcapFunction(CpuFeature feature);

} // namespace hearth::kernels::cpu
