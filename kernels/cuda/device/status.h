#pragma once

#include "hearth/kernels/status.h"

#include <cuda_runtime.h>

#include <cstdint>

namespace hearth::kernels::cuda {

/// What a CUDA error means to the engine. Refused allocations, wrong arguments and code that the
/// device cannot run pass; every other error is sticky: the process has lost the device.
[[nodiscard]] Status toStatus(cudaError_t error);

/// Test hook: the call of toStatus() after `successes` further ones reports `error`, and so do all
/// that follow, as after a real sticky error. Negative: none fails.
void injectErrorAfter(std::int64_t successes, cudaError_t error);
/// Calls of toStatus() since the process started.
[[nodiscard]] std::int64_t statusCount();

} // namespace hearth::kernels::cuda

/// Returns from the function at hand with the status of `call` unless it is Ok.
#define HEARTH_CUDA_TRY(call)                                                                      \
    if (const ::hearth::kernels::Status hearthStatus = (call);                                     \
        hearthStatus != ::hearth::kernels::Status::Ok)                                             \
    return hearthStatus
