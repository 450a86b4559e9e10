// Memory of the device and page-locked memory, copies, fills.

#include "cuda_emulation/execution.h"
#include "device_state.h"
#include "stream.h"

#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <map>
#include <mutex>

namespace hearth::kernels::cuda::emulation {

namespace {

constexpr std::size_t kAlignment = 256;
// Beyond each allocation, checked when it is freed. The address sanitizer does better itself.
#ifdef __SANITIZE_ADDRESS__
constexpr std::size_t kGuardBytes = 0;
#else
constexpr std::size_t kGuardBytes = 256;
#endif
constexpr auto kGuardByte = std::byte{0xa5};

struct Allocation {
    std::size_t bytes = 0;
    int device = -1; ///< -1: page-locked host memory.
};

struct Registry {
    std::mutex mutex;
    std::map<const void*, Allocation> allocations;
    std::map<std::uintptr_t, std::size_t> deviceRanges;
    std::size_t pinnedBytes = 0;
};

Registry& registry() {
    static Registry instance;
    return instance;
}

cudaError_t allocate(void** memory, std::size_t bytes, int device) {
    *memory = nullptr;
    if (stickyError() != cudaSuccess)
        return stickyError();
    if (captureForbids())
        return cudaErrorStreamCaptureUnsupported;
    if (bytes == 0)
        return cudaSuccess;
    if (device >= 0 && !takeMemory(device, bytes))
        return cudaErrorMemoryAllocation;
    if (posix_memalign(memory, kAlignment, bytes + kGuardBytes) != 0) {
        if (device >= 0)
            returnMemory(device, bytes);
        return cudaErrorMemoryAllocation;
    }
    std::memset(*memory, kPoison, bytes);
    std::fill_n(static_cast<std::byte*>(*memory) + bytes, kGuardBytes, kGuardByte);
    if (device >= 0)
        addDeviceRange(*memory, bytes);
    const std::lock_guard lock(registry().mutex);
    registry().allocations[*memory] = {bytes, device};
    if (device < 0)
        registry().pinnedBytes += bytes;
    return cudaSuccess;
}

/// Frees even after a sticky error, so that tests can look for leaks.
cudaError_t release(void* memory, bool pinned) {
    if (!memory)
        return cudaSuccess;
    if (captureForbids())
        return cudaErrorStreamCaptureUnsupported;
    Allocation allocation;
    {
        const std::lock_guard lock(registry().mutex);
        const auto entry = registry().allocations.find(memory);
        if (entry == registry().allocations.end() || (entry->second.device < 0) != pinned)
            return cudaErrorInvalidValue;
        allocation = entry->second;
        registry().allocations.erase(entry);
        if (pinned)
            registry().pinnedBytes -= allocation.bytes;
    }
    const std::byte* const guard = static_cast<std::byte*>(memory) + allocation.bytes;
    if (std::any_of(guard, guard + kGuardBytes, [](std::byte b) { return b != kGuardByte; }))
        abortKernel("something wrote beyond an allocation of %zu bytes", allocation.bytes);
    if (!pinned) {
        removeDeviceRange(memory);
        returnMemory(allocation.device, allocation.bytes);
    }
    std::free(memory);
    return cudaSuccess;
}

/// Whether the memory is where `kind` says, as far as the emulation can tell.
bool placed(const void* target, const void* source, std::size_t bytes, cudaMemcpyKind kind) {
    const bool toDevice = kind == cudaMemcpyHostToDevice || kind == cudaMemcpyDeviceToDevice;
    const bool fromDevice = kind == cudaMemcpyDeviceToHost || kind == cudaMemcpyDeviceToDevice;
    return bytes == 0 || kind == cudaMemcpyDefault ||
           (isDeviceMemory(target, bytes) == toDevice &&
            isDeviceMemory(source, bytes) == fromDevice);
}

} // namespace

bool isDeviceMemory(const void* address, std::size_t bytes) {
    const std::lock_guard lock(registry().mutex);
    const auto& ranges = registry().deviceRanges;
    const auto begin = reinterpret_cast<std::uintptr_t>(address);
    const std::uintptr_t end = begin + bytes;
    auto range = ranges.upper_bound(begin);
    if (range == ranges.begin())
        return false;
    --range;
    std::uintptr_t reached = begin;
    while (range != ranges.end() && range->first <= reached && reached < end) {
        if (range->first + range->second <= reached)
            return false;
        reached = range->first + range->second;
        ++range;
    }
    return reached >= end;
}

void addDeviceRange(const void* address, std::size_t bytes) {
    const std::lock_guard lock(registry().mutex);
    registry().deviceRanges[reinterpret_cast<std::uintptr_t>(address)] = bytes;
}

void removeDeviceRange(const void* address) {
    const std::lock_guard lock(registry().mutex);
    registry().deviceRanges.erase(reinterpret_cast<std::uintptr_t>(address));
}

std::size_t pinnedBytes() {
    const std::lock_guard lock(registry().mutex);
    return registry().pinnedBytes;
}

} // namespace hearth::kernels::cuda::emulation

using namespace hearth::kernels::cuda::emulation;

extern "C" {

cudaError_t cudaMalloc(void** memory, std::size_t bytes) {
    return finish(allocate(memory, bytes, currentDevice()));
}

cudaError_t cudaFree(void* memory) {
    return finish(release(memory, false));
}

cudaError_t cudaHostAlloc(void** memory, std::size_t bytes, unsigned) {
    return finish(allocate(memory, bytes, -1));
}

cudaError_t cudaMallocHost(void** memory, std::size_t bytes) {
    return finish(allocate(memory, bytes, -1));
}

cudaError_t cudaFreeHost(void* memory) {
    return finish(release(memory, true));
}

cudaError_t cudaMemcpyAsync(void* target, const void* source, std::size_t bytes,
                            cudaMemcpyKind kind, cudaStream_t stream) {
    if (!placed(target, source, bytes, kind))
        return finish(cudaErrorInvalidValue);
    return finish(submit(stream, [=] {
        if (bytes != 0)
            std::memmove(target, source, bytes);
    }));
}

cudaError_t cudaMemcpy(void* target, const void* source, std::size_t bytes, cudaMemcpyKind kind) {
    if (captureForbids())
        return finish(cudaErrorStreamCaptureUnsupported);
    return cudaMemcpyAsync(target, source, bytes, kind, nullptr);
}

cudaError_t cudaMemcpy2DAsync(void* target, std::size_t targetPitch, const void* source,
                              std::size_t sourcePitch, std::size_t width, std::size_t height,
                              cudaMemcpyKind kind, cudaStream_t stream) {
    if (width > targetPitch || width > sourcePitch)
        return finish(cudaErrorInvalidPitchValue);
    if (width == 0 || height == 0)
        return finish(cudaSuccess);
    if (!placed(target, source, 1, kind))
        return finish(cudaErrorInvalidValue);
    if ((kind == cudaMemcpyHostToDevice || kind == cudaMemcpyDeviceToDevice) &&
        !isDeviceMemory(target, (height - 1) * targetPitch + width))
        return finish(cudaErrorInvalidValue);
    return finish(submit(stream, [=] {
        for (std::size_t row = 0; row < height; ++row)
            std::memcpy(static_cast<std::byte*>(target) + row * targetPitch,
                        static_cast<const std::byte*>(source) + row * sourcePitch, width);
    }));
}

cudaError_t cudaMemcpy2D(void* target, std::size_t targetPitch, const void* source,
                         std::size_t sourcePitch, std::size_t width, std::size_t height,
                         cudaMemcpyKind kind) {
    if (captureForbids())
        return finish(cudaErrorStreamCaptureUnsupported);
    return cudaMemcpy2DAsync(target, targetPitch, source, sourcePitch, width, height, kind,
                             nullptr);
}

cudaError_t cudaMemsetAsync(void* target, int value, std::size_t bytes, cudaStream_t stream) {
    if (bytes != 0 && !isDeviceMemory(target, bytes))
        return finish(cudaErrorInvalidValue);
    return finish(submit(stream, [=] {
        if (bytes != 0)
            std::memset(target, value, bytes);
    }));
}

cudaError_t cudaMemset(void* target, int value, std::size_t bytes) {
    return cudaMemsetAsync(target, value, bytes, nullptr);
}

} // extern "C"
