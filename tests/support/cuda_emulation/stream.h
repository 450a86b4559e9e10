#pragma once

#include <driver_types.h>

#include <functional>

namespace hearth::kernels::cuda::emulation {

/// Does `work` now, or adds it to what `stream` records.
cudaError_t submit(cudaStream_t stream, std::function<void()> work);

} // namespace hearth::kernels::cuda::emulation
