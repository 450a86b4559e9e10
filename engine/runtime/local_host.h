#pragma once

#include "hearth/host.h"
#include "runtime/device_pool.h"

namespace hearth {

/// createHost() with another way to find the CUDA plugin, for tests.
[[nodiscard]] Result<std::unique_ptr<Host>> createHost(const HostOptions& options,
                                                       CudaLoader loadCuda);

} // namespace hearth
