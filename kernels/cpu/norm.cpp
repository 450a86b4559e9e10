#include "cpu/norm.h"

#include <cmath>

#if defined(__x86_64__)
#include "cpu/simd_avx2.h"
#endif

namespace hearth::kernels::cpu {

namespace {

float gainAt(const NormParameters& norm, std::int32_t i) {
    return norm.gain ? norm.gain[i] + norm.gainOffset : 1.0F;
}

void normScalar(const NormParameters& norm, const float* in, float* out) {
    const std::int32_t width = norm.width;
    float mean = 0.0F;
    if (norm.kind == NormKind::Layer) {
        for (std::int32_t i = 0; i < width; ++i)
            mean += in[i];
        mean /= static_cast<float>(width);
    }
    float squares = 0.0F;
    for (std::int32_t i = 0; i < width; ++i)
        squares += (in[i] - mean) * (in[i] - mean);
    const float scale = 1.0F / std::sqrt(squares / static_cast<float>(width) + norm.epsilon);
    for (std::int32_t i = 0; i < width; ++i)
        out[i] = (in[i] - mean) * scale * gainAt(norm, i) + (norm.bias ? norm.bias[i] : 0.0F);
}

#if defined(__x86_64__)

HEARTH_AVX2 float meanAvx2(const float* in, std::int32_t width) {
    __m256 total = _mm256_setzero_ps();
    std::int32_t i = 0;
    for (; i + 8 <= width; i += 8)
        total = _mm256_add_ps(total, _mm256_loadu_ps(in + i));
    total = _mm256_add_ps(total, _mm256_maskload_ps(in + i, avx2::firstLanes(width - i)));
    return avx2::sum(total) / static_cast<float>(width);
}

HEARTH_AVX2 float squaresAvx2(const float* in, std::int32_t width, float mean) {
    const __m256 centre = _mm256_set1_ps(mean);
    __m256 total[2] = {_mm256_setzero_ps(), _mm256_setzero_ps()};
    std::int32_t i = 0;
    for (; i + 16 <= width; i += 16) {
        const __m256 a = _mm256_sub_ps(_mm256_loadu_ps(in + i), centre);
        const __m256 b = _mm256_sub_ps(_mm256_loadu_ps(in + i + 8), centre);
        total[0] = _mm256_fmadd_ps(a, a, total[0]);
        total[1] = _mm256_fmadd_ps(b, b, total[1]);
    }
    float rest = 0.0F;
    for (; i < width; ++i)
        rest += (in[i] - mean) * (in[i] - mean);
    return avx2::sum(_mm256_add_ps(total[0], total[1])) + rest;
}

HEARTH_AVX2 void normAvx2(const NormParameters& norm, const float* in, float* out) {
    const std::int32_t width = norm.width;
    const float mean = norm.kind == NormKind::Layer ? meanAvx2(in, width) : 0.0F;
    const float scale =
        1.0F / std::sqrt(squaresAvx2(in, width, mean) / static_cast<float>(width) + norm.epsilon);
    const __m256 centre = _mm256_set1_ps(mean);
    const __m256 factor = _mm256_set1_ps(scale);
    const __m256 offset = _mm256_set1_ps(norm.gainOffset);
    std::int32_t i = 0;
    for (; i + 8 <= width; i += 8) {
        __m256 x = _mm256_mul_ps(_mm256_sub_ps(_mm256_loadu_ps(in + i), centre), factor);
        if (norm.gain)
            x = _mm256_mul_ps(x, _mm256_add_ps(_mm256_loadu_ps(norm.gain + i), offset));
        if (norm.bias)
            x = _mm256_add_ps(x, _mm256_loadu_ps(norm.bias + i));
        _mm256_storeu_ps(out + i, x);
    }
    for (; i < width; ++i)
        out[i] = (in[i] - mean) * scale * gainAt(norm, i) + (norm.bias ? norm.bias[i] : 0.0F);
}

#endif

} // namespace

NormFunction normFunction(CpuFeature feature) {
#if defined(__x86_64__)
    if (feature != CpuFeature::Scalar)
        return normAvx2;
#endif
    static_cast<void>(feature);
    return normScalar;
}

} // namespace hearth::kernels::cpu
