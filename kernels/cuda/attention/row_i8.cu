#include "cuda/attention/row_kernel.cuh"

namespace hearth::kernels::cuda {

RowKernel fastRowKernelI8(std::int32_t width, std::int32_t group) {
    return fastRowKernel<CacheFormat::I8>(width, group);
}

} // namespace hearth::kernels::cuda
