#pragma once

#include "cuda/device/number.cuh"
#include "cuda/weights/layout.h"

#include <cmath>
#include <cstddef>
#include <cstdint>

/// Reads weights of any layout as float32, equal bit for bit to what the source stands for.
namespace hearth::kernels::cuda {

/// Each operation rounded on its own, as the reference does.
[[nodiscard]] __host__ __device__ inline float multiplyThenAdd(float a, float b, float c) {
#ifdef __CUDA_ARCH__
    return __fadd_rn(__fmul_rn(a, b), c);
#else
    const float product = a * b;
    return product + c;
#endif
}

template<typename T>
[[nodiscard]] __host__ __device__ inline T readAt(const std::byte* base, std::int64_t index) {
    return reinterpret_cast<const T*>(base)[index];
}

[[nodiscard]] __host__ __device__ inline float e4m3ToFloat(std::uint32_t code) {
    const std::uint32_t magnitude = code & 0x7FU;
    const float sign = code & 0x80U ? -1.0F : 1.0F;
    if (magnitude == 0x7FU)
        return NAN;
    const std::uint32_t exponent = magnitude >> 3;
    const auto mantissa = static_cast<float>(magnitude & 7U);
    if (exponent == 0)
        return sign * mantissa * 0x1p-9F;
    return sign * (8.0F + mantissa) * static_cast<float>(1U << exponent) * 0x1p-10F;
}

struct GroupScale {
    float scale;
    float offset; ///< -0 where there is none: adding it changes nothing.
};

[[nodiscard]] __host__ __device__ inline GroupScale
groupScale(const WeightLayout& layout, std::int64_t row, std::int64_t column) {
    const std::int64_t index = entryIndex(row, column >> layout.groupShift, groupCount(layout));
    switch (layout.scales) {
    case Scales::F16:
        return {toFloat(readAt<Half>(layout.entries, index)), -0.0F};
    case Scales::Pair:
        return {toFloat(readAt<Half>(layout.entries, index * 2)),
                toFloat(readAt<Half>(layout.entries, index * 2 + 1))};
    case Scales::Super: {
        const std::int64_t super = entryIndex(row, column / kSuperColumns, superCount(layout));
        const float d = toFloat(readAt<Half>(layout.supers, super * 2));
        const float minimum = toFloat(readAt<Half>(layout.supers, super * 2 + 1));
        return {
            d * static_cast<float>(readAt<std::int8_t>(layout.entries, index * 2)),
            -(minimum * static_cast<float>(readAt<std::int8_t>(layout.entries, index * 2 + 1)))};
    }
    case Scales::Float:
        return {readAt<float>(layout.entries, index * 2),
                readAt<float>(layout.entries, index * 2 + 1)};
    case Scales::None:
        break;
    }
    return {1.0F, -0.0F};
}

/// A code before scaling.
template<Codes kCodes>
[[nodiscard]] __host__ __device__ inline float codeValue(const WeightLayout& layout,
                                                         std::uint32_t code) {
    if constexpr (kCodes == Codes::Table4 || kCodes == Codes::Table8)
        return layout.table[code];
    else if constexpr (kCodes == Codes::E4m3)
        return e4m3ToFloat(code);
    else
        return static_cast<float>(static_cast<std::int32_t>(code) - layout.zero);
}

/// The eight weights that lane t keeps of block `block` of 32 columns of a row.
template<Codes kCodes>
__host__ __device__ inline void readEight(const WeightLayout& layout, std::int64_t row,
                                          std::int64_t block, int t, float (&out)[8]) {
    constexpr bool kFour = isFourBit(kCodes);
    const std::byte* at = layout.data + eightOffset(layout, row, block, t);
    const std::uint32_t words[2] = {readAt<std::uint32_t>(at, 0),
                                    kFour ? 0 : readAt<std::uint32_t>(at, 1)};
    const bool halfGroups = hasHalfGroups(layout);
    GroupScale scale = groupScale(layout, row, block * 32);
#ifdef __CUDA_ARCH__
#pragma unroll
#endif
    for (int j = 0; j < 8; ++j) {
        if (j == 4 && halfGroups)
            scale = groupScale(layout, row, block * 32 + 16);
        const std::uint32_t word = words[kFour ? 0 : j / 4];
        const std::uint32_t code = word >> codeShift(kCodes, j) & (kFour ? 0xFU : 0xFFU);
        out[j] = multiplyThenAdd(codeValue<kCodes>(layout, code), scale.scale, scale.offset);
    }
}

/// Calls body(CodesTag<codes>{}) for codes that aren't Plain.
template<Codes kCodes>
struct CodesTag {
    static constexpr Codes kValue = kCodes;
};
template<typename Body>
auto withCodes(Codes codes, Body&& body) {
    switch (codes) {
    case Codes::Bits8:
        return body(CodesTag<Codes::Bits8>{});
    case Codes::Table4:
        return body(CodesTag<Codes::Table4>{});
    case Codes::Table8:
        return body(CodesTag<Codes::Table8>{});
    case Codes::E4m3:
        return body(CodesTag<Codes::E4m3>{});
    default:
        return body(CodesTag<Codes::Bits4>{});
    }
}

} // namespace hearth::kernels::cuda
