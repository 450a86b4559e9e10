#include "cuda/matmul/tensor/instances.cuh"

namespace hearth::kernels::cuda {

namespace {

template<Codes kCodes>
TensorInstance floatScales(DType compute, const WeightLayout& layout, std::int32_t columnTiles) {
    if (layout.groupShift >= 6)
        return instanceOf<TensorFormat<kCodes, Scales::Float, 64>>(compute, columnTiles);
    if (layout.groupShift == 5)
        return instanceOf<TensorFormat<kCodes, Scales::Float, 32>>(compute, columnTiles);
    return instanceOf<TensorFormat<kCodes, Scales::Float, 16>>(compute, columnTiles);
}

} // namespace

TensorInstance tableTensor(DType compute, const WeightLayout& layout, std::int32_t columnTiles) {
    if (layout.codes == Codes::Table8)
        return floatScales<Codes::Table8>(compute, layout, columnTiles);
    if (layout.scales == Scales::F16)
        return instanceOf<TensorFormat<Codes::Table4, Scales::F16, 32>>(compute, columnTiles);
    if (layout.scales == Scales::Super)
        return instanceOf<TensorFormat<Codes::Table4, Scales::Super, 32>>(compute, columnTiles);
    return floatScales<Codes::Table4>(compute, layout, columnTiles);
}

} // namespace hearth::kernels::cuda
