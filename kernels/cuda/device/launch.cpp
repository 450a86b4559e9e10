#include "cuda/device/launch.h"

#include <array>
#include <atomic>

namespace hearth::kernels::cuda {

bool launchesOverlap() {
    constexpr int kFirst = 9; // Compute capability.
    static std::array<std::atomic<int>, 64> capabilities{};
    int device = 0;
    if (cudaGetDevice(&device) != cudaSuccess || device >= static_cast<int>(capabilities.size()))
        return false;
    std::atomic<int>& known = capabilities[static_cast<std::size_t>(device)];
    int capability = known.load();
    if (capability == 0 && cudaDeviceGetAttribute(&capability, cudaDevAttrComputeCapabilityMajor,
                                                  device) == cudaSuccess)
        known = capability;
    return capability >= kFirst;
}

} // namespace hearth::kernels::cuda
