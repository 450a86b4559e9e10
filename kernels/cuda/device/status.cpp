#include "cuda/device/status.h"

#include <atomic>
#include <limits>

namespace hearth::kernels::cuda {

namespace {

constexpr std::int64_t kNever = std::numeric_limits<std::int64_t>::max();

std::atomic<std::int64_t> g_count{0};
std::atomic<std::int64_t> g_failing{kNever};
std::atomic<cudaError_t> g_error{cudaSuccess};

} // namespace

Status toStatus(cudaError_t error) {
    if (g_count.fetch_add(1) >= g_failing.load())
        error = g_error.load();
    switch (error) {
    case cudaSuccess:
        return Status::Ok;
    case cudaErrorMemoryAllocation:
        // Not sticky, but the next query would report it again.
        static_cast<void>(cudaGetLastError());
        return Status::OutOfMemory;
    case cudaErrorInvalidValue:
    case cudaErrorInvalidConfiguration:
    case cudaErrorInvalidDevice:
        static_cast<void>(cudaGetLastError());
        return Status::InvalidArgument;
    case cudaErrorNotSupported:
    // A build without code for this device, or a kernel that asks for more than it has.
    case cudaErrorNoKernelImageForDevice:
    case cudaErrorInvalidDeviceFunction:
    case cudaErrorLaunchOutOfResources:
        static_cast<void>(cudaGetLastError());
        return Status::Unsupported;
    default:
        return Status::DeviceLost;
    }
}

void injectErrorAfter(std::int64_t successes, cudaError_t error) {
    g_error = error;
    g_failing = successes < 0 ? kNever : g_count + successes;
}

std::int64_t statusCount() {
    return g_count;
}

} // namespace hearth::kernels::cuda
