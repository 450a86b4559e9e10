#include "cpu/attention/tile_kernels.h"

#include <algorithm>
#include <cmath>
#include <limits>

#if defined(__x86_64__)
#include "cpu/simd_avx2.h"
#endif

namespace hearth::kernels::cpu {

namespace {

constexpr float kMasked = -std::numeric_limits<float>::infinity();

const float* floats(const std::byte* row) {
    return reinterpret_cast<const float*>(row);
}

void scoreScalar(const float* queries, std::int32_t rowCount, const TileRows& keys, float* scores) {
    for (std::int32_t r = 0; r < rowCount; ++r) {
        const float* query = queries + std::ptrdiff_t{r} * keys.width;
        for (std::int32_t k = 0; k < keys.count; ++k) {
            const float* key = floats(keys.rows[k]);
            float sum = 0.0F;
            for (std::int32_t i = 0; i < keys.width; ++i)
                sum += query[i] * key[i];
            scores[r * kScoreStride + k] = sum;
        }
    }
}

void gatherScalar(const float* weights, std::int32_t rowCount, const TileRows& values, float* out) {
    for (std::int32_t r = 0; r < rowCount; ++r) {
        float* sum = out + std::ptrdiff_t{r} * values.width;
        std::fill_n(sum, values.width, 0.0F);
        for (std::int32_t k = 0; k < values.count; ++k) {
            const float weight = weights[r * kScoreStride + k];
            const float* value = floats(values.rows[k]);
            for (std::int32_t i = 0; i < values.width; ++i)
                sum[i] += weight * value[i];
        }
    }
}

TileSoftmax softmaxScalar(float* scores, std::int32_t begin, std::int32_t end) {
    TileSoftmax result;
    bool masked = true;
    for (std::int32_t k = begin; k < end; ++k) {
        result.maximum = std::max(result.maximum, scores[k]);
        masked = masked && scores[k] == kMasked;
    }
    if (masked)
        return result;
    for (std::int32_t k = begin; k < end; ++k) {
        scores[k] = std::exp(scores[k] - result.maximum);
        result.sum += scores[k];
    }
    return result;
}

void blendScalar(float* total, float totalScale, const float* tile, float tileScale,
                 std::int32_t width) {
    for (std::int32_t i = 0; i < width; ++i)
        total[i] = total[i] * totalScale + tile[i] * tileScale;
}

#if defined(__x86_64__)

template<CacheFormat Format>
HEARTH_AVX2_INLINE __m256 load8(const std::byte* row, std::int32_t i) {
    if constexpr (Format == CacheFormat::F32)
        return _mm256_loadu_ps(floats(row) + i);
    const __m128i halves = _mm_loadu_si128(reinterpret_cast<const __m128i*>(row + 2 * i));
    if constexpr (Format == CacheFormat::F16)
        return _mm256_cvtph_ps(halves);
    return _mm256_castsi256_ps(_mm256_slli_epi32(_mm256_cvtepu16_epi32(halves), 16));
}

HEARTH_AVX2_INLINE __m128 sumEach(__m256 a, __m256 b, __m256 c, __m256 d) {
    const __m256 ab = _mm256_add_ps(_mm256_unpacklo_ps(a, b), _mm256_unpackhi_ps(a, b));
    const __m256 cd = _mm256_add_ps(_mm256_unpacklo_ps(c, d), _mm256_unpackhi_ps(c, d));
    const __m256 halves = _mm256_add_ps(_mm256_shuffle_ps(ab, cd, _MM_SHUFFLE(1, 0, 1, 0)),
                                        _mm256_shuffle_ps(ab, cd, _MM_SHUFFLE(3, 2, 3, 2)));
    return _mm_add_ps(_mm256_castps256_ps128(halves), _mm256_extractf128_ps(halves, 1));
}

// 3 rows x 4 keys: 12 accumulators and 4 keys fill the 16 registers.
template<CacheFormat Format, std::int32_t Rows>
HEARTH_AVX2 void scoreRows(const float* queries, const TileRows& keys, float* scores) {
    const std::int32_t width = keys.width;
    for (std::int32_t k = 0; k < keys.count; k += 4) {
        const std::byte* key[4];
        for (std::int32_t j = 0; j < 4; ++j)
            key[j] = keys.rows[std::min(k + j, keys.count - 1)];
        __m256 sum[Rows][4];
        for (std::int32_t r = 0; r < Rows; ++r)
            for (std::int32_t j = 0; j < 4; ++j)
                sum[r][j] = _mm256_setzero_ps();
        for (std::int32_t i = 0; i < width; i += kLanes) {
            __m256 part[4];
            for (std::int32_t j = 0; j < 4; ++j)
                part[j] = load8<Format>(key[j], i);
            for (std::int32_t r = 0; r < Rows; ++r) {
                const __m256 query = _mm256_loadu_ps(queries + std::ptrdiff_t{r} * width + i);
                for (std::int32_t j = 0; j < 4; ++j)
                    sum[r][j] = _mm256_fmadd_ps(query, part[j], sum[r][j]);
            }
        }
        for (std::int32_t r = 0; r < Rows; ++r)
            _mm_storeu_ps(scores + r * kScoreStride + k,
                          sumEach(sum[r][0], sum[r][1], sum[r][2], sum[r][3]));
    }
}

template<CacheFormat Format>
void scoreAvx2(const float* queries, std::int32_t rowCount, const TileRows& keys, float* scores) {
    std::int32_t r = 0;
    for (; r + 3 <= rowCount; r += 3)
        scoreRows<Format, 3>(queries + std::ptrdiff_t{r} * keys.width, keys,
                             scores + r * kScoreStride);
    for (; r < rowCount; ++r)
        scoreRows<Format, 1>(queries + std::ptrdiff_t{r} * keys.width, keys,
                             scores + r * kScoreStride);
}

// 3 rows x 4 vectors of columns, for the same reason as in scoreRows.
template<CacheFormat Format, std::int32_t Rows, std::int32_t Vectors>
HEARTH_AVX2 void gatherColumns(const float* weights, const TileRows& values, std::int32_t column,
                               float* out) {
    __m256 sum[Rows][Vectors];
    for (std::int32_t r = 0; r < Rows; ++r)
        for (std::int32_t v = 0; v < Vectors; ++v)
            sum[r][v] = _mm256_setzero_ps();
    for (std::int32_t k = 0; k < values.count; ++k) {
        __m256 part[Vectors];
        for (std::int32_t v = 0; v < Vectors; ++v)
            part[v] = load8<Format>(values.rows[k], column + v * kLanes);
        for (std::int32_t r = 0; r < Rows; ++r) {
            const __m256 weight = _mm256_broadcast_ss(weights + r * kScoreStride + k);
            for (std::int32_t v = 0; v < Vectors; ++v)
                sum[r][v] = _mm256_fmadd_ps(weight, part[v], sum[r][v]);
        }
    }
    for (std::int32_t r = 0; r < Rows; ++r)
        for (std::int32_t v = 0; v < Vectors; ++v)
            _mm256_storeu_ps(out + std::ptrdiff_t{r} * values.width + column + v * kLanes,
                             sum[r][v]);
}

template<CacheFormat Format, std::int32_t Rows>
HEARTH_AVX2 void gatherRows(const float* weights, const TileRows& values, float* out) {
    std::int32_t column = 0;
    for (; column + 4 * kLanes <= values.width; column += 4 * kLanes)
        gatherColumns<Format, Rows, 4>(weights, values, column, out);
    for (; column < values.width; column += kLanes)
        gatherColumns<Format, Rows, 1>(weights, values, column, out);
}

template<CacheFormat Format>
void gatherAvx2(const float* weights, std::int32_t rowCount, const TileRows& values, float* out) {
    std::int32_t r = 0;
    for (; r + 3 <= rowCount; r += 3)
        gatherRows<Format, 3>(weights + r * kScoreStride, values,
                              out + std::ptrdiff_t{r} * values.width);
    for (; r < rowCount; ++r)
        gatherRows<Format, 1>(weights + r * kScoreStride, values,
                              out + std::ptrdiff_t{r} * values.width);
}

HEARTH_AVX2 TileSoftmax softmaxAvx2(float* scores, std::int32_t begin, std::int32_t end) {
    const __m256 lowest = _mm256_set1_ps(kMasked);
    __m256 highest = lowest;
    __m256 visible = _mm256_setzero_ps();
    for (std::int32_t k = begin; k < end; k += kLanes) {
        const __m256 score = _mm256_loadu_ps(scores + k);
        highest = _mm256_max_ps(score, highest); // The second operand where one is NaN.
        visible = _mm256_or_ps(visible, _mm256_cmp_ps(score, lowest, _CMP_NEQ_UQ));
    }
    if (_mm256_movemask_ps(visible) == 0)
        return {};
    TileSoftmax result{avx2::max(highest), 0.0F};
    const __m256 maximum = _mm256_set1_ps(result.maximum);
    __m256 sum = _mm256_setzero_ps();
    for (std::int32_t k = begin; k < end; k += kLanes) {
        const __m256 weight = avx2::exp(_mm256_sub_ps(_mm256_loadu_ps(scores + k), maximum));
        _mm256_storeu_ps(scores + k, weight);
        sum = _mm256_add_ps(sum, weight);
    }
    result.sum = avx2::sum(sum);
    return result;
}

HEARTH_AVX2 void blendAvx2(float* total, float totalScale, const float* tile, float tileScale,
                           std::int32_t width) {
    const __m256 a = _mm256_set1_ps(totalScale);
    const __m256 b = _mm256_set1_ps(tileScale);
    for (std::int32_t i = 0; i < width; i += kLanes) {
        const __m256 old = _mm256_mul_ps(_mm256_loadu_ps(total + i), a);
        _mm256_storeu_ps(total + i, _mm256_fmadd_ps(_mm256_loadu_ps(tile + i), b, old));
    }
}

template<CacheFormat Format>
TileKernels kernelsAvx2() {
    return {scoreAvx2<Format>, gatherAvx2<Format>, softmaxAvx2, blendAvx2};
}

#endif

} // namespace

bool readsInPlace(CacheFormat format, std::int32_t width, CpuFeature feature) {
    if (width % kLanes != 0)
        return false;
    if (feature == CpuFeature::Scalar)
        return format == CacheFormat::F32;
    return format != CacheFormat::I8;
}

TileKernels tileKernels(CacheFormat format, CpuFeature feature) {
#if defined(__x86_64__)
    if (feature != CpuFeature::Scalar) {
        switch (format) {
        case CacheFormat::F16:
            return kernelsAvx2<CacheFormat::F16>();
        case CacheFormat::BF16:
            return kernelsAvx2<CacheFormat::BF16>();
        default:
            return kernelsAvx2<CacheFormat::F32>();
        }
    }
#endif
    static_cast<void>(format);
    static_cast<void>(feature);
    return {scoreScalar, gatherScalar, softmaxScalar, blendScalar};
}

} // namespace hearth::kernels::cpu
