#include "cpu/elementwise.h"

#include <cmath>

#if defined(__x86_64__)
#include "cpu/simd_avx2.h"
#endif

namespace hearth::kernels::cpu {

namespace {

void softcapScalar(float* values, std::int32_t width, float cap) {
    for (std::int32_t i = 0; i < width; ++i)
        values[i] = std::tanh(values[i] / cap) * cap;
}

#if defined(__x86_64__)

HEARTH_AVX2 void softcapAvx2(float* values, std::int32_t width, float cap) {
    const __m256 limit = _mm256_set1_ps(cap);
    std::int32_t i = 0;
    for (; i + 8 <= width; i += 8) {
        const __m256 x = _mm256_div_ps(_mm256_loadu_ps(values + i), limit);
        _mm256_storeu_ps(values + i, _mm256_mul_ps(avx2::tanh(x), limit));
    }
    if (i == width)
        return;
    const __m256i lanes = avx2::firstLanes(width - i);
    const __m256 x = _mm256_div_ps(_mm256_maskload_ps(values + i, lanes), limit);
    _mm256_maskstore_ps(values + i, lanes, _mm256_mul_ps(avx2::tanh(x), limit));
}

#endif

} // namespace

void add(const float* in, float* out, std::int32_t width) {
    for (std::int32_t i = 0; i < width; ++i)
        out[i] += in[i];
}

void scale(float* values, std::int32_t width, float factor) {
    for (std::int32_t i = 0; i < width; ++i)
        values[i] *= factor;
}

SoftcapFunction softcapFunction(CpuFeature feature) {
#if defined(__x86_64__)
    if (feature != CpuFeature::Scalar)
        return softcapAvx2;
#endif
    static_cast<void>(feature);
    return softcapScalar;
}

} // namespace hearth::kernels::cpu
