#pragma once

#include <cuda_runtime.h>

#include <string>

namespace hearth::kernels::cuda {

/// Starts the current device and asks for a kernel's code: cudaErrorNoKernelImageForDevice where
/// this build has none for it.
[[nodiscard]] cudaError_t probeKernelCode();

/// The architectures that this build has code for: "sm_80, sm_90".
[[nodiscard]] std::string builtArchitectures();

} // namespace hearth::kernels::cuda
