#include "cuda/probe.h"

namespace hearth::kernels::cuda {

namespace {

__global__ void probeKernel() {
}

} // namespace

cudaError_t probeKernelCode() {
    cudaFuncAttributes attributes;
    const cudaError_t error =
        cudaFuncGetAttributes(&attributes, reinterpret_cast<const void*>(probeKernel));
    // The failure is the answer; it must not show again at the next launch.
    if (error != cudaSuccess)
        static_cast<void>(cudaGetLastError());
    return error;
}

std::string builtArchitectures() {
    std::string text;
#ifdef __CUDA_ARCH_LIST__
    for (const int architecture : {__CUDA_ARCH_LIST__})
        text += (text.empty() ? "sm_" : ", sm_") + std::to_string(architecture / 10);
#endif
    return text;
}

} // namespace hearth::kernels::cuda
