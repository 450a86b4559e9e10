#include "cuda/matmul/tensor/instances.cuh"

namespace hearth::kernels::cuda {

TensorInstance e4m3Tensor(DType compute, const WeightLayout& layout, std::int32_t columnTiles) {
    if (layout.groupShift >= 6)
        return instanceOf<TensorFormat<Codes::E4m3, Scales::Float, 64>>(compute, columnTiles);
    if (layout.groupShift == 5)
        return instanceOf<TensorFormat<Codes::E4m3, Scales::Float, 32>>(compute, columnTiles);
    return instanceOf<TensorFormat<Codes::E4m3, Scales::Float, 16>>(compute, columnTiles);
}

} // namespace hearth::kernels::cuda
