#pragma once

/// AVX2 pieces that several operations share. Each function carries its target, so that the rest
/// of a source file stays baseline code; include only where __x86_64__ is defined.
#include <immintrin.h>

#define HEARTH_AVX2 __attribute__((target("avx2,fma,f16c")))
#define HEARTH_AVX2_INLINE __attribute__((target("avx2,fma,f16c"), always_inline)) inline

namespace hearth::kernels::cpu::avx2 {

HEARTH_AVX2_INLINE float sum(__m256 x) {
    const __m128 four = _mm_add_ps(_mm256_castps256_ps128(x), _mm256_extractf128_ps(x, 1));
    const __m128 two = _mm_add_ps(four, _mm_movehl_ps(four, four));
    return _mm_cvtss_f32(_mm_add_ss(two, _mm_movehdup_ps(two)));
}

HEARTH_AVX2_INLINE float max(__m256 x) {
    const __m128 four = _mm_max_ps(_mm256_castps256_ps128(x), _mm256_extractf128_ps(x, 1));
    const __m128 two = _mm_max_ps(four, _mm_movehl_ps(four, four));
    return _mm_cvtss_f32(_mm_max_ss(two, _mm_movehdup_ps(two)));
}

/// Lanes [0, count) set: a mask for _mm256_maskload_ps.
HEARTH_AVX2_INLINE __m256i firstLanes(int count) {
    const __m256i lane = _mm256_setr_epi32(0, 1, 2, 3, 4, 5, 6, 7);
    return _mm256_cmpgt_epi32(_mm256_set1_epi32(count), lane);
}

/// e^x within 2 ulp; 0 below -87.3 (no subnormals), about 2.4e38 above 88.4; NaN stays NaN.
/// Reduction to [-ln 2 / 2, ln 2 / 2] and a polynomial of degree 6 (Cephes expf).
HEARTH_AVX2_INLINE __m256 exp(__m256 x) {
    const __m256 lowest = _mm256_set1_ps(-87.3365448F);
    const __m256 underflow = _mm256_cmp_ps(x, lowest, _CMP_LT_OQ);
    // The second operand is returned where one of them is NaN.
    x = _mm256_max_ps(lowest, _mm256_min_ps(_mm256_set1_ps(88.3762626F), x));
    const __m256 n = _mm256_round_ps(_mm256_mul_ps(x, _mm256_set1_ps(1.44269504088896341F)),
                                     _MM_FROUND_TO_NEAREST_INT | _MM_FROUND_NO_EXC);
    __m256 r = _mm256_fnmadd_ps(n, _mm256_set1_ps(0.693359375F), x);
    r = _mm256_fnmadd_ps(n, _mm256_set1_ps(-2.12194440e-4F), r);
    __m256 y = _mm256_set1_ps(1.9875691500e-4F);
    y = _mm256_fmadd_ps(y, r, _mm256_set1_ps(1.3981999507e-3F));
    y = _mm256_fmadd_ps(y, r, _mm256_set1_ps(8.3334519073e-3F));
    y = _mm256_fmadd_ps(y, r, _mm256_set1_ps(4.1665795894e-2F));
    y = _mm256_fmadd_ps(y, r, _mm256_set1_ps(1.6666665459e-1F));
    y = _mm256_fmadd_ps(y, r, _mm256_set1_ps(5.0000001201e-1F));
    y = _mm256_fmadd_ps(y, _mm256_mul_ps(r, r), _mm256_add_ps(r, _mm256_set1_ps(1.0F)));
    const __m256i exponent =
        _mm256_slli_epi32(_mm256_add_epi32(_mm256_cvtps_epi32(n), _mm256_set1_epi32(127)), 23);
    return _mm256_andnot_ps(underflow, _mm256_mul_ps(y, _mm256_castsi256_ps(exponent)));
}

/// tanh(x) within a few ulp: a polynomial below 0.625 (Cephes tanhf), the exponential above.
HEARTH_AVX2_INLINE __m256 tanh(__m256 x) {
    const __m256 sign = _mm256_set1_ps(-0.0F);
    const __m256 one = _mm256_set1_ps(1.0F);
    const __m256 magnitude = _mm256_andnot_ps(sign, x);
    const __m256 square = _mm256_mul_ps(x, x);
    __m256 p = _mm256_set1_ps(-5.70498872745e-3F);
    p = _mm256_fmadd_ps(p, square, _mm256_set1_ps(2.06390887954e-2F));
    p = _mm256_fmadd_ps(p, square, _mm256_set1_ps(-5.37397155531e-2F));
    p = _mm256_fmadd_ps(p, square, _mm256_set1_ps(1.33314422036e-1F));
    p = _mm256_fmadd_ps(p, square, _mm256_set1_ps(-3.33332819422e-1F));
    const __m256 small = _mm256_fmadd_ps(_mm256_mul_ps(p, square), x, x);
    const __m256 twice = exp(_mm256_add_ps(magnitude, magnitude));
    const __m256 large = _mm256_or_ps(
        _mm256_sub_ps(one, _mm256_div_ps(_mm256_set1_ps(2.0F), _mm256_add_ps(twice, one))),
        _mm256_and_ps(sign, x));
    return _mm256_blendv_ps(large, small,
                            _mm256_cmp_ps(magnitude, _mm256_set1_ps(0.625F), _CMP_LT_OQ));
}

/// The error function within 2e-7 (Abramowitz and Stegun 7.1.26).
HEARTH_AVX2_INLINE __m256 erf(__m256 x) {
    const __m256 sign = _mm256_set1_ps(-0.0F);
    const __m256 one = _mm256_set1_ps(1.0F);
    const __m256 z = _mm256_andnot_ps(sign, x);
    const __m256 t = _mm256_div_ps(one, _mm256_fmadd_ps(z, _mm256_set1_ps(0.3275911F), one));
    __m256 p = _mm256_set1_ps(1.061405429F);
    p = _mm256_fmadd_ps(p, t, _mm256_set1_ps(-1.453152027F));
    p = _mm256_fmadd_ps(p, t, _mm256_set1_ps(1.421413741F));
    p = _mm256_fmadd_ps(p, t, _mm256_set1_ps(-0.284496736F));
    p = _mm256_fmadd_ps(p, t, _mm256_set1_ps(0.254829592F));
    const __m256 tail = _mm256_mul_ps(_mm256_mul_ps(p, t),
                                      exp(_mm256_sub_ps(_mm256_setzero_ps(), _mm256_mul_ps(z, z))));
    return _mm256_or_ps(_mm256_sub_ps(one, tail), _mm256_and_ps(sign, x));
}

} // namespace hearth::kernels::cpu::avx2
