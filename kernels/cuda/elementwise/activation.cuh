#pragma once

#include "hearth/kernels/program.h"

#include <cuda_runtime.h>

namespace hearth::kernels::cuda {

/// activation(x), for all kinds but those that are defined with a second factor only.
__device__ inline float activated(Activation kind, float x) {
    switch (kind) {
    case Activation::Silu:
        return x / (1.0F + expf(-x));
    case Activation::GeluTanh:
        return 0.5F * x * (1.0F + tanhf(0.7978845608F * (x + 0.044715F * x * x * x)));
    case Activation::Relu:
        return x < 0.0F ? 0.0F : x; // Not fmaxf(), which would hide a NaN.
    default:
        return 0.5F * x * (1.0F + erff(x * 0.7071067812F));
    }
}

/// activation(gate) * up, or what the kind makes of both.
__device__ inline float gated(Activation kind, float gate, float up) {
    if (kind != Activation::ClampedSwiglu)
        return activated(kind, gate) * up;
    constexpr float kLimit = 7.0F;
    constexpr float kAlpha = 1.702F;
    // Comparisons rather than fminf(), so that a NaN stays.
    const float clippedGate = gate > kLimit ? kLimit : gate;
    const float clippedUp = up > kLimit ? kLimit : up < -kLimit ? -kLimit : up;
    return clippedGate / (1.0F + expf(-kAlpha * clippedGate)) * (clippedUp + 1.0F);
}

} // namespace hearth::kernels::cuda
