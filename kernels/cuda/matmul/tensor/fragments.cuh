#pragma once

#include "cuda/device/number.cuh"
#include "cuda/device/ptx.cuh"
#include "cuda/weights/layout.h"

#include <cstdint>
#include <type_traits>

/// A warp's part of a tile of weights, and its way to the tensor cores' left operand.
namespace hearth::kernels::cuda {

/// A layout as the kernel's templates know it: kFlush columns share a scale and an offset.
template<Codes kCodesOf, Scales kScalesOf, int kFlushOf>
struct TensorFormat {
    static constexpr Codes kCodes = kCodesOf;
    static constexpr Scales kScales = kScalesOf;
    static constexpr int kFlush = kFlushOf;
    static constexpr bool kPlain = kCodes == Codes::Plain;
    static constexpr bool kHalfGroups = kFlush == 16;
    static constexpr int kLoads = kPlain ? 4 : isFourBit(kCodes) ? 1 : 2;
    static constexpr int kFlushes = kPlain ? 1 : 64 / kFlush;
    static constexpr bool kTable = kCodes == Codes::Table4 || kCodes == Codes::Table8;
    static constexpr int kEntryWords = kPlain                     ? 0
                                       : kScales == Scales::Float ? 4
                                       : kScales == Scales::Pair  ? 2
                                                                  : 1;
    /// Registers of a fragment: how many tiles can be in flight depends on it.
    static constexpr int kWords =
        kLoads * 4 + kFlushes * kEntryWords + (kScales == Scales::Super ? 2 : 0);
    /// Bits8 is read as code - 128; a zero of 0 is mended by an offset.
    static constexpr bool kOffsets = !kPlain && (kScales != Scales::F16);
};

/// Where sums of x are at hand, 4-bit codes stay the 128 + code that they are read as, and an
/// offset takes 128 away: float32 sums lose next to nothing by it. (1024 in halves is too much.)
template<typename T, typename F>
inline constexpr bool kBiased = F::kCodes == Codes::Bits4&& F::kOffsets&& std::is_same_v<T, BFloat>;

/// What a lane holds of a tile of 16 x 64: codes, and the scales of its rows g and g + 8.
template<typename F>
struct TileFragment {
    uint4 codes[F::kLoads];
    uint4 entries[F::kFlushes];
    uint2 super;
};

/// A lane's place in one tile row of the weights.
struct TileRow {
    const std::byte* codes;   ///< Of column tile 0, the lane's own bytes; plain: row g.
    const std::byte* upper;   ///< Plain: row g + 8.
    const std::byte* entries; ///< Of group 0, the lane's rows.
    const std::byte* supers;
};

template<typename F>
__device__ inline TileRow tileRow(const WeightLayout& layout, std::int64_t tile, int lane) {
    const int g = lane / 4;
    TileRow row{};
    if constexpr (F::kPlain) {
        const std::int64_t last = layout.rows - 1;
        const std::int64_t lower = min(tile * 16 + g, last);
        const std::int64_t upper = min(tile * 16 + g + 8, last);
        row.codes = layout.data + (lower * layout.columns + lane % 4 * 8) * 2;
        row.upper = layout.data + (upper * layout.columns + lane % 4 * 8) * 2;
    } else {
        constexpr int kEntry = static_cast<int>(entryBytes(F::kScales));
        row.codes = layout.data + tile * columnTiles(layout) * tileBytes(F::kCodes) + lane * 16;
        row.entries = layout.entries + (tile * groupCount(layout) * 16 + g * 2) * kEntry;
        if constexpr (F::kScales == Scales::Super)
            row.supers = layout.supers + (tile * superCount(layout) * 16 + g * 2) * 4;
    }
    return row;
}

template<typename F>
__device__ inline void loadTile(TileFragment<F>& fragment, const WeightLayout& layout,
                                const TileRow& row, int tile) {
    if constexpr (F::kPlain) {
        fragment.codes[0] = loadStreaming(row.codes + std::int64_t{tile} * 128);
        fragment.codes[1] = loadStreaming(row.upper + std::int64_t{tile} * 128);
        fragment.codes[2] = loadStreaming(row.codes + std::int64_t{tile} * 128 + 64);
        fragment.codes[3] = loadStreaming(row.upper + std::int64_t{tile} * 128 + 64);
    } else {
#pragma unroll
        for (int i = 0; i < F::kLoads; ++i)
            fragment.codes[i] = loadStreaming(row.codes + tile * tileBytes(F::kCodes) + i * 512);
#pragma unroll
        for (int f = 0; f < F::kFlushes; ++f) {
            const int group = (tile * 64 + f * F::kFlush) >> layout.groupShift;
            const std::byte* at = row.entries + std::int64_t{group} * (16 * entryBytes(F::kScales));
            if constexpr (F::kScales == Scales::Float) {
                fragment.entries[f] = __ldg(reinterpret_cast<const uint4*>(at));
            } else if constexpr (F::kScales == Scales::Pair) {
                const uint2 pair = __ldg(reinterpret_cast<const uint2*>(at));
                fragment.entries[f].x = pair.x;
                fragment.entries[f].y = pair.y;
            } else {
                fragment.entries[f].x = __ldg(reinterpret_cast<const unsigned*>(at));
            }
        }
    }
    if constexpr (F::kScales == Scales::Super)
        fragment.super =
            __ldg(reinterpret_cast<const uint2*>(row.supers + std::int64_t{tile / 4} * 64));
}

/// Scale and offset of rows g and g + 8 for flush `f` of a tile.
template<typename F>
__device__ inline void scalesOf(const TileFragment<F>& fragment, int f, float (&scale)[2],
                                float (&offset)[2]) {
    const uint4 entry = fragment.entries[f];
    if constexpr (F::kScales == Scales::F16) {
        scale[0] = halfToFloat(entry.x);
        scale[1] = halfToFloat(entry.x >> 16);
        offset[0] = offset[1] = 0.0F;
    } else if constexpr (F::kScales == Scales::Pair) {
        scale[0] = halfToFloat(entry.x);
        offset[0] = halfToFloat(entry.x >> 16);
        scale[1] = halfToFloat(entry.y);
        offset[1] = halfToFloat(entry.y >> 16);
    } else if constexpr (F::kScales == Scales::Float) {
        scale[0] = __uint_as_float(entry.x);
        offset[0] = __uint_as_float(entry.y);
        scale[1] = __uint_as_float(entry.z);
        offset[1] = __uint_as_float(entry.w);
    } else if constexpr (F::kScales == Scales::Super) {
        const auto byte = [&](int i) {
            return static_cast<float>(static_cast<std::int8_t>(entry.x >> 8 * i));
        };
        scale[0] = halfToFloat(fragment.super.x) * byte(0);
        offset[0] = -(halfToFloat(fragment.super.x >> 16) * byte(1));
        scale[1] = halfToFloat(fragment.super.y) * byte(2);
        offset[1] = -(halfToFloat(fragment.super.y >> 16) * byte(3));
    }
}

/// Constants that decode() needs in packed form.
template<typename T, typename F>
struct DecodeConstants {
    std::uint32_t first = 0;                ///< Bits4: -(magic + zero)
    std::uint32_t second = 0;               ///< Bits4 of halves: -(64 + zero)
    const std::uint32_t* pairs = nullptr;   ///< Table4: 256 pairs, in shared memory.
    const std::uint16_t* singles = nullptr; ///< Table8: 256 numbers, in shared memory.
};

template<typename T, typename F>
__device__ inline DecodeConstants<T, F> decodeConstants(const WeightLayout& layout,
                                                        const void* table) {
    DecodeConstants<T, F> constants;
    if constexpr (F::kCodes == Codes::Bits4) {
        const auto zero = static_cast<std::uint32_t>(layout.zero);
        if constexpr (std::is_same_v<T, Half>) {
            constants.first = (0xE400U + zero) * 0x10001U;
            constants.second = (0xD400U + zero * 16) * 0x10001U;
        } else {
            constants.first = (0xC300U + zero) * 0x10001U;
        }
    }
    constants.pairs = static_cast<const std::uint32_t*>(table);
    constants.singles = static_cast<const std::uint16_t*>(table);
    return constants;
}

/// Eight codes (`low` alone where they have 4 bits) as four pairs of numbers of type T, by magic
/// numbers: a small integer in the mantissa of 1024 (halves) or 128 (bfloat16). kRaw leaves the
/// 128.
template<typename T, typename F, bool kRaw>
__device__ inline void decodeEight(std::uint32_t low, std::uint32_t high,
                                   const DecodeConstants<T, F>& constants,
                                   std::uint32_t (&out)[4]) {
    constexpr bool kHalf = std::is_same_v<T, Half>;
    constexpr std::uint32_t kOne = kHalf ? 0x3C003C00U : 0x3F803F80U;
    if constexpr (F::kCodes == Codes::Bits4 && kHalf) {
        constexpr std::uint32_t kSixteenth = 0x2C002C00U;
#pragma unroll
        for (int i = 0; i < 4; i += 2) {
            const std::uint32_t word = low >> 4 * i;
            out[i] =
                fusedMultiplyAdd2<T>((word & 0x000F000FU) | 0x64006400U, kOne, constants.first);
            out[i + 1] = fusedMultiplyAdd2<T>((word & 0x00F000F0U) | 0x64006400U, kSixteenth,
                                              constants.second);
        }
    } else if constexpr (F::kCodes == Codes::Bits4) {
#pragma unroll
        for (int i = 0; i < 4; ++i) {
            out[i] = (low >> 4 * i & 0x000F000FU) | 0x43004300U;
            if constexpr (!kRaw)
                out[i] = fusedMultiplyAdd2<T>(out[i], kOne, constants.first);
        }
    } else if constexpr (F::kCodes == Codes::Table4) {
#pragma unroll
        for (int i = 0; i < 4; ++i)
            out[i] = constants.pairs[low >> 8 * i & 0xFFU];
    } else {
#pragma unroll
        for (int i = 0; i < 4; ++i) {
            const std::uint32_t word = (i < 2 ? low : high) >> i % 2 * 8;
            if constexpr (F::kCodes == Codes::Table8) {
                out[i] = constants.singles[word & 0xFFU] |
                         std::uint32_t{constants.singles[word >> 16 & 0xFFU]} << 16;
            } else if constexpr (F::kCodes == Codes::Bits8 && kHalf) {
                out[i] =
                    fusedMultiplyAdd2<T>((word & 0x00FF00FFU) | 0x64006400U, kOne, 0xE480E480U);
            } else if constexpr (F::kCodes == Codes::Bits8) {
                // Seven bits fit beside 128; the eighth tells 128 from 256 to be taken away.
                out[i] = fusedMultiplyAdd2<T>((word & 0x007F007FU) | 0x43004300U, kOne,
                                              (~word & 0x00800080U) | 0xC300C300U);
            } else {
                // The exponent in its new place is too small by 8 (halves) or 120.
                const std::uint32_t upper = (i < 2 ? low : high) << (i % 2 == 0 ? 8 : 0);
                const std::uint32_t sign = upper & 0x80008000U;
                if constexpr (kHalf)
                    out[i] = fusedMultiplyAdd2<T>((upper >> 1 & 0x3F803F80U) | sign, 0x5C005C00U,
                                                  0x80008000U);
                else
                    out[i] = fusedMultiplyAdd2<T>((upper >> 4 & 0x07F007F0U) | sign, 0x7B807B80U,
                                                  0x80008000U);
            }
        }
    }
}

/// The eight numbers of row g and those of row g + 8 in block `b` (32 columns) of a tile.
template<typename T, typename F, bool kRaw>
__device__ inline void blockPairs(const TileFragment<F>& fragment, int b,
                                  const DecodeConstants<T, F>& constants,
                                  std::uint32_t (&pairs)[2][4]) {
    if constexpr (F::kPlain) {
#pragma unroll
        for (int r = 0; r < 2; ++r) {
            const uint4 numbers = fragment.codes[b * 2 + r];
            pairs[r][0] = numbers.x;
            pairs[r][1] = numbers.y;
            pairs[r][2] = numbers.z;
            pairs[r][3] = numbers.w;
        }
    } else if constexpr (isFourBit(F::kCodes)) {
        const uint4 codes = fragment.codes[0];
        decodeEight<T, F, kRaw>(b == 0 ? codes.x : codes.z, 0, constants, pairs[0]);
        decodeEight<T, F, kRaw>(b == 0 ? codes.y : codes.w, 0, constants, pairs[1]);
    } else {
        const uint4 codes = fragment.codes[b];
        decodeEight<T, F, kRaw>(codes.x, codes.y, constants, pairs[0]);
        decodeEight<T, F, kRaw>(codes.z, codes.w, constants, pairs[1]);
    }
}

/// The left operands of a tile's four products.
template<typename T, typename F>
__device__ inline void leftOperands(const TileFragment<F>& fragment,
                                    const DecodeConstants<T, F>& constants,
                                    std::uint32_t (&a)[4][4]) {
#pragma unroll
    for (int b = 0; b < 2; ++b) {
        std::uint32_t pairs[2][4];
        blockPairs<T, F, kBiased<T, F>>(fragment, b, constants, pairs);
#pragma unroll
        for (int i = 0; i < 2; ++i) {
            a[b * 2 + i][0] = pairs[0][2 * i];
            a[b * 2 + i][1] = pairs[1][2 * i];
            a[b * 2 + i][2] = pairs[0][2 * i + 1];
            a[b * 2 + i][3] = pairs[1][2 * i + 1];
        }
    }
}

/// x as the right operands of a tile's four products; `x` is column 0 of the lane's row.
template<typename F, typename T>
__device__ inline void rightOperands(const T* x, int t, std::uint32_t (&right)[4][2]) {
    if constexpr (F::kHalfGroups) {
#pragma unroll
        for (int i = 0; i < 4; ++i) {
            const uint2 numbers = *reinterpret_cast<const uint2*>(x + i * 16 + t * 4);
            right[i][0] = numbers.x;
            right[i][1] = numbers.y;
        }
    } else {
#pragma unroll
        for (int b = 0; b < 2; ++b) {
            const uint4 numbers = *reinterpret_cast<const uint4*>(x + b * 32 + t * 8);
            right[b * 2][0] = numbers.x;
            right[b * 2][1] = numbers.y;
            right[b * 2 + 1][0] = numbers.z;
            right[b * 2 + 1][1] = numbers.w;
        }
    }
}

} // namespace hearth::kernels::cuda
