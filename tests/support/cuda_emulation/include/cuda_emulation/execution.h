#pragma once

#include <driver_types.h>
#include <vector_types.h>

#include <cstddef>
#include <functional>

/// How the emulation runs kernels: what launch() and the device functions are made of.
namespace hearth::kernels::cuda::emulation {

struct Launch {
    const void* kernel = nullptr;
    dim3 grid;
    dim3 block;
    std::size_t sharedBytes = 0;
};

/// Runs `body` for every thread of the grid now, or adds it to what `stream` records.
cudaError_t launchKernel(const Launch& launch, cudaStream_t stream, std::function<void()> body);
/// Likewise a library's launch, which runs on the host: `work` is called once.
cudaError_t launchHost(cudaStream_t stream, std::function<void()> work);

/// Ends the process with a message that names the kernel at work.
[[noreturn]] void abortKernel(const char* format, ...) __attribute__((format(printf, 1, 2)));

// What follows is called by a kernel's threads.

struct BarrierResult {
    int threads = 0; ///< That arrived, which leaves out those that had returned.
    int trues = 0;
};
/// Waits for the block's threads.
BarrierResult blockBarrier(const char* name, bool predicate);

inline constexpr int kLanes = 32;
int laneIndex();
void requireFullMask(const char* name, unsigned mask);
/// Waits for the 32 lanes, each with its argument; the last to come calls run(arguments). All must
/// come with the same `run`.
void warpCollective(const char* name, void (*run)(void* const* arguments), void* argument);

/// Copies that happen no sooner than they are waited for; the target holds NaN till then.
void beginCopy16(void* target, const void* source, bool valid);
void commitCopyGroup();
void waitCopyGroups(std::size_t pending);

/// The block's dynamic shared memory.
void* dynamicShared();

} // namespace hearth::kernels::cuda::emulation
