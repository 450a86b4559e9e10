#include "cpu/activation.h"

#include <algorithm>
#include <cmath>

#if defined(__x86_64__)
#include "cpu/simd_avx2.h"
#endif

namespace hearth::kernels::cpu {

namespace {

constexpr float kSqrtHalf = 0.707106781186547524F;
constexpr float kTwiceSqrtTwoByPi = 1.59576912160573071F;
constexpr float kGeluCubic = 0.044715F;

template<Activation Kind>
float activate(float x) {
    if constexpr (Kind == Activation::Silu)
        return x / (1.0F + std::exp(-x));
    // 0.5 (1 + tanh(u)) is the logistic function of 2u.
    if constexpr (Kind == Activation::GeluTanh)
        return x / (1.0F + std::exp(-kTwiceSqrtTwoByPi * (x + kGeluCubic * x * x * x)));
    if constexpr (Kind == Activation::GeluErf)
        return 0.5F * x * (1.0F + std::erf(x * kSqrtHalf));
    if constexpr (Kind == Activation::Relu)
        return x < 0.0F ? 0.0F : x; // NaN stays NaN.
}

constexpr float kSwigluLimit = 7.0F;
constexpr float kSwigluSlope = 1.702F;

float clampedSwiglu(float gate, float up) {
    const float cut = gate > kSwigluLimit ? kSwigluLimit : gate;
    const float factor = std::clamp(up, -kSwigluLimit, kSwigluLimit) + 1.0F;
    return cut / (1.0F + std::exp(-kSwigluSlope * cut)) * factor;
}

void clampedSwigluScalar(const float* gate, const float* up, float* out, std::int32_t width) {
    for (std::int32_t i = 0; i < width; ++i)
        out[i] = clampedSwiglu(gate[i], up[i]);
}

template<Activation Kind>
void activationScalar(const float* gate, const float* up, float* out, std::int32_t width) {
    for (std::int32_t i = 0; i < width; ++i)
        out[i] = activate<Kind>(gate[i]) * (up ? up[i] : 1.0F);
}

#if defined(__x86_64__)

HEARTH_AVX2_INLINE __m256 timesLogistic(__m256 x, __m256 u) {
    const __m256 one = _mm256_set1_ps(1.0F);
    return _mm256_div_ps(x, _mm256_add_ps(one, avx2::exp(_mm256_sub_ps(_mm256_setzero_ps(), u))));
}

template<Activation Kind>
HEARTH_AVX2_INLINE __m256 activateAvx2(__m256 x) {
    if constexpr (Kind == Activation::Silu)
        return timesLogistic(x, x);
    if constexpr (Kind == Activation::GeluTanh) {
        const __m256 cubic = _mm256_mul_ps(_mm256_mul_ps(x, x), _mm256_set1_ps(kGeluCubic));
        const __m256 inner = _mm256_fmadd_ps(cubic, x, x);
        return timesLogistic(x, _mm256_mul_ps(_mm256_set1_ps(kTwiceSqrtTwoByPi), inner));
    }
    if constexpr (Kind == Activation::Relu)
        return _mm256_max_ps(_mm256_setzero_ps(), x); // NaN stays NaN.
    const __m256 half = _mm256_mul_ps(_mm256_set1_ps(0.5F), x);
    return _mm256_fmadd_ps(half, avx2::erf(_mm256_mul_ps(x, _mm256_set1_ps(kSqrtHalf))), half);
}

// The tail goes through the same lanes, so that a column's result doesn't depend on the split.
template<Activation Kind>
HEARTH_AVX2 void activationAvx2(const float* gate, const float* up, float* out,
                                std::int32_t width) {
    std::int32_t i = 0;
    for (; i + 8 <= width; i += 8) {
        __m256 x = activateAvx2<Kind>(_mm256_loadu_ps(gate + i));
        if (up)
            x = _mm256_mul_ps(x, _mm256_loadu_ps(up + i));
        _mm256_storeu_ps(out + i, x);
    }
    if (i == width)
        return;
    const __m256i lanes = avx2::firstLanes(width - i);
    __m256 x = activateAvx2<Kind>(_mm256_maskload_ps(gate + i, lanes));
    if (up)
        x = _mm256_mul_ps(x, _mm256_maskload_ps(up + i, lanes));
    _mm256_maskstore_ps(out + i, lanes, x);
}

HEARTH_AVX2_INLINE __m256 clampedSwigluAvx2(__m256 gate, __m256 up) {
    // The second operand is returned where one of them is NaN.
    const __m256 most = _mm256_set1_ps(kSwigluLimit);
    const __m256 cut = _mm256_min_ps(most, gate);
    const __m256 factor = _mm256_max_ps(_mm256_set1_ps(-kSwigluLimit), _mm256_min_ps(most, up));
    return _mm256_mul_ps(timesLogistic(cut, _mm256_mul_ps(_mm256_set1_ps(kSwigluSlope), cut)),
                         _mm256_add_ps(factor, _mm256_set1_ps(1.0F)));
}

HEARTH_AVX2 void clampedSwigluAvx2(const float* gate, const float* up, float* out,
                                   std::int32_t width) {
    std::int32_t i = 0;
    for (; i + 8 <= width; i += 8)
        _mm256_storeu_ps(out + i,
                         clampedSwigluAvx2(_mm256_loadu_ps(gate + i), _mm256_loadu_ps(up + i)));
    if (i == width)
        return;
    const __m256i lanes = avx2::firstLanes(width - i);
    _mm256_maskstore_ps(
        out + i, lanes,
        clampedSwigluAvx2(_mm256_maskload_ps(gate + i, lanes), _mm256_maskload_ps(up + i, lanes)));
}

#endif

template<Activation Kind>
ActivationFunction functionOf(CpuFeature feature) {
#if defined(__x86_64__)
    if (feature != CpuFeature::Scalar)
        return activationAvx2<Kind>;
#endif
    static_cast<void>(feature);
    return activationScalar<Kind>;
}

} // namespace

ActivationFunction activationFunction(Activation kind, CpuFeature feature) {
    switch (kind) {
    case Activation::Silu:
        return functionOf<Activation::Silu>(feature);
    case Activation::GeluTanh:
        return functionOf<Activation::GeluTanh>(feature);
    case Activation::GeluErf:
        return functionOf<Activation::GeluErf>(feature);
    case Activation::Relu:
        return functionOf<Activation::Relu>(feature);
    case Activation::ClampedSwiglu:
#if defined(__x86_64__)
        if (feature != CpuFeature::Scalar)
            return clampedSwigluAvx2;
#endif
        return clampedSwigluScalar;
    }
    return nullptr;
}

} // namespace hearth::kernels::cpu
