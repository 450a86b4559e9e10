#include "cpu/matrix/kernels.h"

namespace hearth::kernels::cpu {

std::int64_t tileWidth(CpuFeature feature) {
    return feature == CpuFeature::Avx512Vnni ? 16 : 8;
}

#if defined(__x86_64__)

TileFunction tileFunction(CpuFeature feature, Codes codes, Scales scales) {
    if (feature == CpuFeature::Avx512Vnni)
        return avx512::tileFunction(codes, scales);
    return feature == CpuFeature::Avx2 ? avx2::tileFunction(codes, scales) : scalar::tile;
}

PlainFunction plainFunction(CpuFeature feature, DType type) {
    if (feature == CpuFeature::Avx512Vnni)
        return avx512::plainFunction(type);
    return feature == CpuFeature::Avx2 ? avx2::plainFunction(type) : scalar::plainFunction(type);
}

QuantiseFunction quantiseFunction(CpuFeature feature) {
    return feature == CpuFeature::Scalar ? scalar::quantise : avx2::quantise;
}

#else

TileFunction tileFunction(CpuFeature, Codes, Scales) {
    return scalar::tile;
}

PlainFunction plainFunction(CpuFeature, DType type) {
    return scalar::plainFunction(type);
}

QuantiseFunction quantiseFunction(CpuFeature) {
    return scalar::quantise;
}

#endif

} // namespace hearth::kernels::cpu
