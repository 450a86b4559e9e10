#include "cpu/logit_kernels.h"

#include <algorithm>
#include <bit>
#include <cmath>
#include <limits>

#if defined(__x86_64__)
#include "cpu/simd_avx2.h"
#endif

namespace hearth::kernels::cpu {

namespace {

constexpr float kInfinity = std::numeric_limits<float>::infinity();

bool copyFiniteScalar(const float* in, std::int32_t count, float* out) {
    bool finite = true;
    for (std::int32_t i = 0; i < count; ++i) {
        finite = finite && in[i] < kInfinity;
        out[i] = in[i];
    }
    return finite;
}

float chunkMaximaScalar(const float* in, std::int32_t count, float* maxima) {
    float highest = -kInfinity;
    for (std::int32_t begin = 0; begin < count; begin += kLogitChunk) {
        const std::int32_t end = std::min(count, begin + kLogitChunk);
        maxima[begin / kLogitChunk] = *std::max_element(in + begin, in + end);
        highest = std::max(highest, maxima[begin / kLogitChunk]);
    }
    return highest;
}

double weighScalar(const float* in, std::int32_t count, float maximum, float factor, float least,
                   float* out) {
    double sum = 0.0;
    for (std::int32_t i = 0; i < count; ++i) {
        out[i] = in[i] < least ? 0.0F : std::exp((in[i] - maximum) * factor);
        sum += static_cast<double>(out[i]);
    }
    return sum;
}

std::int32_t collectScalar(const float* in, std::int32_t count, float least,
                           std::int32_t* indices) {
    std::int32_t found = 0;
    for (std::int32_t i = 0; i < count; ++i)
        if (in[i] >= least)
            indices[found++] = i;
    return found;
}

#if defined(__x86_64__)

HEARTH_AVX2 bool copyFiniteAvx2(const float* in, std::int32_t count, float* out) {
    const __m256 infinity = _mm256_set1_ps(kInfinity);
    __m256 wrong = _mm256_setzero_ps();
    std::int32_t i = 0;
    for (; i + 8 <= count; i += 8) {
        const __m256 x = _mm256_loadu_ps(in + i);
        wrong = _mm256_or_ps(wrong, _mm256_cmp_ps(x, infinity, _CMP_NLT_UQ));
        _mm256_storeu_ps(out + i, x);
    }
    return copyFiniteScalar(in + i, count - i, out + i) && _mm256_movemask_ps(wrong) == 0;
}

HEARTH_AVX2 float chunkMaximaAvx2(const float* in, std::int32_t count, float* maxima) {
    const std::int32_t whole = count / kLogitChunk;
    float highest = -kInfinity;
    for (std::int32_t c = 0; c < whole; ++c) {
        const float* chunk = in + std::ptrdiff_t{c} * kLogitChunk;
        __m256 largest = _mm256_loadu_ps(chunk);
        for (std::int32_t i = 8; i < kLogitChunk; i += 8)
            largest = _mm256_max_ps(largest, _mm256_loadu_ps(chunk + i));
        maxima[c] = avx2::max(largest);
        highest = std::max(highest, maxima[c]);
    }
    const std::int32_t done = whole * kLogitChunk;
    return std::max(highest, chunkMaximaScalar(in + done, count - done, maxima + whole));
}

HEARTH_AVX2 double weighAvx2(const float* in, std::int32_t count, float maximum, float factor,
                             float least, float* out) {
    const __m256 centre = _mm256_set1_ps(maximum);
    const __m256 scale = _mm256_set1_ps(factor);
    const __m256 limit = _mm256_set1_ps(least);
    __m256d sums[2] = {_mm256_setzero_pd(), _mm256_setzero_pd()};
    std::int32_t i = 0;
    for (; i + 8 <= count; i += 8) {
        const __m256 x = _mm256_loadu_ps(in + i);
        const __m256 weight =
            _mm256_andnot_ps(_mm256_cmp_ps(x, limit, _CMP_LT_OQ),
                             avx2::exp(_mm256_mul_ps(_mm256_sub_ps(x, centre), scale)));
        _mm256_storeu_ps(out + i, weight);
        sums[0] = _mm256_add_pd(sums[0], _mm256_cvtps_pd(_mm256_castps256_ps128(weight)));
        sums[1] = _mm256_add_pd(sums[1], _mm256_cvtps_pd(_mm256_extractf128_ps(weight, 1)));
    }
    alignas(32) double lanes[4];
    _mm256_store_pd(lanes, _mm256_add_pd(sums[0], sums[1]));
    return lanes[0] + lanes[1] + lanes[2] + lanes[3] +
           weighScalar(in + i, count - i, maximum, factor, least, out + i);
}

HEARTH_AVX2 std::int32_t collectAvx2(const float* in, std::int32_t count, float least,
                                     std::int32_t* indices) {
    const __m256 limit = _mm256_set1_ps(least);
    std::int32_t found = 0;
    std::int32_t i = 0;
    for (; i + 8 <= count; i += 8) {
        auto hits = static_cast<std::uint32_t>(
            _mm256_movemask_ps(_mm256_cmp_ps(_mm256_loadu_ps(in + i), limit, _CMP_GE_OQ)));
        for (; hits != 0; hits &= hits - 1)
            indices[found++] = i + std::countr_zero(hits);
    }
    for (; i < count; ++i)
        if (in[i] >= least)
            indices[found++] = i;
    return found;
}

#endif

} // namespace

LogitKernels logitKernels(CpuFeature feature) {
#if defined(__x86_64__)
    if (feature != CpuFeature::Scalar)
        return {copyFiniteAvx2, chunkMaximaAvx2, weighAvx2, collectAvx2};
#endif
    static_cast<void>(feature);
    return {copyFiniteScalar, chunkMaximaScalar, weighScalar, collectScalar};
}

} // namespace hearth::kernels::cpu
