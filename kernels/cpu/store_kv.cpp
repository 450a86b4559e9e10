#include "cpu/store_kv.h"

#include "hearth/kernels/half.h"

#include <algorithm>
#include <cmath>
#include <cstring>

#if defined(__x86_64__)
#include "cpu/simd_avx2.h"
#endif

namespace hearth::kernels::cpu {

namespace {

void storeF32(const float* in, std::int32_t width, std::byte* row, std::byte*) {
    std::memcpy(row, in, std::size_t(width) * sizeof(float));
}

void loadF32(const std::byte* row, const std::byte*, std::int32_t width, float* out) {
    std::memcpy(out, row, std::size_t(width) * sizeof(float));
}

template<std::uint16_t (*Convert)(float)>
void storeHalf(const float* in, std::int32_t width, std::byte* row, std::byte*) {
    auto* out = reinterpret_cast<std::uint16_t*>(row);
    for (std::int32_t i = 0; i < width; ++i)
        out[i] = Convert(in[i]);
}

template<float (*Convert)(std::uint16_t)>
void loadHalf(const std::byte* row, const std::byte*, std::int32_t width, float* out) {
    const auto* in = reinterpret_cast<const std::uint16_t*>(row);
    for (std::int32_t i = 0; i < width; ++i)
        out[i] = Convert(in[i]);
}

// Numbers that float16 cannot hold would make the parameters infinite: they are cut to its range.
// A NaN anywhere makes the whole row NaN, so that it shows in the logits.
void storeI8(const float* in, std::int32_t width, std::byte* row, std::byte* parameters) {
    float low = in[0];
    float high = in[0];
    bool finite = true;
    for (std::int32_t i = 0; i < width; ++i) {
        low = std::min(low, in[i]);
        high = std::max(high, in[i]);
        finite = finite && std::isfinite(in[i]);
    }
    constexpr float kLargest = 65504.0F;
    const float zero = std::clamp(low, -kLargest, kLargest);
    const float range = std::clamp(high, -kLargest, kLargest) - zero;
    std::uint16_t pair[2] = {f32ToF16(std::min(range / 255.0F, kLargest)), f32ToF16(zero)};
    if (!finite)
        pair[0] = pair[1] = 0x7e00;
    std::memcpy(parameters, pair, sizeof pair);
    const float scale = f16ToF32(pair[0]);
    const float base = f16ToF32(pair[1]);
    const float inverse = finite && scale > 0.0F ? 1.0F / scale : 0.0F;
    auto* out = reinterpret_cast<std::uint8_t*>(row);
    for (std::int32_t i = 0; i < width; ++i) {
        const float code = finite ? std::nearbyint((in[i] - base) * inverse) : 0.0F;
        out[i] = static_cast<std::uint8_t>(std::clamp(code, 0.0F, 255.0F));
    }
}

void loadI8(const std::byte* row, const std::byte* parameters, std::int32_t width, float* out) {
    std::uint16_t pair[2];
    std::memcpy(pair, parameters, sizeof pair);
    const float scale = f16ToF32(pair[0]);
    const float zero = f16ToF32(pair[1]);
    const auto* in = reinterpret_cast<const std::uint8_t*>(row);
    for (std::int32_t i = 0; i < width; ++i)
        out[i] = static_cast<float>(in[i]) * scale + zero;
}

#if defined(__x86_64__)

HEARTH_AVX2 void storeF16Avx2(const float* in, std::int32_t width, std::byte* row, std::byte*) {
    auto* out = reinterpret_cast<std::uint16_t*>(row);
    std::int32_t i = 0;
    for (; i + 8 <= width; i += 8) {
        const __m128i halves = _mm256_cvtps_ph(_mm256_loadu_ps(in + i), _MM_FROUND_TO_NEAREST_INT);
        _mm_storeu_si128(reinterpret_cast<__m128i*>(out + i), halves);
    }
    for (; i < width; ++i)
        out[i] = f32ToF16(in[i]);
}

HEARTH_AVX2 void loadF16Avx2(const std::byte* row, const std::byte*, std::int32_t width,
                             float* out) {
    const auto* in = reinterpret_cast<const std::uint16_t*>(row);
    std::int32_t i = 0;
    for (; i + 8 <= width; i += 8) {
        const __m128i halves = _mm_loadu_si128(reinterpret_cast<const __m128i*>(in + i));
        _mm256_storeu_ps(out + i, _mm256_cvtph_ps(halves));
    }
    for (; i < width; ++i)
        out[i] = f16ToF32(in[i]);
}

HEARTH_AVX2 void loadI8Avx2(const std::byte* row, const std::byte* parameters, std::int32_t width,
                            float* out) {
    std::uint16_t pair[2];
    std::memcpy(pair, parameters, sizeof pair);
    const __m256 scale = _mm256_set1_ps(f16ToF32(pair[0]));
    const __m256 zero = _mm256_set1_ps(f16ToF32(pair[1]));
    std::int32_t i = 0;
    for (; i + 8 <= width; i += 8) {
        const __m128i bytes = _mm_loadl_epi64(reinterpret_cast<const __m128i*>(row + i));
        const __m256 codes = _mm256_cvtepi32_ps(_mm256_cvtepu8_epi32(bytes));
        _mm256_storeu_ps(out + i, _mm256_fmadd_ps(codes, scale, zero));
    }
    if (i < width)
        loadI8(row + i, parameters, width - i, out + i);
}

#endif

} // namespace

StoreFunction storeFunction(CacheFormat format, CpuFeature feature) {
#if defined(__x86_64__)
    if (format == CacheFormat::F16 && feature != CpuFeature::Scalar)
        return storeF16Avx2;
#endif
    static_cast<void>(feature);
    switch (format) {
    case CacheFormat::F32:
        return storeF32;
    case CacheFormat::F16:
        return storeHalf<f32ToF16>;
    case CacheFormat::BF16:
        return storeHalf<f32ToBf16>;
    case CacheFormat::I8:
        return storeI8;
    }
    return nullptr;
}

LoadFunction loadFunction(CacheFormat format, CpuFeature feature) {
#if defined(__x86_64__)
    if (feature != CpuFeature::Scalar && format == CacheFormat::F16)
        return loadF16Avx2;
    if (feature != CpuFeature::Scalar && format == CacheFormat::I8)
        return loadI8Avx2;
#endif
    static_cast<void>(feature);
    switch (format) {
    case CacheFormat::F32:
        return loadF32;
    case CacheFormat::F16:
        return loadHalf<f16ToF32>;
    case CacheFormat::BF16:
        return loadHalf<bf16ToF32>;
    case CacheFormat::I8:
        return loadI8;
    }
    return nullptr;
}

} // namespace hearth::kernels::cpu
