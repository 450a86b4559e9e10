#include "cuda/attention/row_kernel.cuh"

namespace hearth::kernels::cuda {

RowKernel fastRowKernelF16(std::int32_t width, std::int32_t group) {
    return fastRowKernel<CacheFormat::F16>(width, group);
}

} // namespace hearth::kernels::cuda
