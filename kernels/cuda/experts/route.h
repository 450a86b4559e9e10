#pragma once

#include "cuda/device/status.h"
#include "cuda/device/tensor.h"
#include "hearth/kernels/program.h"

#include <cuda_runtime.h>

#include <cstddef>
#include <cstdint>

namespace hearth::kernels::cuda {

/// A RouteOp; `choiceBias` [experts] in device memory or nullptr.
struct RouteParameters {
    RouterScore score = RouterScore::Softmax;
    const float* choiceBias = nullptr;
    std::int32_t experts = 0;
    std::int32_t groups = 1;
    std::int32_t topGroups = 1;
    RouterGroupScore groupScore = RouterGroupScore::Max;
    std::int32_t topK = 0;
    bool normalise = false;
    float scale = 1.0F;
};

/// False for more experts than a block's shared memory has scores of.
[[nodiscard]] bool routeSupported(const RouteParameters& parameters);

/// Logits and out are float32. Whatever the logits, the indices are topK different experts.
/// Launches only; nothing where rows is 0.
Status route(cudaStream_t stream, const RouteParameters& parameters, const DeviceRows& logits,
             const DeviceRows& out, std::int32_t rows);

} // namespace hearth::kernels::cuda
