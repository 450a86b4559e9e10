#pragma once

#include "common/grids.h"
#include "cuda/device/number.cuh"
#include "cuda/weights/source_block.h"

#include <span>

/// Reads the ternary and i-quants of GGUF (ggml's `ggml-common.h`) 32 columns at a time, as codes
/// and scales that stand for the same numbers.
namespace hearth::kernels::cuda {

/// The codebook of a type, which readBlock() needs; empty: none.
[[nodiscard]] inline std::span<const std::uint16_t> gridOf(DType type) {
    switch (type) {
    case DType::IQ1_S:
    case DType::IQ1_M:
        return kIq1Grid;
    case DType::IQ2_XXS:
        return kIq2XxsGrid;
    case DType::IQ2_XS:
        return kIq2XsGrid;
    case DType::IQ2_S:
        return kIq2SGrid;
    case DType::IQ3_XXS:
        return kIq3XxsGrid;
    case DType::IQ3_S:
        return kIq3SGrid;
    default:
        return {};
    }
}

namespace source {

template<DType kType>
inline constexpr bool kIsTernary = kType == DType::TQ1_0 || kType == DType::TQ2_0;
template<DType kType>
inline constexpr bool kHasGrid =
    kType == DType::IQ1_S || kType == DType::IQ1_M || kType == DType::IQ2_XXS ||
    kType == DType::IQ2_XS || kType == DType::IQ2_S || kType == DType::IQ3_XXS ||
    kType == DType::IQ3_S;

__host__ __device__ inline std::uint32_t wordAt(const Byte* bytes) {
    return halfAt(bytes) | std::uint32_t{halfAt(bytes + 2)} << 16;
}

__host__ __device__ inline float scaleAt(const Byte* bytes) {
    __half_raw raw;
    raw.x = halfAt(bytes);
    return toFloat(Half(raw));
}

/// Seven sign bits; the eighth makes their number even.
__host__ __device__ inline std::uint32_t evenSigns(std::uint32_t seven) {
    std::uint32_t parity = seven ^ seven >> 4;
    parity ^= parity >> 2;
    parity ^= parity >> 1;
    return seven | (parity & 1U) << 7;
}

/// Numbers of three of TQ1_0 and TQ2_0, by column of the block of 256.
template<DType kType>
__host__ __device__ inline void readTernary(const Byte* block, int group, SourceBlock& out) {
    out.halves[0] = halfAt(block + (kType == DType::TQ1_0 ? 52 : 64));
    for (int i = 0; i < 32; ++i) {
        const int column = group * 32 + i;
        if constexpr (kType == DType::TQ2_0) {
            out.codes[i] = block[column / 128 * 32 + i] >> column % 128 / 32 * 2 & 3;
        } else {
            // Digits lie side by side: 32, then 16, then 4 bytes of them.
            const int first = column < 160 ? 0 : column < 240 ? 160 : 240;
            const int bytes = first == 0 ? 32 : first == 160 ? 16 : 4;
            const int start = first == 0 ? 0 : first == 160 ? 32 : 48;
            unsigned power = 1;
            for (int digit = (column - first) / bytes; digit > 0; --digit)
                power *= 3;
            const unsigned fraction = block[start + (column - first) % bytes] * power & 0xFFU;
            out.codes[i] = static_cast<Byte>(fraction * 3 >> 8);
        }
    }
}

/// `count` numbers of a grid's entry of `bits` bits each, with their signs, as codes from `at` on.
__host__ __device__ inline void signedCodes(std::uint32_t entry, int count, int bits,
                                            const Byte* numbers, std::uint32_t signs, Byte* at) {
    for (int i = 0; i < count; ++i) {
        const int number = numbers[entry >> bits * i & ((1U << bits) - 1U)];
        at[i] = static_cast<Byte>(128 + ((signs >> i & 1U) != 0 ? -number : number));
    }
}

/// Eight numbers of IQ1_S and IQ1_M in eighths: -1, 0 or 1, and a shift of one eighth.
__host__ __device__ inline void eighths(std::uint32_t entry, bool negative, Byte* at) {
    for (int i = 0; i < 8; ++i)
        at[i] = static_cast<Byte>(128 + (static_cast<int>(entry >> 2 * i & 3U) - 1) * 8 +
                                  (negative ? -1 : 1));
}

/// Group `group` of 32 of a block of 256; what lies where: common/dequantize_grids.cpp.
template<DType kType>
__host__ __device__ inline void readGrid(const Byte* block, int group, const std::uint16_t* grid,
                                         SourceBlock& out) {
    constexpr Byte kTwo[4] = {8, 25, 43, 0};
    constexpr Byte kThreeXxs[8] = {4, 12, 20, 28, 36, 44, 52, 62};
    constexpr Byte kThreeS[8] = {1, 3, 5, 7, 9, 11, 13, 15};
    if constexpr (kType == DType::IQ2_XXS) {
        const Byte* entries = block + 2 + group * 8;
        const std::uint32_t word = wordAt(entries + 4);
        out.floats[0] = scaleAt(block) * (0.5F + static_cast<float>(word >> 28)) * 0.25F;
        for (int i = 0; i < 4; ++i)
            signedCodes(grid[entries[i]], 8, 2, kTwo, evenSigns(word >> 7 * i & 127U),
                        out.codes + i * 8);
    } else if constexpr (kType == DType::IQ3_XXS) {
        const std::uint32_t word = wordAt(block + 66 + group * 4);
        out.floats[0] = scaleAt(block) * (0.5F + static_cast<float>(word >> 28)) * 0.5F;
        for (int i = 0; i < 8; ++i)
            signedCodes(grid[block[2 + group * 8 + i]], 4, 3, kThreeXxs,
                        evenSigns(word >> i / 2 * 7 & 127U) >> i % 2 * 4, out.codes + i * 4);
    } else if constexpr (kType == DType::IQ3_S) {
        const int factor = block[106 + group / 2] >> group % 2 * 4 & 15;
        out.floats[0] = scaleAt(block) * static_cast<float>(1 + 2 * factor);
        for (int i = 0; i < 8; ++i) {
            const std::uint32_t high = block[66 + group] >> i & 1U;
            signedCodes(grid[block[2 + group * 8 + i] | high << 8], 4, 3, kThreeS,
                        std::uint32_t{block[74 + group * 4 + i / 2]} >> i % 2 * 4,
                        out.codes + i * 4);
        }
    } else if constexpr (kType == DType::IQ2_XS || kType == DType::IQ2_S) {
        constexpr bool kIsXs = kType == DType::IQ2_XS;
        const Byte factors = block[(kIsXs ? 66 : 74) + group];
        for (int side = 0; side < 2; ++side)
            out.floats[side] =
                scaleAt(block) * (0.5F + static_cast<float>(factors >> side * 4 & 15)) * 0.25F;
        for (int i = 0; i < 4; ++i) {
            const int index = group * 4 + i;
            std::uint32_t entry = 0;
            std::uint32_t signs = 0;
            if constexpr (kIsXs) {
                const std::uint32_t word = halfAt(block + 2 + index * 2);
                entry = word & 511U;
                signs = evenSigns(word >> 9);
            } else {
                entry = block[2 + index] | (block[66 + group] >> i * 2 & 3U) << 8;
                signs = block[34 + index];
            }
            signedCodes(grid[entry], 8, 2, kTwo, signs, out.codes + i * 8);
        }
    } else if constexpr (kType == DType::IQ1_S) {
        const std::uint32_t word = halfAt(block + 34 + group * 2);
        const auto factor = static_cast<float>(2 * (word >> 12 & 7U) + 1);
        out.floats[0] = scaleAt(block) * factor * 0.125F;
        for (int i = 0; i < 4; ++i)
            eighths(grid[block[2 + group * 4 + i] | (word >> i * 3 & 7U) << 8],
                    (word & 0x8000U) != 0, out.codes + i * 8);
    } else {
        const Byte* scales = block + 48;
        std::uint32_t bits = 0;
        for (int i = 0; i < 4; ++i)
            bits |= std::uint32_t{halfAt(scales + i * 2)} >> 12 << i * 4;
        const Byte d[2] = {static_cast<Byte>(bits & 0xFFU), static_cast<Byte>(bits >> 8)};
        const std::uint32_t word = halfAt(scales + group / 2 * 2);
        for (int side = 0; side < 2; ++side) {
            const std::uint32_t factor = word >> (group % 2 * 2 + side) * 3 & 7U;
            out.floats[side] = scaleAt(d) * static_cast<float>(2 * factor + 1) * 0.125F;
        }
        for (int i = 0; i < 4; ++i) {
            const int index = group * 4 + i;
            const std::uint32_t nibble = block[32 + index / 2] >> index % 2 * 4 & 15U;
            eighths(grid[block[index] | (nibble & 7U) << 8], (nibble & 8U) != 0, out.codes + i * 8);
        }
    }
}

} // namespace source

} // namespace hearth::kernels::cuda
