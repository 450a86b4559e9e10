#pragma once

#include "cuda/weights/layout.h"
#include "cuda/weights/source_grids.h"
#include "hearth/kernels/dtype.h"
#include "hearth/kernels/half.h"

#include <cuda_runtime.h>

#include <cstdint>

/// Reads the block formats of GGUF, 32 columns at a time (layouts: ggml's `ggml-common.h`; what
/// they mean: common/dequantize.cpp).
namespace hearth::kernels::cuda {

/// How the codes and scales of a block type are stored; Codes::Plain for other types.
[[nodiscard]] inline WeightLayout blockLayout(DType type) {
    const auto make = [](Codes codes, Scales scales, int groupShift, int zero) {
        WeightLayout layout;
        layout.codes = codes;
        layout.scales = scales;
        layout.groupShift = groupShift;
        layout.zero = zero;
        return layout;
    };
    switch (type) {
    case DType::Q4_0:
        return make(Codes::Bits4, Scales::F16, 5, 8);
    case DType::Q4_1:
        return make(Codes::Bits4, Scales::Pair, 5, 0);
    case DType::Q5_0:
    case DType::Q8_0:
        return make(Codes::Bits8, Scales::F16, 5, 128);
    case DType::Q5_1:
        return make(Codes::Bits8, Scales::Pair, 5, 128);
    case DType::Q2_K:
        return make(Codes::Bits4, Scales::Super, 4, 0);
    case DType::Q3_K:
        return make(Codes::Bits4, Scales::Super, 4, 4);
    case DType::Q4_K:
        return make(Codes::Bits4, Scales::Super, 5, 0);
    case DType::Q5_K:
        return make(Codes::Bits8, Scales::Super, 5, 128);
    case DType::Q6_K:
        return make(Codes::Bits8, Scales::Super, 4, 128);
    case DType::IQ4_NL:
        return make(Codes::Table4, Scales::F16, 5, 0);
    case DType::IQ4_XS:
        return make(Codes::Table4, Scales::Super, 5, 0);
    case DType::MXFP4:
        return make(Codes::Table4, Scales::Float, 5, 0);
    case DType::TQ1_0:
    case DType::TQ2_0:
        return make(Codes::Bits4, Scales::F16, 5, 1);
    case DType::IQ1_S:
    case DType::IQ2_XXS:
    case DType::IQ3_XXS:
    case DType::IQ3_S:
        return make(Codes::Bits8, Scales::Float, 5, 128);
    case DType::IQ1_M:
    case DType::IQ2_XS:
    case DType::IQ2_S:
        return make(Codes::Bits8, Scales::Float, 4, 128);
    default:
        return {};
    }
}

template<DType kType>
inline constexpr std::int64_t kBlockElements = blockSize(kType).elements;
template<DType kType>
inline constexpr std::int64_t kBlockBytes = blockSize(kType).bytes;

inline constexpr float kIq4Table[16] = {-127, -104, -83, -65, -49, -35, -22, -10,
                                        1,    13,   25,  38,  53,  69,  89,  113};

namespace source {

/// Columns 0 to 15 in the low nibbles, 16 to 31 in the high ones; `high` are fifth bits or nullptr.
__host__ __device__ inline void nibbles(const Byte* quants, const Byte* high, int added,
                                        SourceBlock& out) {
    for (int i = 0; i < 32; ++i) {
        const int low = i < 16 ? quants[i] & 15 : quants[i - 16] >> 4;
        const int fifth = high ? (high[i / 8] >> i % 8 & 1) << 4 : 0;
        out.codes[i] = static_cast<Byte>((low | fifth) + added);
    }
}

/// The 6-bit pair of group `g` in Q4_K and Q5_K.
__host__ __device__ inline void scaleAndMinimum(const Byte* packed, int g, SourceBlock& out) {
    const int scale = g < 4 ? packed[g] & 63 : (packed[g + 4] & 15) | packed[g - 4] >> 6 << 4;
    const int minimum = g < 4 ? packed[g + 4] & 63 : packed[g + 4] >> 4 | packed[g] >> 6 << 4;
    out.scales[0] = out.scales[1] = static_cast<std::int8_t>(scale);
    out.minima[0] = out.minima[1] = static_cast<std::int8_t>(minimum);
}

/// Two bits of group `g` of 32, of which the K types keep four in 32 bytes.
__host__ __device__ inline int pairBits(const Byte* quants, int g, int i) {
    return quants[g / 4 * 32 + i] >> g % 4 * 2 & 3;
}

/// Group `g` (of eight) of the K types and IQ4_XS.
template<DType kType>
__host__ __device__ inline void readSuper(const Byte* block, int g, SourceBlock& out) {
    out.halves[1] = 0;
    out.minima[0] = out.minima[1] = 0;
    if constexpr (kType == DType::Q2_K) {
        out.halves[0] = halfAt(block + 80);
        out.halves[1] = halfAt(block + 82);
        for (int side = 0; side < 2; ++side) {
            out.scales[side] = static_cast<std::int8_t>(block[g * 2 + side] & 15);
            out.minima[side] = static_cast<std::int8_t>(block[g * 2 + side] >> 4);
        }
        for (int i = 0; i < 32; ++i)
            out.codes[i] = static_cast<Byte>(pairBits(block + 16, g, i));
    } else if constexpr (kType == DType::Q3_K) {
        out.halves[0] = halfAt(block + 108);
        const Byte* scales = block + 96;
        for (int side = 0; side < 2; ++side) {
            const int index = g * 2 + side;
            const int low = index < 8 ? scales[index] & 15 : scales[index - 8] >> 4;
            const int high = scales[8 + index % 4] >> index / 4 * 2 & 3;
            out.scales[side] = static_cast<std::int8_t>((low | high << 4) - 32);
        }
        for (int i = 0; i < 32; ++i)
            out.codes[i] = static_cast<Byte>(pairBits(block + 32, g, i) | (block[i] >> g & 1) << 2);
    } else if constexpr (kType == DType::Q4_K || kType == DType::Q5_K) {
        constexpr bool kFive = kType == DType::Q5_K;
        out.halves[0] = halfAt(block);
        out.halves[1] = halfAt(block + 2);
        scaleAndMinimum(block + 4, g, out);
        const Byte* quants = block + (kFive ? 48 : 16) + g / 2 * 32;
        for (int i = 0; i < 32; ++i) {
            const int low = quants[i] >> g % 2 * 4 & 15;
            out.codes[i] =
                static_cast<Byte>(kFive ? (low | (block[16 + i] >> g & 1) << 4) + 128 : low);
        }
    } else if constexpr (kType == DType::Q6_K) {
        out.halves[0] = halfAt(block + 208);
        out.scales[0] = static_cast<std::int8_t>(block[192 + g * 2]);
        out.scales[1] = static_cast<std::int8_t>(block[193 + g * 2]);
        const int quarter = g % 4;
        const Byte* low = block + g / 4 * 64 + quarter % 2 * 32;
        const Byte* high = block + 128 + g / 4 * 32;
        for (int i = 0; i < 32; ++i)
            out.codes[i] = static_cast<Byte>(
                ((low[i] >> quarter / 2 * 4 & 15) | (high[i] >> quarter * 2 & 3) << 4) + 96);
    } else {
        out.halves[0] = halfAt(block);
        const int low = block[4 + g / 2] >> g % 2 * 4 & 15;
        const int scale = (low | (halfAt(block + 2) >> 2 * g & 3) << 4) - 32;
        out.scales[0] = out.scales[1] = static_cast<std::int8_t>(scale);
        nibbles(block + 8 + g * 16, nullptr, 0, out);
    }
}

} // namespace source

/// Columns [32 * block, + 32) of a row that begins at `row`; `grid` is gridOf() the type.
template<DType kType>
__host__ __device__ inline void readBlock(const std::uint8_t* row, std::int64_t block,
                                          SourceBlock& out, const std::uint16_t* grid = nullptr) {
    if constexpr (source::kIsTernary<kType> || source::kHasGrid<kType>) {
        const std::uint8_t* at = row + block / 8 * kBlockBytes<kType>;
        const int group = static_cast<int>(block % 8);
        if constexpr (source::kHasGrid<kType>)
            source::readGrid<kType>(at, group, grid, out);
        else
            source::readTernary<kType>(at, group, out);
    } else if constexpr (kType == DType::MXFP4) {
        const std::uint8_t* at = row + block * kBlockBytes<kType>;
        out.floats[0] = e8M0HalfToF32(at[0]);
        source::nibbles(at + 1, nullptr, 0, out);
    } else if constexpr (kBlockElements<kType> == 256) {
        source::readSuper<kType>(row + block / 8 * kBlockBytes<kType>, static_cast<int>(block % 8),
                                 out);
    } else {
        const std::uint8_t* at = row + block * kBlockBytes<kType>;
        out.halves[0] = source::halfAt(at);
        if constexpr (kType == DType::Q8_0) {
            for (int i = 0; i < 32; ++i)
                out.codes[i] = static_cast<std::uint8_t>(at[2 + i] ^ 0x80);
        } else if constexpr (kType == DType::Q4_1) {
            out.halves[1] = source::halfAt(at + 2);
            source::nibbles(at + 4, nullptr, 0, out);
        } else if constexpr (kType == DType::Q5_0) {
            source::nibbles(at + 6, at + 2, 112, out);
        } else if constexpr (kType == DType::Q5_1) {
            out.halves[1] = source::halfAt(at + 2);
            source::nibbles(at + 8, at + 4, 128, out);
        } else {
            source::nibbles(at + 2, nullptr, 0, out);
        }
    }
}

/// Writes block `block` of a row to its places. Rows and blocks share no bytes, except that a
/// super's halves are written with its first block.
__host__ __device__ inline void writeCodes(const WeightLayout& layout, std::int64_t row,
                                           std::int64_t block, const std::uint8_t (&codes)[32]) {
    auto* data = const_cast<std::byte*>(layout.data);
    const bool halfGroups = hasHalfGroups(layout);
    for (int t = 0; t < 4; ++t) {
        std::uint32_t words[2] = {0, 0};
        for (int j = 0; j < 8; ++j) {
            const std::uint32_t code = codes[laneColumn(halfGroups, t, j)];
            words[isFourBit(layout.codes) ? 0 : j / 4] |= code << codeShift(layout.codes, j);
        }
        auto* at = reinterpret_cast<std::uint32_t*>(data + eightOffset(layout, row, block, t));
        at[0] = words[0];
        if (!isFourBit(layout.codes))
            at[1] = words[1];
    }
}

__host__ __device__ inline void writeBlock(const WeightLayout& layout, std::int64_t row,
                                           std::int64_t block, const SourceBlock& from) {
    writeCodes(layout, row, block, from.codes);
    auto* entries = const_cast<std::byte*>(layout.entries);
    const std::int64_t groups = groupCount(layout);
    if (layout.scales == Scales::F16) {
        reinterpret_cast<std::uint16_t*>(entries)[entryIndex(row, block, groups)] = from.halves[0];
        return;
    }
    if (layout.scales == Scales::Pair) {
        auto* pair = reinterpret_cast<std::uint16_t*>(entries) + entryIndex(row, block, groups) * 2;
        pair[0] = from.halves[0];
        pair[1] = from.halves[1];
        return;
    }
    const int sides = hasHalfGroups(layout) ? 2 : 1;
    if (layout.scales == Scales::Float) {
        for (int side = 0; side < sides; ++side) {
            auto* pair = reinterpret_cast<float*>(entries) +
                         entryIndex(row, block * sides + side, groups) * 2;
            pair[0] = from.floats[side];
            pair[1] = -0.0F;
        }
        return;
    }
    for (int side = 0; side < sides; ++side) {
        auto* entry = reinterpret_cast<std::int8_t*>(entries) +
                      entryIndex(row, block * sides + side, groups) * 2;
        entry[0] = from.scales[side];
        entry[1] = from.minima[side];
    }
    if (block % 8 == 0) {
        auto* super = reinterpret_cast<std::uint16_t*>(const_cast<std::byte*>(layout.supers)) +
                      entryIndex(row, block / 8, superCount(layout)) * 2;
        super[0] = from.halves[0];
        super[1] = from.halves[1];
    }
}

} // namespace hearth::kernels::cuda
