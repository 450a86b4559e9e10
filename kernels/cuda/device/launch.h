#pragma once

#include "cuda/device/status.h"

#include <cuda_runtime.h>

#include <cstddef>
#include <type_traits>

namespace hearth::kernels::cuda {

/// Launches a kernel: the one place where kernels start. Grids must not be empty. Errors that a
/// kernel itself causes show at a later call, as CUDA reports them.
template<typename... Parameters>
[[nodiscard]] Status launch(void (*kernel)(Parameters...), dim3 grid, dim3 block,
                            std::size_t sharedBytes, cudaStream_t stream,
                            std::type_identity_t<Parameters>... arguments) {
    void* pointers[] = {&arguments...};
    return toStatus(cudaLaunchKernel(reinterpret_cast<const void*>(kernel), grid, block, pointers,
                                     sharedBytes, stream));
}

/// True if the device at hand can start a kernel while the one before still runs.
[[nodiscard]] bool launchesOverlap();

/// As launch(), but blocks may start while the kernel before still runs (programmatic dependent
/// launch, sm_90 and later). Every block must call waitForPrevious() before it reads or writes
/// anything but constants, and before it returns.
template<typename... Parameters>
[[nodiscard]] Status launchOverlapped(void (*kernel)(Parameters...), dim3 grid, dim3 block,
                                      std::size_t sharedBytes, cudaStream_t stream,
                                      std::type_identity_t<Parameters>... arguments) {
    void* pointers[] = {&arguments...};
    cudaLaunchAttribute attribute{};
    attribute.id = cudaLaunchAttributeProgrammaticStreamSerialization;
    attribute.val.programmaticStreamSerializationAllowed = 1;
    cudaLaunchConfig_t config{};
    config.gridDim = grid;
    config.blockDim = block;
    config.dynamicSmemBytes = sharedBytes;
    config.stream = stream;
    config.attrs = &attribute;
    config.numAttrs = launchesOverlap() ? 1 : 0;
    return toStatus(cudaLaunchKernelExC(&config, reinterpret_cast<const void*>(kernel), pointers));
}

/// Lets a kernel use more than 48 KiB of dynamic shared memory; to be called once before launches.
template<typename... Parameters>
[[nodiscard]] Status allowSharedBytes(void (*kernel)(Parameters...), std::size_t bytes) {
    return toStatus(cudaFuncSetAttribute(reinterpret_cast<const void*>(kernel),
                                         cudaFuncAttributeMaxDynamicSharedMemorySize,
                                         static_cast<int>(bytes)));
}

/// Dynamic shared memory as an array of `type`, aligned to 16 bytes.
#define HEARTH_DYNAMIC_SHARED(type, name)                                                          \
    extern __shared__ __align__(16) unsigned char hearthDynamicShared[];                           \
    type* const name = reinterpret_cast<type*>(hearthDynamicShared)

} // namespace hearth::kernels::cuda
