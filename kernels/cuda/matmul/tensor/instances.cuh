#pragma once

#include "cuda/matmul/tensor/band_kernel.cuh"
#include "cuda/matmul/tensor/groups_kernel.cuh"
#include "cuda/matmul/tensor/tensor_kernel.cuh"

namespace hearth::kernels::cuda {

template<typename T, typename F>
BandKernel bandKernelOf() {
    if constexpr (F::kPlain)
        return nullptr;
    else
        return expandTiles<T, F>;
}

/// The instance of a format for 1 or 4 column tiles.
template<typename T, typename F>
TensorInstance instanceOf(std::int32_t tiles) {
    if (tiles <= 1)
        return {tensorProduct<T, F, 1>, 1, bandKernelOf<T, F>(), tensorGroups<T, F, 1>};
    return {tensorProduct<T, F, 4>, 4, bandKernelOf<T, F>(), tensorGroups<T, F, 4>};
}

template<typename F>
TensorInstance instanceOf(DType compute, std::int32_t tiles) {
    return compute == DType::F16 ? instanceOf<Half, F>(tiles) : instanceOf<BFloat, F>(tiles);
}

} // namespace hearth::kernels::cuda
