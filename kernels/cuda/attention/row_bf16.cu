#include "cuda/attention/row_kernel.cuh"

namespace hearth::kernels::cuda {

RowKernel fastRowKernelBF16(std::int32_t width, std::int32_t group) {
    return fastRowKernel<CacheFormat::BF16>(width, group);
}

} // namespace hearth::kernels::cuda
