#include "hearth/kernels/dequantize.h"

#include "common/dequantize_grids.h"
#include "hearth/kernels/half.h"

#include <array>
#include <bit>
#include <cstdint>

namespace hearth::kernels {

// Layouts: ggml's `ggml-common.h`. Every product and sum is rounded on its own, in the order of
// the reference; CMake turns fused multiply-add off for this file.

namespace {

using Byte = std::uint8_t;

constexpr std::array<std::int8_t, 16> kIq4Values{-127, -104, -83, -65, -49, -35, -22, -10,
                                                 1,    13,   25,  38,  53,  69,  89,  113};

std::uint16_t u16At(const Byte* bytes) {
    return static_cast<std::uint16_t>(bytes[0] | bytes[1] << 8);
}
std::uint32_t u32At(const Byte* bytes) {
    return u16At(bytes) | std::uint32_t{u16At(bytes + 2)} << 16;
}
float halfAt(const Byte* bytes) {
    return f16ToF32(u16At(bytes));
}

void dequantizeF32(const Byte* block, float* out) {
    *out = std::bit_cast<float>(u32At(block));
}
void dequantizeF16(const Byte* block, float* out) {
    *out = halfAt(block);
}
void dequantizeBf16(const Byte* block, float* out) {
    *out = bf16ToF32(u16At(block));
}

// d, 16 bytes: element j is the low nibble of byte j, element j+16 its high nibble.
void dequantizeQ40(const Byte* block, float* out) {
    const float d = halfAt(block);
    const Byte* quants = block + 2;
    for (int j = 0; j < 16; ++j) {
        out[j] = d * static_cast<float>((quants[j] & 15) - 8);
        out[j + 16] = d * static_cast<float>((quants[j] >> 4) - 8);
    }
}

// d, m, 16 bytes.
void dequantizeQ41(const Byte* block, float* out) {
    const float d = halfAt(block);
    const float m = halfAt(block + 2);
    const Byte* quants = block + 4;
    for (int j = 0; j < 16; ++j) {
        out[j] = d * static_cast<float>(quants[j] & 15) + m;
        out[j + 16] = d * static_cast<float>(quants[j] >> 4) + m;
    }
}

// Element j of a 32-block whose fifth bits are the bits of a word before the nibbles.
int fiveBits(const Byte* high, const Byte* quants, int j) {
    const int low = j < 16 ? quants[j] & 15 : quants[j - 16] >> 4;
    return low | static_cast<int>(u32At(high) >> j & 1u) << 4;
}

// d, 32 high bits, 16 bytes.
void dequantizeQ50(const Byte* block, float* out) {
    const float d = halfAt(block);
    for (int j = 0; j < 32; ++j)
        out[j] = d * static_cast<float>(fiveBits(block + 2, block + 6, j) - 16);
}

// d, m, 32 high bits, 16 bytes.
void dequantizeQ51(const Byte* block, float* out) {
    const float d = halfAt(block);
    const float m = halfAt(block + 2);
    for (int j = 0; j < 32; ++j)
        out[j] = d * static_cast<float>(fiveBits(block + 4, block + 8, j)) + m;
}

// d, 32 signed bytes.
void dequantizeQ80(const Byte* block, float* out) {
    const float d = halfAt(block);
    for (int j = 0; j < 32; ++j)
        out[j] = static_cast<float>(static_cast<std::int8_t>(block[2 + j])) * d;
}

// d, 16 bytes of nibbles that index a table.
void dequantizeIq4Nl(const Byte* block, float* out) {
    const float d = halfAt(block);
    const Byte* quants = block + 2;
    for (int j = 0; j < 16; ++j) {
        out[j] = d * static_cast<float>(kIq4Values[quants[j] & 15]);
        out[j + 16] = d * static_cast<float>(kIq4Values[quants[j] >> 4]);
    }
}

// 16 scales (low nibble scale, high nibble minimum), 64 bytes of 2 bits, d, dmin. Each half of
// 128 elements has 32 bytes; bits 2k and 2k+1 of byte l hold element 32k + l.
void dequantizeQ2K(const Byte* block, float* out) {
    const Byte* scales = block;
    const Byte* quants = block + 16;
    const float d = halfAt(block + 80);
    const float dmin = halfAt(block + 82);
    for (int element = 0; element < 256; ++element) {
        const Byte scale = scales[element / 16];
        const int q = quants[element / 128 * 32 + element % 32] >> element % 128 / 32 * 2 & 3;
        const float groupScale = d * static_cast<float>(scale & 15);
        const float groupMin = dmin * static_cast<float>(scale >> 4);
        out[element] = groupScale * static_cast<float>(q) - groupMin;
    }
}

// 32 bytes of high bits (bit g of byte l: element 32g + l; clear means 4 less), 64 bytes of
// 2 bits as in Q2_K, 16 scales of 6 bits in 12 bytes, d.
void dequantizeQ3K(const Byte* block, float* out) {
    const Byte* highBits = block;
    const Byte* quants = block + 32;
    const Byte* scales = block + 96;
    const float d = halfAt(block + 108);
    for (int element = 0; element < 256; ++element) {
        const int group = element / 16;
        const int low = group < 8 ? scales[group] & 15 : scales[group - 8] >> 4;
        const int high = scales[8 + group % 4] >> group / 4 * 2 & 3;
        const int q = quants[element / 128 * 32 + element % 32] >> element % 128 / 32 * 2 & 3;
        const int offset = highBits[element % 32] >> element / 32 & 1 ? 0 : 4;
        const float groupScale = d * static_cast<float>((low | high << 4) - 32);
        out[element] = groupScale * static_cast<float>(q - offset);
    }
}

struct ScaleAndMin {
    int scale;
    int min;
};

// Group `g` of the eight 6-bit pairs in 12 bytes that Q4_K and Q5_K share.
ScaleAndMin scaleAndMin(const Byte* packed, std::size_t g) {
    if (g < 4)
        return {packed[g] & 63, packed[g + 4] & 63};
    return {(packed[g + 4] & 15) | packed[g - 4] >> 6 << 4,
            packed[g + 4] >> 4 | packed[g] >> 6 << 4};
}

// d, dmin, 12 bytes of scales, 128 bytes: 32 bytes hold one group of 32 in their low nibbles and
// the next in their high nibbles.
void dequantizeQ4K(const Byte* block, float* out) {
    const float d = halfAt(block);
    const float dmin = halfAt(block + 2);
    for (std::size_t group = 0; group < 8; ++group) {
        const auto [scale, min] = scaleAndMin(block + 4, group);
        const float groupScale = d * static_cast<float>(scale);
        const float groupMin = dmin * static_cast<float>(min);
        const Byte* quants = block + 16 + group / 2 * 32;
        for (std::size_t l = 0; l < 32; ++l) {
            const int q = quants[l] >> group % 2 * 4 & 15;
            out[group * 32 + l] = groupScale * static_cast<float>(q) - groupMin;
        }
    }
}

// As Q4_K with 32 bytes of fifth bits before the nibbles: bit g of byte l is of group g.
void dequantizeQ5K(const Byte* block, float* out) {
    const float d = halfAt(block);
    const float dmin = halfAt(block + 2);
    const Byte* highBits = block + 16;
    for (std::size_t group = 0; group < 8; ++group) {
        const auto [scale, min] = scaleAndMin(block + 4, group);
        const float groupScale = d * static_cast<float>(scale);
        const float groupMin = dmin * static_cast<float>(min);
        const Byte* quants = block + 48 + group / 2 * 32;
        for (std::size_t l = 0; l < 32; ++l) {
            const int q = (quants[l] >> group % 2 * 4 & 15) | (highBits[l] >> group & 1) << 4;
            out[group * 32 + l] = groupScale * static_cast<float>(q) - groupMin;
        }
    }
}

// 128 bytes of low nibbles, 64 bytes of upper 2 bits, 16 signed scales, d. Of each half of 128
// elements, quarter k (32 elements) takes its nibbles from bytes 32(k%2) + l, low for k < 2, and
// its upper bits from bits 2k and 2k+1 of byte l.
void dequantizeQ6K(const Byte* block, float* out) {
    const float d = halfAt(block + 208);
    for (int element = 0; element < 256; ++element) {
        const int half = element / 128;
        const int quarter = element % 128 / 32;
        const int l = element % 32;
        const int low = block[half * 64 + quarter % 2 * 32 + l] >> quarter / 2 * 4 & 15;
        const int high = block[128 + half * 32 + l] >> quarter * 2 & 3;
        const auto scale = static_cast<std::int8_t>(block[192 + element / 16]);
        const float groupScale = d * static_cast<float>(scale);
        out[element] = groupScale * static_cast<float>((low | high << 4) - 32);
    }
}

// d, eight scales of 6 bits (upper 2 bits in a word, lower 4 in nibbles), 128 bytes: eight groups
// of 32 laid out as IQ4_NL.
void dequantizeIq4Xs(const Byte* block, float* out) {
    const float d = halfAt(block);
    const std::uint16_t high = u16At(block + 2);
    for (std::size_t group = 0; group < 8; ++group) {
        const int low = block[4 + group / 2] >> group % 2 * 4 & 15;
        const int scale = (low | (high >> 2 * group & 3) << 4) - 32;
        const float groupScale = d * static_cast<float>(scale);
        const Byte* quants = block + 8 + group * 16;
        for (int j = 0; j < 16; ++j) {
            out[group * 32 + j] = groupScale * static_cast<float>(kIq4Values[quants[j] & 15]);
            out[group * 32 + j + 16] = groupScale * static_cast<float>(kIq4Values[quants[j] >> 4]);
        }
    }
}

// An exponent, then nibbles as in Q4_0 that index twice the numbers of E2M1.
void dequantizeMxfp4(const Byte* block, float* out) {
    const float half = e8M0HalfToF32(block[0]);
    for (int j = 0; j < 16; ++j) {
        out[j] = half * static_cast<float>(kTwiceE2M1[block[1 + j] & 15]);
        out[j + 16] = half * static_cast<float>(kTwiceE2M1[block[1 + j] >> 4]);
    }
}

using BlockFunction = void (*)(const Byte* block, float* out);

BlockFunction blockFunction(DType type) {
    switch (type) {
    case DType::F32:
        return dequantizeF32;
    case DType::F16:
        return dequantizeF16;
    case DType::BF16:
        return dequantizeBf16;
    case DType::F8E4M3:
        return [](const Byte* block, float* out) { *out = f8E4M3ToF32(*block); };
    case DType::F8E5M2:
        return [](const Byte* block, float* out) { *out = f8E5M2ToF32(*block); };
    case DType::Q4_0:
        return dequantizeQ40;
    case DType::Q4_1:
        return dequantizeQ41;
    case DType::Q5_0:
        return dequantizeQ50;
    case DType::Q5_1:
        return dequantizeQ51;
    case DType::Q8_0:
        return dequantizeQ80;
    case DType::Q2_K:
        return dequantizeQ2K;
    case DType::Q3_K:
        return dequantizeQ3K;
    case DType::Q4_K:
        return dequantizeQ4K;
    case DType::Q5_K:
        return dequantizeQ5K;
    case DType::Q6_K:
        return dequantizeQ6K;
    case DType::IQ4_NL:
        return dequantizeIq4Nl;
    case DType::IQ4_XS:
        return dequantizeIq4Xs;
    case DType::MXFP4:
        return dequantizeMxfp4;
    case DType::TQ1_0:
        return dequantizeTq10;
    case DType::TQ2_0:
        return dequantizeTq20;
    case DType::IQ1_S:
        return dequantizeIq1S;
    case DType::IQ1_M:
        return dequantizeIq1M;
    case DType::IQ2_XXS:
        return dequantizeIq2Xxs;
    case DType::IQ2_XS:
        return dequantizeIq2Xs;
    case DType::IQ2_S:
        return dequantizeIq2S;
    case DType::IQ3_XXS:
        return dequantizeIq3Xxs;
    case DType::IQ3_S:
        return dequantizeIq3S;
    case DType::F64:
    case DType::I8:
    case DType::U8:
    case DType::I16:
    case DType::I32:
    case DType::I64:
    case DType::Bool:
        return nullptr;
    }
    return nullptr;
}

} // namespace

bool dequantize(DType type, const void* blocks, float* out, std::size_t elements) {
    const BlockFunction expand = blockFunction(type);
    const BlockSize size = blockSize(type);
    if (expand == nullptr || elements % size.elements != 0)
        return false;
    const auto* block = static_cast<const Byte*>(blocks);
    for (std::size_t done = 0; done < elements; done += size.elements, block += size.bytes)
        expand(block, out + done);
    return true;
}

} // namespace hearth::kernels
