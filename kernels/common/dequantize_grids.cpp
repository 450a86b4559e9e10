#include "common/dequantize_grids.h"

#include "common/grids.h"
#include "hearth/kernels/half.h"

#include <bit>

namespace hearth::kernels {

// As in dequantize.cpp, every product and sum is rounded on its own, in the reference's order.

namespace {

using Byte = std::uint8_t;

constexpr float kIq2Numbers[4] = {8, 25, 43, 0};
constexpr float kIq3XxsNumbers[8] = {4, 12, 20, 28, 36, 44, 52, 62};
constexpr float kIq3SNumbers[8] = {1, 3, 5, 7, 9, 11, 13, 15};
constexpr float kIq1Numbers[4] = {-1, 0, 1, 0};
constexpr float kIq1Delta = 0.125F;

std::uint32_t u16At(const Byte* bytes) {
    return bytes[0] | std::uint32_t{bytes[1]} << 8;
}
std::uint32_t u32At(const Byte* bytes) {
    return u16At(bytes) | u16At(bytes + 2) << 16;
}
float halfAt(const Byte* bytes) {
    return f16ToF32(static_cast<std::uint16_t>(u16At(bytes)));
}

/// Seven sign bits; the eighth makes their number even.
std::uint32_t evenSigns(std::uint32_t seven) {
    return seven | (static_cast<std::uint32_t>(std::popcount(seven)) & 1U) << 7;
}

/// Numbers of one grid entry, times a scale and their signs.
template<int kCount, int kBits>
void expandEntry(std::uint32_t entry, const float* numbers, float scale, std::uint32_t signs,
                 float* out) {
    for (int i = 0; i < kCount; ++i) {
        const float number = scale * numbers[entry >> kBits * i & ((1U << kBits) - 1U)];
        out[i] = (signs >> i & 1U) != 0 ? -number : number;
    }
}

void expandIq1(std::uint32_t entry, float scale, bool negative, float* out) {
    const float delta = negative ? -kIq1Delta : kIq1Delta;
    for (int i = 0; i < 8; ++i)
        out[i] = scale * (kIq1Numbers[entry >> 2 * i & 3U] + delta);
}

/// Digit `power` of a byte that holds numbers of base 3 as a fraction of 256.
float ternary(Byte byte, int power) {
    constexpr unsigned kPowers[5] = {1, 3, 9, 27, 81};
    const unsigned fraction = byte * kPowers[power] & 0xffU;
    return static_cast<float>(static_cast<int>(fraction * 3 >> 8) - 1);
}

} // namespace

// 48 bytes of five digits (32, then 16 bytes side by side), 4 bytes of four, d.
void dequantizeTq10(const Byte* block, float* out) {
    const float d = halfAt(block + 52);
    const auto expand = [&](const Byte* bytes, int count, int digits) {
        for (int digit = 0; digit < digits; ++digit)
            for (int i = 0; i < count; ++i)
                *out++ = d * ternary(bytes[i], digit);
    };
    expand(block, 32, 5);
    expand(block + 32, 16, 5);
    expand(block + 48, 4, 4);
}

// 64 bytes of two bits, d.
void dequantizeTq20(const Byte* block, float* out) {
    const float d = halfAt(block + 64);
    for (int half = 0; half < 2; ++half)
        for (int shift = 0; shift < 8; shift += 2)
            for (int i = 0; i < 32; ++i)
                *out++ = d * static_cast<float>((block[half * 32 + i] >> shift & 3) - 1);
}

// d, then for each 32 numbers four entries of a byte, and a word of four signs and a scale.
void dequantizeIq2Xxs(const Byte* block, float* out) {
    const float d = halfAt(block);
    for (int group = 0; group < 8; ++group) {
        const Byte* entries = block + 2 + group * 8;
        const std::uint32_t word = u32At(entries + 4);
        const float scale = d * (0.5F + static_cast<float>(word >> 28)) * 0.25F;
        for (int i = 0; i < 4; ++i, out += 8)
            expandEntry<8, 2>(kIq2XxsGrid[entries[i]], kIq2Numbers, scale,
                              evenSigns(word >> 7 * i & 127U), out);
    }
}

// d, 32 words of an entry and its signs, 8 bytes of two scales of 16 numbers.
void dequantizeIq2Xs(const Byte* block, float* out) {
    const float d = halfAt(block);
    for (int i = 0; i < 32; ++i, out += 8) {
        const std::uint32_t word = u16At(block + 2 + i * 2);
        const int factor = block[66 + i / 4] >> i / 2 % 2 * 4 & 15;
        expandEntry<8, 2>(kIq2XsGrid[word & 511U], kIq2Numbers,
                          d * (0.5F + static_cast<float>(factor)) * 0.25F, evenSigns(word >> 9),
                          out);
    }
}

// d, 32 entries' low bytes, 32 bytes of signs, 8 bytes of high bits, 8 bytes of scales.
void dequantizeIq2S(const Byte* block, float* out) {
    const float d = halfAt(block);
    for (int i = 0; i < 32; ++i, out += 8) {
        const std::uint32_t high = block[66 + i / 4] >> i % 4 * 2 & 3U;
        const int factor = block[74 + i / 4] >> i / 2 % 2 * 4 & 15;
        expandEntry<8, 2>(kIq2SGrid[block[2 + i] | high << 8], kIq2Numbers,
                          d * (0.5F + static_cast<float>(factor)) * 0.25F, block[34 + i], out);
    }
}

// d, 64 entries, then for each 32 numbers a word of four signs and a scale.
void dequantizeIq3Xxs(const Byte* block, float* out) {
    const float d = halfAt(block);
    for (int group = 0; group < 8; ++group) {
        const std::uint32_t word = u32At(block + 66 + group * 4);
        const float scale = d * (0.5F + static_cast<float>(word >> 28)) * 0.5F;
        for (int i = 0; i < 8; ++i, out += 4)
            expandEntry<4, 3>(kIq3XxsGrid[block[2 + group * 8 + i]], kIq3XxsNumbers, scale,
                              evenSigns(word >> i / 2 * 7 & 127U) >> i % 2 * 4, out);
    }
}

// d, 64 entries' low bytes, 8 bytes of high bits, 32 bytes of signs, 4 bytes of scales.
void dequantizeIq3S(const Byte* block, float* out) {
    const float d = halfAt(block);
    for (int i = 0; i < 64; ++i, out += 4) {
        const std::uint32_t high = block[66 + i / 8] >> i % 8 & 1U;
        const int factor = block[106 + i / 16] >> i / 8 % 2 * 4 & 15;
        expandEntry<4, 3>(kIq3SGrid[block[2 + i] | high << 8], kIq3SNumbers,
                          d * static_cast<float>(1 + 2 * factor),
                          std::uint32_t{block[74 + i / 2]} >> i % 2 * 4, out);
    }
}

// d, 32 entries' low bytes, then for each 32 numbers a word: their high bits, a scale, a sign.
void dequantizeIq1S(const Byte* block, float* out) {
    const float d = halfAt(block);
    for (int i = 0; i < 32; ++i, out += 8) {
        const std::uint32_t word = u16At(block + 34 + i / 4 * 2);
        const std::uint32_t high = word >> i % 4 * 3 & 7U;
        expandIq1(kIq1Grid[block[2 + i] | high << 8],
                  d * static_cast<float>(2 * (word >> 12 & 7U) + 1), (word & 0x8000U) != 0, out);
    }
}

// 32 entries' low bytes, 16 bytes of their high bits and signs, four words of four scales of 16
// numbers each, whose upper bits together are d.
void dequantizeIq1M(const Byte* block, float* out) {
    const Byte* scales = block + 48;
    std::uint32_t bits = 0;
    for (int i = 0; i < 4; ++i)
        bits |= u16At(scales + i * 2) >> 12 << i * 4;
    const float d = f16ToF32(static_cast<std::uint16_t>(bits));
    for (int i = 0; i < 32; ++i, out += 8) {
        const std::uint32_t nibble = block[32 + i / 2] >> i % 2 * 4 & 15U;
        const std::uint32_t factor = u16At(scales + i / 8 * 2) >> i / 2 % 4 * 3 & 7U;
        expandIq1(kIq1Grid[block[i] | (nibble & 7U) << 8], d * static_cast<float>(2 * factor + 1),
                  (nibble & 8U) != 0, out);
    }
}

} // namespace hearth::kernels
