#pragma once

// Takes the place of kernels/cuda/device/launch.h.

#include "cuda/device/status.h"
#include "cuda_emulation/execution.h"

#include <cuda_runtime.h>

#include <cstddef>
#include <type_traits>

namespace hearth::kernels::cuda {

template<typename... Parameters>
[[nodiscard]] Status launch(void (*kernel)(Parameters...), dim3 grid, dim3 block,
                            std::size_t sharedBytes, cudaStream_t stream,
                            std::type_identity_t<Parameters>... arguments) {
    static_assert((std::is_trivially_copyable_v<Parameters> && ...));
    return toStatus(
        emulation::launchKernel({reinterpret_cast<const void*>(kernel), grid, block, sharedBytes},
                                stream, [=] { kernel(arguments...); }));
}

template<typename... Parameters>
[[nodiscard]] Status launchOverlapped(void (*kernel)(Parameters...), dim3 grid, dim3 block,
                                      std::size_t sharedBytes, cudaStream_t stream,
                                      std::type_identity_t<Parameters>... arguments) {
    return launch(kernel, grid, block, sharedBytes, stream, arguments...);
}

template<typename... Parameters>
[[nodiscard]] Status allowSharedBytes(void (*kernel)(Parameters...), std::size_t bytes) {
    return toStatus(cudaFuncSetAttribute(reinterpret_cast<const void*>(kernel),
                                         cudaFuncAttributeMaxDynamicSharedMemorySize,
                                         static_cast<int>(bytes)));
}

#define HEARTH_DYNAMIC_SHARED(type, name)                                                          \
    type* const name = static_cast<type*>(::hearth::kernels::cuda::emulation::dynamicShared())

} // namespace hearth::kernels::cuda
