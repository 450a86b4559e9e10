#include "cuda/matmul/tensor/instances.cuh"

namespace hearth::kernels::cuda {

namespace {
template<Scales kScales, int kFlush>
using Bits4 = TensorFormat<Codes::Bits4, kScales, kFlush>;
}

TensorInstance bits4Tensor(DType compute, const WeightLayout& layout, std::int32_t columnTiles) {
    switch (layout.scales) {
    case Scales::F16:
        return instanceOf<Bits4<Scales::F16, 32>>(compute, columnTiles);
    case Scales::Pair:
        if (layout.groupShift >= 6)
            return instanceOf<Bits4<Scales::Pair, 64>>(compute, columnTiles);
        return instanceOf<Bits4<Scales::Pair, 32>>(compute, columnTiles);
    case Scales::Super:
        if (layout.groupShift >= 5)
            return instanceOf<Bits4<Scales::Super, 32>>(compute, columnTiles);
        return instanceOf<Bits4<Scales::Super, 16>>(compute, columnTiles);
    default:
        break;
    }
    if (layout.groupShift >= 6)
        return instanceOf<Bits4<Scales::Float, 64>>(compute, columnTiles);
    if (layout.groupShift == 5)
        return instanceOf<Bits4<Scales::Float, 32>>(compute, columnTiles);
    return instanceOf<Bits4<Scales::Float, 16>>(compute, columnTiles);
}

} // namespace hearth::kernels::cuda
