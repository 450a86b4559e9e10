#pragma once

#include "hearth/kernels/cuda_backend.h"

#include <memory>

namespace hearth::kernels::cuda {

/// The backend of one device and compute type. The driver, the device and cuBLAS must be there.
/// Errors: Unsupported for a compute type that the device lacks, OutOfMemory, DeviceLost.
[[nodiscard]] Status createCudaBackend(const CudaOptions& options, std::unique_ptr<Backend>& out);

/// What the driver says of device `index`. Where it fails, `out` holds what it said until then:
/// kind and index at least.
[[nodiscard]] Status describeDevice(std::int32_t index, DeviceInfo& out);

} // namespace hearth::kernels::cuda
