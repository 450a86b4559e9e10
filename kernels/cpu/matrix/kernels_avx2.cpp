#include "cpu/matrix/kernels.h"

#if defined(__x86_64__)

#include <algorithm>
#include <cstring>
#include <limits>

#include <immintrin.h>

#define HEARTH_TARGET __attribute__((target("avx2,fma,f16c")))
#define HEARTH_INLINE __attribute__((target("avx2,fma,f16c"), always_inline)) inline

namespace hearth::kernels::cpu {
namespace {

/// Eight rows of a tile, or eight columns of a plain row.
struct Vector {
    using Float = __m256;
    using Int = __m256i;
    static constexpr int kWidth = 8;
    // Few rows, for widening a weight costs more than loading an activation.
    static constexpr int kPlainRowsAtOnce = 2;
    static constexpr int kPlainTokens = 4;

    /// What dot() has added to every code.
    static constexpr std::int32_t bias(Codes) { return 0; }

    HEARTH_INLINE static Int load(const std::byte* at) {
        return _mm256_loadu_si256(reinterpret_cast<const __m256i*>(at));
    }
    HEARTH_INLINE static Int mask(Int value, int byte) {
        return _mm256_and_si256(value, _mm256_set1_epi8(static_cast<char>(byte)));
    }
    HEARTH_INLINE static Int either(Int a, Int b) { return _mm256_or_si256(a, b); }
    HEARTH_INLINE static Int shiftLeft(Int value, int bits) {
        return _mm256_slli_epi16(value, bits);
    }
    HEARTH_INLINE static Int shiftRight(Int value, int bits) {
        return _mm256_srli_epi16(value, bits);
    }
    HEARTH_INLINE static Int lookUp(Int indices, const std::int8_t (&numbers)[16]) {
        const __m128i table = _mm_loadu_si128(reinterpret_cast<const __m128i*>(numbers));
        return _mm256_shuffle_epi8(_mm256_broadcastsi128_si256(table), indices);
    }

    HEARTH_INLINE static Float zero() { return _mm256_setzero_ps(); }
    HEARTH_INLINE static Float all(float value) { return _mm256_set1_ps(value); }
    HEARTH_INLINE static Float toFloat(Int value) { return _mm256_cvtepi32_ps(value); }
    HEARTH_INLINE static Float multiply(Float a, Float b) { return _mm256_mul_ps(a, b); }
    HEARTH_INLINE static Float fusedAdd(Float a, Float b, Float c) {
        return _mm256_fmadd_ps(a, b, c);
    }
    HEARTH_INLINE static Float negativeProduct(Float a, Float b) {
        return _mm256_fnmadd_ps(a, b, _mm256_setzero_ps());
    }
    HEARTH_INLINE static void store(float* at, Float value) { _mm256_storeu_ps(at, value); }
    HEARTH_INLINE static Float floats(const std::byte* at) {
        return _mm256_loadu_ps(reinterpret_cast<const float*>(at));
    }
    HEARTH_INLINE static Float halves(const std::byte* at) {
        return _mm256_cvtph_ps(_mm_loadu_si128(reinterpret_cast<const __m128i*>(at)));
    }
    HEARTH_INLINE static Int wideBytes(const std::byte* at) {
        return _mm256_cvtepu8_epi32(_mm_loadl_epi64(reinterpret_cast<const __m128i*>(at)));
    }
    HEARTH_INLINE static Float unsignedBytes(const std::byte* at) {
        return _mm256_cvtepi32_ps(wideBytes(at));
    }
    HEARTH_INLINE static Float signedBytes(const std::byte* at) {
        return _mm256_cvtepi32_ps(
            _mm256_cvtepi8_epi32(_mm_loadl_epi64(reinterpret_cast<const __m128i*>(at))));
    }
    /// As e8M0HalfToF32(), but with 0 for the two scales below 2^-126.
    HEARTH_INLINE static Float halfExponents(const std::byte* at) {
        const Int less = _mm256_sub_epi32(wideBytes(at), _mm256_set1_epi32(1));
        return _mm256_castsi256_ps(
            _mm256_slli_epi32(_mm256_max_epi32(less, _mm256_setzero_si256()), 23));
    }
    HEARTH_INLINE static Float lowNibbles(const std::byte* at) {
        return _mm256_cvtepi32_ps(_mm256_and_si256(wideBytes(at), _mm256_set1_epi32(15)));
    }
    HEARTH_INLINE static Float highNibbles(const std::byte* at) {
        return _mm256_cvtepi32_ps(_mm256_srli_epi32(wideBytes(at), 4));
    }
    HEARTH_INLINE static float total(Float value) {
        const __m128 four =
            _mm_add_ps(_mm256_castps256_ps128(value), _mm256_extractf128_ps(value, 1));
        const __m128 two = _mm_add_ps(four, _mm_movehl_ps(four, four));
        return _mm_cvtss_f32(_mm_add_ss(two, _mm_movehdup_ps(two)));
    }
};

struct Single {
    static constexpr int kBytes = 4;
    HEARTH_INLINE static __m256 load(const std::byte* at) { return Vector::floats(at); }
};

struct Half {
    static constexpr int kBytes = 2;
    HEARTH_INLINE static __m256 load(const std::byte* at) { return Vector::halves(at); }
};

struct Brain {
    static constexpr int kBytes = 2;
    HEARTH_INLINE static __m256 load(const std::byte* at) {
        const __m128i bits = _mm_loadu_si128(reinterpret_cast<const __m128i*>(at));
        return _mm256_castsi256_ps(_mm256_slli_epi32(_mm256_cvtepu16_epi32(bits), 16));
    }
};

/// A byte each; E4m3 gives numbers divided by 256, for its exponent's bias is not a half's.
struct E4m3 {
    static constexpr int kBytes = 1;
    HEARTH_INLINE static __m256 load(const std::byte* at) {
        const __m128i wide =
            _mm_cvtepu8_epi16(_mm_loadl_epi64(reinterpret_cast<const __m128i*>(at)));
        const __m128i largest = _mm_set1_epi16(0x7f);
        const __m128i magnitude = _mm_and_si128(wide, largest);
        const __m128i sign = _mm_slli_epi16(_mm_andnot_si128(largest, wide), 8);
        const __m128i nan =
            _mm_and_si128(_mm_cmpeq_epi16(magnitude, largest), _mm_set1_epi16(0x7e00));
        return _mm256_cvtph_ps(_mm_or_si128(_mm_slli_epi16(magnitude, 7), _mm_or_si128(sign, nan)));
    }
};

struct E5m2 {
    static constexpr int kBytes = 1;
    HEARTH_INLINE static __m256 load(const std::byte* at) {
        const __m128i wide =
            _mm_cvtepu8_epi16(_mm_loadl_epi64(reinterpret_cast<const __m128i*>(at)));
        return _mm256_cvtph_ps(_mm_slli_epi16(wide, 8));
    }
};

constexpr int largestCode(Codes codes) {
    return codes == Codes::Bits2   ? 3
           : codes == Codes::Bits3 ? 7
           : codes == Codes::Bits4 ? 15
           : codes == Codes::Bits5 ? 31
           : codes == Codes::Bits6 ? 63
                                   : 128;
}

HEARTH_INLINE __m256i broadcastQuad(const std::int8_t* codes) {
    std::int32_t quad = 0;
    std::memcpy(&quad, codes, 4);
    return _mm256_set1_epi32(quad);
}

/// The rows' integer products over quads [kFirst, kFirst + kCount). Pairs are summed in 16 bits for
/// as many quads as cannot overflow. Signed codes lend their sign to the activations.
template<Codes kCodes, int kFirst, int kCount>
HEARTH_INLINE __m256i dot(const __m256i (&quads)[8], const std::int8_t* codes) {
    constexpr bool kSigned = kCodes == Codes::Signed8 || isTable(kCodes);
    constexpr int kFit = 32767 / (2 * 127 * largestCode(kCodes));
    constexpr int kChain = kFit >= kCount ? kCount : kFit >= 4 ? 4 : kFit >= 2 ? 2 : 1;
    const __m256i ones = _mm256_set1_epi16(1);
    __m256i total = _mm256_setzero_si256();
#pragma GCC unroll 8
    for (int first = kFirst; first < kFirst + kCount; first += kChain) {
        __m256i pairs = _mm256_setzero_si256();
#pragma GCC unroll 8
        for (int quad = first; quad < first + kChain; ++quad) {
            const __m256i input = broadcastQuad(codes + quad * 4);
            const __m256i products =
                kSigned ? _mm256_maddubs_epi16(_mm256_abs_epi8(quads[quad]),
                                               _mm256_sign_epi8(input, quads[quad]))
                        : _mm256_maddubs_epi16(quads[quad], input);
            pairs = quad == first ? products : _mm256_add_epi16(pairs, products);
        }
        const __m256i sums = _mm256_madd_epi16(pairs, ones);
        total = first == kFirst ? sums : _mm256_add_epi32(total, sums);
    }
    return total;
}

} // namespace
} // namespace hearth::kernels::cpu

#include "cpu/matrix/vector_kernels.h"

namespace hearth::kernels::cpu::avx2 {

namespace {

HEARTH_INLINE std::int32_t total(__m256i value) {
    const __m128i four =
        _mm_add_epi32(_mm256_castsi256_si128(value), _mm256_extracti128_si256(value, 1));
    const __m128i two = _mm_add_epi32(four, _mm_shuffle_epi32(four, 0x4e));
    return _mm_cvtsi128_si32(_mm_add_epi32(two, _mm_shuffle_epi32(two, 0xb1)));
}

HEARTH_INLINE std::int32_t largest(__m256i value) {
    const __m128i four =
        _mm_max_epi32(_mm256_castsi256_si128(value), _mm256_extracti128_si256(value, 1));
    const __m128i two = _mm_max_epi32(four, _mm_shuffle_epi32(four, 0x4e));
    return _mm_cvtsi128_si32(_mm_max_epi32(two, _mm_shuffle_epi32(two, 0xb1)));
}

HEARTH_TARGET float sumOf(__m256i a, __m256i b) {
    return static_cast<float>(total(_mm256_add_epi32(a, b)));
}

/// Narrows 32 codes, in order.
HEARTH_INLINE void storeBytes(const __m256i (&codes)[4], std::int8_t* at) {
    const __m256i bytes = _mm256_packs_epi16(_mm256_packs_epi32(codes[0], codes[1]),
                                             _mm256_packs_epi32(codes[2], codes[3]));
    // Packing works on each 128-bit half: put groups of four back in order.
    _mm256_storeu_si256(
        reinterpret_cast<__m256i*>(at),
        _mm256_permutevar8x32_epi32(bytes, _mm256_setr_epi32(0, 4, 1, 5, 2, 6, 3, 7)));
}

HEARTH_TARGET void quantiseBlock(const float* values, std::int8_t* codes, BlockScale* scales) {
    constexpr std::int32_t kInfinityBits = 0x7f800000;
    __m256 parts[4];
    __m256i magnitude = _mm256_setzero_si256();
    for (int i = 0; i < 4; ++i) {
        parts[i] = _mm256_loadu_ps(values + i * 8);
        magnitude = _mm256_max_epi32(magnitude, _mm256_and_si256(_mm256_castps_si256(parts[i]),
                                                                 _mm256_set1_epi32(0x7fffffff)));
    }
    // Magnitudes of floats order as their bits do; infinities and NaN come last.
    const std::int32_t bits = largest(magnitude);
    if (bits >= kInfinityBits) {
        const float nan = std::numeric_limits<float>::quiet_NaN();
        *scales = {nan, nan, nan, nan};
        std::memset(codes, 0, kBlockCodes);
        return;
    }
    float most = 0.0F;
    std::memcpy(&most, &bits, 4);
    const float scale = most / 127.0F;
    const __m256 inverse = _mm256_set1_ps(most > kLeastMagnitude ? 127.0F / most : 0.0F);
    __m256i coarse[4];
    __m256i fine[4];
    for (int i = 0; i < 4; ++i) {
        const __m256 exact = _mm256_mul_ps(parts[i], inverse);
        coarse[i] = _mm256_cvtps_epi32(exact);
        const __m256 rest = _mm256_sub_ps(exact, _mm256_cvtepi32_ps(coarse[i]));
        fine[i] = _mm256_cvtps_epi32(_mm256_mul_ps(rest, _mm256_set1_ps(kFineSteps)));
    }
    const auto sum = [&](int first) {
        return scale * (sumOf(coarse[first], coarse[first + 1]) +
                        sumOf(fine[first], fine[first + 1]) / kFineSteps);
    };
    const float low = sum(0);
    const float high = sum(2);
    *scales = {scale, low + high, low, high};
    storeBytes(coarse, codes);
    storeBytes(fine, codes + kBlockColumns);
}

} // namespace

TileFunction tileFunction(Codes codes, Scales scales) {
    return tileFor(codes, scales);
}

PlainFunction plainFunction(DType type) {
    return plainFor(type);
}

void quantise(const float* values, std::int64_t columns, std::int8_t* codes, BlockScale* scales,
              std::int64_t blockStride) {
    std::int64_t column = 0;
    for (; column + 32 <= columns;
         column += 32, codes += blockStride * kBlockCodes, scales += blockStride)
        quantiseBlock(values + column, codes, scales);
    if (column < columns) {
        float last[32] = {};
        std::copy(values + column, values + columns, last);
        quantiseBlock(last, codes, scales);
    }
}

} // namespace hearth::kernels::cpu::avx2

#endif
