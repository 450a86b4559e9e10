#pragma once

#include <driver_types.h>

#include <cstddef>
#include <cstdint>

/// What tests set and see of the emulated device.
namespace hearth::kernels::cuda::emulation {

struct DeviceSettings {
    int devices = 1;           ///< 0: the runtime reports that there is none. At most 8, all alike.
    int driverVersion = 13000; ///< 0: no driver; below 12000: too old for the runtime.
    int major = 9;             ///< Compute capability.
    int minor = 0;
    int multiprocessors = 4;
    std::size_t memoryBytes = std::size_t{4} << 30; ///< Of each device.
};

void setDevice(const DeviceSettings& settings);

/// After `successes` further launches each one fails with `error`, and so does every call of the
/// runtime from the first failure on, as after a real sticky error. Negative: none fails. What
/// happened before is forgotten.
void failLaunchesAfter(std::int64_t successes, cudaError_t error = cudaErrorIllegalAddress);

struct Statistics {
    std::int64_t launches = 0; ///< Kernels run, those of graphs included.
    std::int64_t graphLaunches = 0;
    std::size_t deviceBytes = 0; ///< Allocated now, on all devices.
    std::size_t pinnedBytes = 0;
    std::size_t reservedBytes = 0; ///< Address space.
    int objects = 0;               ///< Streams, events and graphs that exist.
};

[[nodiscard]] Statistics statistics();

} // namespace hearth::kernels::cuda::emulation
