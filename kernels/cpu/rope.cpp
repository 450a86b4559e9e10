#include "cpu/rope.h"

#include <cmath>

#if defined(__x86_64__)
#include "cpu/simd_avx2.h"
#endif

namespace hearth::kernels::cpu {

namespace {

void turnPair(float& a, float& b, float cosine, float sine) {
    const float x = a;
    const float y = b;
    a = x * cosine - y * sine;
    b = y * cosine + x * sine;
}

void turnHalves(float* head, std::int32_t begin, std::int32_t half, const float* cosines,
                const float* sines) {
    for (std::int32_t i = begin; i < half; ++i)
        turnPair(head[i], head[half + i], cosines[i], sines[i]);
}

void turnAdjacent(float* head, std::int32_t begin, std::int32_t half, const float* cosines,
                  const float* sines) {
    for (std::int32_t i = begin; i < half; ++i)
        turnPair(head[2 * i], head[2 * i + 1], cosines[i], sines[i]);
}

void ropeScalar(const RopeShape& shape, const float* cosines, const float* sines, float* row) {
    const auto turn = shape.pairing == RopePairing::Halves ? turnHalves : turnAdjacent;
    for (std::int32_t head = 0; head < shape.heads; ++head)
        turn(row + std::ptrdiff_t{head} * shape.headWidth, 0, shape.rotaryWidth / 2, cosines,
             sines);
}

#if defined(__x86_64__)

HEARTH_AVX2 void turnHalvesAvx2(float* head, std::int32_t half, const float* cosines,
                                const float* sines) {
    std::int32_t i = 0;
    for (; i + 8 <= half; i += 8) {
        const __m256 x = _mm256_loadu_ps(head + i);
        const __m256 y = _mm256_loadu_ps(head + half + i);
        const __m256 c = _mm256_loadu_ps(cosines + i);
        const __m256 s = _mm256_loadu_ps(sines + i);
        _mm256_storeu_ps(head + i, _mm256_fmsub_ps(x, c, _mm256_mul_ps(y, s)));
        _mm256_storeu_ps(head + half + i, _mm256_fmadd_ps(y, c, _mm256_mul_ps(x, s)));
    }
    turnHalves(head, i, half, cosines, sines);
}

HEARTH_AVX2 void turnAdjacentAvx2(float* head, std::int32_t half, const float* cosines,
                                  const float* sines) {
    const __m256i twice = _mm256_setr_epi32(0, 0, 1, 1, 2, 2, 3, 3);
    std::int32_t i = 0;
    for (; i + 4 <= half; i += 4) {
        const __m256 c =
            _mm256_permutevar8x32_ps(_mm256_castps128_ps256(_mm_loadu_ps(cosines + i)), twice);
        const __m256 s =
            _mm256_permutevar8x32_ps(_mm256_castps128_ps256(_mm_loadu_ps(sines + i)), twice);
        const __m256 x = _mm256_loadu_ps(head + 2 * i);
        const __m256 swapped = _mm256_permute_ps(x, 0b10110001);
        _mm256_storeu_ps(head + 2 * i, _mm256_fmaddsub_ps(x, c, _mm256_mul_ps(swapped, s)));
    }
    turnAdjacent(head, i, half, cosines, sines);
}

HEARTH_AVX2 void ropeAvx2(const RopeShape& shape, const float* cosines, const float* sines,
                          float* row) {
    const auto turn = shape.pairing == RopePairing::Halves ? turnHalvesAvx2 : turnAdjacentAvx2;
    for (std::int32_t head = 0; head < shape.heads; ++head)
        turn(row + std::ptrdiff_t{head} * shape.headWidth, shape.rotaryWidth / 2, cosines, sines);
}

#endif

} // namespace

void ropeAngles(const RopeRates& rates, std::int32_t position, float* cosines, float* sines) {
    const std::size_t count = rates.frequencies.size();
    for (std::size_t i = 0; i < count; ++i) {
        double frequency = static_cast<double>(rates.frequencies[i]);
        if (rates.growth != 1.0)
            frequency *=
                std::pow(rates.growth, -static_cast<double>(i) / static_cast<double>(count - 1));
        const double angle = static_cast<double>(position) * frequency;
        cosines[i] = static_cast<float>(std::cos(angle)) * rates.magnitude;
        sines[i] = static_cast<float>(std::sin(angle)) * rates.magnitude;
    }
}

RopeFunction ropeFunction(CpuFeature feature) {
#if defined(__x86_64__)
    if (feature != CpuFeature::Scalar)
        return ropeAvx2;
#endif
    static_cast<void>(feature);
    return ropeScalar;
}

} // namespace hearth::kernels::cpu
