#pragma once

#include "hearth/kernels/cpu_backend.h"

#include <cstdint>

namespace hearth::kernels::cpu {

/// out[i] = activation(gate[i]) * up[i], without the factor where `up` is nullptr. `out` may be
/// the same as either.
using ActivationFunction = void (*)(const float* gate, const float* up, float* out,
                                    std::int32_t width);

[[nodiscard]] ActivationFunction activationFunction(Activation kind, CpuFeature feature);

} // namespace hearth::kernels::cpu
