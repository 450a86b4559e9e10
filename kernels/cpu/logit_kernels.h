#pragma once

#include "hearth/kernels/cpu_backend.h"

#include <cstdint>

/// Passes over a whole vocabulary.
namespace hearth::kernels::cpu {

inline constexpr std::int32_t kLogitChunk = 64;

[[nodiscard]] constexpr std::int32_t logitChunks(std::int32_t vocabulary) {
    return (vocabulary + kLogitChunk - 1) / kLogitChunk;
}

struct LogitKernels {
    /// Copies; false if a number is NaN or +infinity.
    bool (*copyFinite)(const float* in, std::int32_t count, float* out) = nullptr;
    /// maxima[c] = the largest of chunk c. Returns the largest of all; without NaN.
    float (*chunkMaxima)(const float* in, std::int32_t count, float* maxima) = nullptr;
    /// out[i] = exp((in[i] - maximum) * factor), or 0 where in[i] < least. Returns the sum.
    double (*weigh)(const float* in, std::int32_t count, float maximum, float factor, float least,
                    float* out) = nullptr;
    /// Writes the indices of numbers >= least, rising; returns how many.
    std::int32_t (*collect)(const float* in, std::int32_t count, float least,
                            std::int32_t* indices) = nullptr;
};

[[nodiscard]] LogitKernels logitKernels(CpuFeature feature);

} // namespace hearth::kernels::cpu
