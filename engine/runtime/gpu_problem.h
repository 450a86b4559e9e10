#pragma once

#include "hearth/kernels/cuda_backend.h"
#include "hearth/result.h"

namespace hearth {

/// A reason why there is no CUDA backend, as an error with a code of its own.
[[nodiscard]] Error gpuProblemError(const kernels::CudaAvailability& availability);

} // namespace hearth
