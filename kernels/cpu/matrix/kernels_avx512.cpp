#include "cpu/matrix/kernels.h"

#if defined(__x86_64__)

#include <cstring>

#include <immintrin.h>

#define HEARTH_FEATURES "avx2,fma,f16c,avx512f,avx512bw,avx512vl,avx512vnni"
#define HEARTH_TARGET __attribute__((target(HEARTH_FEATURES)))
#define HEARTH_INLINE __attribute__((target(HEARTH_FEATURES), always_inline)) inline

namespace hearth::kernels::cpu {
namespace {

/// Sixteen rows of a tile, or sixteen columns of a plain row.
struct Vector {
    using Float = __m512;
    using Int = __m512i;
    static constexpr int kWidth = 16;
    static constexpr int kPlainRowsAtOnce = 4;
    static constexpr int kPlainTokens = 4;

    /// What dot() has added to every code: vpdpbusd wants unsigned weights.
    static constexpr std::int32_t bias(Codes codes) {
        return codes == Codes::Signed8 || isTable(codes) ? 128 : 0;
    }

    HEARTH_INLINE static Int load(const std::byte* at) { return _mm512_loadu_si512(at); }
    HEARTH_INLINE static Int mask(Int value, int byte) {
        return _mm512_and_si512(value, _mm512_set1_epi8(static_cast<char>(byte)));
    }
    HEARTH_INLINE static Int either(Int a, Int b) { return _mm512_or_si512(a, b); }
    HEARTH_INLINE static Int shiftLeft(Int value, int bits) {
        return _mm512_slli_epi16(value, static_cast<unsigned>(bits));
    }
    HEARTH_INLINE static Int shiftRight(Int value, int bits) {
        return _mm512_srli_epi16(value, static_cast<unsigned>(bits));
    }
    HEARTH_INLINE static Int lookUp(Int indices, const std::int8_t (&numbers)[16]) {
        const __m128i table = _mm_loadu_si128(reinterpret_cast<const __m128i*>(numbers));
        return _mm512_shuffle_epi8(_mm512_broadcast_i32x4(table), indices);
    }

    HEARTH_INLINE static Float zero() { return _mm512_setzero_ps(); }
    HEARTH_INLINE static Float all(float value) { return _mm512_set1_ps(value); }
    HEARTH_INLINE static Float toFloat(Int value) { return _mm512_cvtepi32_ps(value); }
    HEARTH_INLINE static Float multiply(Float a, Float b) { return _mm512_mul_ps(a, b); }
    HEARTH_INLINE static Float fusedAdd(Float a, Float b, Float c) {
        return _mm512_fmadd_ps(a, b, c);
    }
    HEARTH_INLINE static Float negativeProduct(Float a, Float b) {
        return _mm512_fnmadd_ps(a, b, _mm512_setzero_ps());
    }
    HEARTH_INLINE static void store(float* at, Float value) { _mm512_storeu_ps(at, value); }
    HEARTH_INLINE static Float floats(const std::byte* at) { return _mm512_loadu_ps(at); }
    HEARTH_INLINE static Float halves(const std::byte* at) {
        return _mm512_cvtph_ps(_mm256_loadu_si256(reinterpret_cast<const __m256i*>(at)));
    }
    HEARTH_INLINE static __m128i bytes(const std::byte* at) {
        return _mm_loadu_si128(reinterpret_cast<const __m128i*>(at));
    }
    HEARTH_INLINE static Float unsignedBytes(const std::byte* at) {
        return _mm512_cvtepi32_ps(_mm512_cvtepu8_epi32(bytes(at)));
    }
    HEARTH_INLINE static Float signedBytes(const std::byte* at) {
        return _mm512_cvtepi32_ps(_mm512_cvtepi8_epi32(bytes(at)));
    }
    /// As e8M0HalfToF32(), but with 0 for the two scales below 2^-126.
    HEARTH_INLINE static Float halfExponents(const std::byte* at) {
        const Int less = _mm512_sub_epi32(_mm512_cvtepu8_epi32(bytes(at)), _mm512_set1_epi32(1));
        return _mm512_castsi512_ps(
            _mm512_slli_epi32(_mm512_max_epi32(less, _mm512_setzero_si512()), 23));
    }
    HEARTH_INLINE static Float lowNibbles(const std::byte* at) {
        return _mm512_cvtepi32_ps(
            _mm512_and_si512(_mm512_cvtepu8_epi32(bytes(at)), _mm512_set1_epi32(15)));
    }
    HEARTH_INLINE static Float highNibbles(const std::byte* at) {
        return _mm512_cvtepi32_ps(_mm512_srli_epi32(_mm512_cvtepu8_epi32(bytes(at)), 4));
    }
    HEARTH_INLINE static float total(Float value) { return _mm512_reduce_add_ps(value); }
};

struct Single {
    static constexpr int kBytes = 4;
    HEARTH_INLINE static __m512 load(const std::byte* at) { return Vector::floats(at); }
};

struct Half {
    static constexpr int kBytes = 2;
    HEARTH_INLINE static __m512 load(const std::byte* at) { return Vector::halves(at); }
};

struct Brain {
    static constexpr int kBytes = 2;
    HEARTH_INLINE static __m512 load(const std::byte* at) {
        const __m256i bits = _mm256_loadu_si256(reinterpret_cast<const __m256i*>(at));
        return _mm512_castsi512_ps(_mm512_slli_epi32(_mm512_cvtepu16_epi32(bits), 16));
    }
};

/// A byte each; E4m3 gives numbers divided by 256, for its exponent's bias is not a half's.
struct E4m3 {
    static constexpr int kBytes = 1;
    HEARTH_INLINE static __m512 load(const std::byte* at) {
        const __m256i wide = _mm256_cvtepu8_epi16(Vector::bytes(at));
        const __m256i largest = _mm256_set1_epi16(0x7f);
        const __m256i magnitude = _mm256_and_si256(wide, largest);
        const __m256i sign = _mm256_slli_epi16(_mm256_andnot_si256(largest, wide), 8);
        const __m256i nan =
            _mm256_and_si256(_mm256_cmpeq_epi16(magnitude, largest), _mm256_set1_epi16(0x7e00));
        return _mm512_cvtph_ps(
            _mm256_or_si256(_mm256_slli_epi16(magnitude, 7), _mm256_or_si256(sign, nan)));
    }
};

struct E5m2 {
    static constexpr int kBytes = 1;
    HEARTH_INLINE static __m512 load(const std::byte* at) {
        return _mm512_cvtph_ps(_mm256_slli_epi16(_mm256_cvtepu8_epi16(Vector::bytes(at)), 8));
    }
};

/// The rows' integer products over quads [kFirst, kFirst + kCount), in two chains to hide latency.
template<Codes kCodes, int kFirst, int kCount>
HEARTH_INLINE __m512i dot(const __m512i (&quads)[8], const std::int8_t* codes) {
    __m512i sums[2] = {_mm512_setzero_si512(), _mm512_setzero_si512()};
#pragma GCC unroll 8
    for (int quad = kFirst; quad < kFirst + kCount; ++quad) {
        std::int32_t input = 0;
        std::memcpy(&input, codes + quad * 4, 4);
        const __m512i weights =
            Vector::bias(kCodes) != 0
                ? _mm512_xor_si512(quads[quad], _mm512_set1_epi8(static_cast<char>(0x80)))
                : quads[quad];
        sums[quad % 2] = _mm512_dpbusd_epi32(sums[quad % 2], weights, _mm512_set1_epi32(input));
    }
    return _mm512_add_epi32(sums[0], sums[1]);
}

} // namespace
} // namespace hearth::kernels::cpu

#include "cpu/matrix/vector_kernels.h"

namespace hearth::kernels::cpu::avx512 {

TileFunction tileFunction(Codes codes, Scales scales) {
    return tileFor(codes, scales);
}

PlainFunction plainFunction(DType type) {
    return plainFor(type);
}

} // namespace hearth::kernels::cpu::avx512

#endif
