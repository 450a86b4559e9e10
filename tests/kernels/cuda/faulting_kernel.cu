#include "kernels/cuda/faulting_kernel.h"

#include <cuda_runtime.h>

namespace hearth::kernels::testing {

namespace {

__global__ void faultingKernel(volatile int* nowhere) {
    *nowhere = 1;
}

} // namespace

void writeToNowhere() {
    faultingKernel<<<1, 1>>>(reinterpret_cast<int*>(0x40));
    static_cast<void>(cudaDeviceSynchronize());
}

} // namespace hearth::kernels::testing
