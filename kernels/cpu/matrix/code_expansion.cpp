#include "cpu/matrix/code_expansion.h"

#include "cpu/matrix/tile_packing.h"
#include "hearth/kernels/half.h"

#include <algorithm>
#include <cstring>

#if defined(__x86_64__)
#include "cpu/simd_avx2.h"
#endif

namespace hearth::kernels::cpu {

namespace {

float numberAt(const CodeRow& row, std::int64_t column) {
    if (row.type == DType::F8E4M3)
        return f8E4M3ToF32(std::to_integer<std::uint8_t>(row.codes[column]));
    if (row.type == DType::F8E5M2)
        return f8E5M2ToF32(std::to_integer<std::uint8_t>(row.codes[column]));
    const std::uint32_t code = denseCode(row.codes, row.groups->bits, column);
    return row.groups->codebook ? row.groups->codebook[code] : static_cast<float>(code);
}

void expandScalar(const CodeRow& row, std::int64_t first, std::int64_t count, float* out) {
    for (std::int64_t i = 0; i < count; ++i) {
        out[i] = numberAt(row, first + i);
        if (!row.groups)
            continue;
        const std::int64_t group = row.firstGroup + (first + i) / row.groups->groupSize;
        out[i] = out[i] * row.groups->scales[group] +
                 (row.groups->offsets ? row.groups->offsets[group] : 0.0F);
    }
}

#if defined(__x86_64__)

enum class Kind : std::uint8_t { E4m3, E5m2, Integer, Table8, Table16, Table256 };

/// Eight codes of `bits` each fill as many bytes: shifted into 64-bit lanes, then narrowed.
HEARTH_AVX2_INLINE __m256i loadCodes(const CodeRow& row, std::int64_t column) {
    const std::int64_t bits = row.groups->bits;
    const std::int64_t begin = column * bits / 8;
    std::uint64_t window = 0;
    if (begin + 8 <= row.bytes) [[likely]]
        std::memcpy(&window, row.codes + begin, 8);
    else
        std::memcpy(&window, row.codes + begin, static_cast<std::size_t>(row.bytes - begin));
    const __m256i all = _mm256_set1_epi64x(static_cast<long long>(window));
    const __m256i mask = _mm256_set1_epi64x((1LL << bits) - 1);
    const __m256i low = _mm256_setr_epi64x(0, bits, 2 * bits, 3 * bits);
    const __m256i high = _mm256_add_epi64(low, _mm256_set1_epi64x(4 * bits));
    const __m256i a = _mm256_and_si256(_mm256_srlv_epi64(all, low), mask);
    const __m256i b = _mm256_and_si256(_mm256_srlv_epi64(all, high), mask);
    const __m256 mixed = _mm256_shuffle_ps(_mm256_castsi256_ps(a), _mm256_castsi256_ps(b), 0x88);
    return _mm256_permute4x64_epi64(_mm256_castps_si256(mixed), 0xD8);
}

/// E4M3 numbers divided by 256: a half whose exponent is as wide as theirs and one bit more, with
/// another bias.
HEARTH_AVX2_INLINE __m256 loadE4m3(const std::byte* codes) {
    const __m128i wide =
        _mm_cvtepu8_epi16(_mm_loadl_epi64(reinterpret_cast<const __m128i*>(codes)));
    const __m128i largest = _mm_set1_epi16(0x7f);
    const __m128i magnitude = _mm_and_si128(wide, largest);
    const __m128i sign = _mm_slli_epi16(_mm_andnot_si128(largest, wide), 8);
    const __m128i nan = _mm_and_si128(_mm_cmpeq_epi16(magnitude, largest), _mm_set1_epi16(0x7e00));
    const __m128i half = _mm_or_si128(_mm_slli_epi16(magnitude, 7), _mm_or_si128(sign, nan));
    return _mm256_cvtph_ps(half);
}

HEARTH_AVX2_INLINE __m256 loadE5m2(const std::byte* codes) {
    const __m128i wide =
        _mm_cvtepu8_epi16(_mm_loadl_epi64(reinterpret_cast<const __m128i*>(codes)));
    return _mm256_cvtph_ps(_mm_slli_epi16(wide, 8));
}

/// Tables in registers, as far as they fit.
struct Table {
    __m256 low;
    __m256 high;
};

template<Kind kKind>
HEARTH_AVX2_INLINE Table loadTable(const CodeRow& row) {
    Table table{_mm256_setzero_ps(), _mm256_setzero_ps()};
    if constexpr (kKind == Kind::Table8)
        table.low =
            _mm256_maskload_ps(row.groups->codebook, avx2::firstLanes(1 << row.groups->bits));
    if constexpr (kKind == Kind::Table16) {
        table.low = _mm256_loadu_ps(row.groups->codebook);
        table.high = _mm256_loadu_ps(row.groups->codebook + 8);
    }
    return table;
}

template<Kind kKind>
HEARTH_AVX2_INLINE __m256 loadNumbers(const CodeRow& row, std::int64_t column, const Table& table) {
    if constexpr (kKind == Kind::E4m3)
        return loadE4m3(row.codes + column);
    if constexpr (kKind == Kind::E5m2)
        return loadE5m2(row.codes + column);
    const __m256i codes = loadCodes(row, column);
    if constexpr (kKind == Kind::Table8)
        return _mm256_permutevar8x32_ps(table.low, codes);
    if constexpr (kKind == Kind::Table16) {
        const __m256 upper = _mm256_castsi256_ps(_mm256_slli_epi32(codes, 28));
        return _mm256_blendv_ps(_mm256_permutevar8x32_ps(table.low, codes),
                                _mm256_permutevar8x32_ps(table.high, codes), upper);
    }
    if constexpr (kKind == Kind::Table256)
        return _mm256_i32gather_ps(row.groups->codebook, codes, 4);
    return _mm256_cvtepi32_ps(codes);
}

/// Groups begin at multiples of 8 columns.
template<Kind kKind>
HEARTH_AVX2 void expandAvx2(const CodeRow& row, std::int64_t first, std::int64_t count,
                            float* out) {
    const GroupQuantisation* const groups = row.groups;
    const std::int64_t size = groups ? groups->groupSize : first + count;
    const float unit = kKind == Kind::E4m3 ? 256.0F : 1.0F;
    const Table table = loadTable<kKind>(row);
    const std::int64_t end = first + count;
    for (std::int64_t column = first; column < end;) {
        const std::int64_t inGroup = column / size;
        const std::int64_t group = row.firstGroup + inGroup;
        const std::int64_t runEnd = std::min(end, (inGroup + 1) * size);
        const __m256 scale = _mm256_set1_ps(groups ? groups->scales[group] * unit : unit);
        const __m256 offset =
            _mm256_set1_ps(groups && groups->offsets ? groups->offsets[group] : 0.0F);
        for (; column + 8 <= runEnd; column += 8)
            _mm256_storeu_ps(
                out + (column - first),
                _mm256_fmadd_ps(loadNumbers<kKind>(row, column, table), scale, offset));
        expandScalar(row, column, runEnd - column, out + (column - first));
        column = runEnd;
    }
}

ExpandFunction fastFunction(const WeightSource& source) {
    if (source.type == DType::F8E4M3)
        return expandAvx2<Kind::E4m3>;
    if (source.type == DType::F8E5M2)
        return expandAvx2<Kind::E5m2>;
    if (!source.groups->codebook)
        return expandAvx2<Kind::Integer>;
    return source.groups->bits <= 3   ? expandAvx2<Kind::Table8>
           : source.groups->bits == 4 ? expandAvx2<Kind::Table16>
                                      : expandAvx2<Kind::Table256>;
}

#endif

} // namespace

ExpandFunction expandFunction(const WeightSource& source, CpuFeature feature) {
    const bool aligned = !source.groups || source.groups->groupSize % 8 == 0 ||
                         source.groups->groupSize >= source.columns;
#if defined(__x86_64__)
    if (feature != CpuFeature::Scalar && aligned)
        return fastFunction(source);
#endif
    static_cast<void>(feature);
    static_cast<void>(aligned);
    return expandScalar;
}

} // namespace hearth::kernels::cpu
