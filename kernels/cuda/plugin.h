#pragma once

#include "hearth/kernels/cuda_backend.h"

namespace hearth::kernels::cuda {

/// The plugin of this library, for programs that link it instead of loading it. Looks for devices
/// and cuBLAS at the first call; nullptr where `availability` tells of a problem.
CudaPlugin* openPlugin(CudaAvailability& availability);

} // namespace hearth::kernels::cuda
