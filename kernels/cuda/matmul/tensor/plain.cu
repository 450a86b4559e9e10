#include "cuda/matmul/tensor/instances.cuh"

namespace hearth::kernels::cuda {

TensorInstance plainTensor(DType compute, std::int32_t columnTiles) {
    return instanceOf<TensorFormat<Codes::Plain, Scales::None, 64>>(compute, columnTiles);
}

} // namespace hearth::kernels::cuda
