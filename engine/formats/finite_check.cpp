#include "formats/finite_check.h"

#include <cstring>
#include <span>

namespace hearth {

namespace {

using kernels::DType;

/// Whether any of `count` numbers has all bits of `exponent` set. Integer arithmetic: it
/// vectorises.
template<typename Bits>
bool hasExponent(const std::byte* numbers, std::int64_t count, Bits exponent) {
    constexpr std::int64_t kTogether = 64;
    Bits bad = 0;
    Bits each[kTogether];
    for (std::int64_t done = 0; done < count; done += kTogether) {
        const std::int64_t now = count - done < kTogether ? count - done : kTogether;
        if (now < kTogether)
            std::memset(each, 0, sizeof each);
        std::memcpy(each, numbers + done * std::int64_t{sizeof(Bits)},
                    static_cast<std::size_t>(now) * sizeof(Bits));
        for (const Bits value : each)
            bad |= static_cast<Bits>((value & exponent) == exponent ? 1 : 0);
    }
    return bad != 0;
}

constexpr std::uint16_t kHalfExponent = 0x7C00;
constexpr std::uint16_t kBfloatExponent = 0x7F80;
constexpr std::uint32_t kFloatExponent = 0x7F800000;

/// Offsets of the half scales in a block.
std::span<const std::uint8_t> halvesOf(DType type) {
    static constexpr std::uint8_t kFirst[] = {0};
    static constexpr std::uint8_t kFirstTwo[] = {0, 2};
    static constexpr std::uint8_t kQ2[] = {80, 82};
    static constexpr std::uint8_t kQ3[] = {108};
    static constexpr std::uint8_t kQ6[] = {208};
    static constexpr std::uint8_t kTernary1[] = {52};
    static constexpr std::uint8_t kTernary2[] = {64};
    switch (type) {
    case DType::Q4_0:
    case DType::Q5_0:
    case DType::Q8_0:
    case DType::IQ4_NL:
    case DType::IQ4_XS:
    case DType::IQ1_S:
    case DType::IQ2_XXS:
    case DType::IQ2_XS:
    case DType::IQ2_S:
    case DType::IQ3_XXS:
    case DType::IQ3_S:
        return kFirst;
    case DType::TQ1_0:
        return kTernary1;
    case DType::TQ2_0:
        return kTernary2;
    case DType::Q4_1:
    case DType::Q5_1:
    case DType::Q4_K:
    case DType::Q5_K:
        return kFirstTwo;
    case DType::Q2_K:
        return kQ2;
    case DType::Q3_K:
        return kQ3;
    case DType::Q6_K:
        return kQ6;
    default:
        return {};
    }
}

bool hasBadScale(DType type, const std::byte* row, std::int64_t blocks) {
    const std::int64_t bytes = kernels::blockSize(type).bytes;
    unsigned bad = 0;
    for (const std::uint8_t offset : halvesOf(type))
        for (std::int64_t block = 0; block < blocks; ++block) {
            std::uint16_t half = 0;
            std::memcpy(&half, row + block * bytes + offset, sizeof half);
            bad |= (half & kHalfExponent) == kHalfExponent ? 1U : 0U;
        }
    return bad != 0;
}

/// IQ1_M keeps the four digits of its half in the upper bits of four words of scales.
bool hasBadIq1M(const std::byte* row, std::int64_t blocks) {
    const std::int64_t bytes = kernels::blockSize(DType::IQ1_M).bytes;
    for (std::int64_t block = 0; block < blocks; ++block) {
        std::uint16_t words[4];
        std::memcpy(words, row + block * bytes + 48, sizeof words);
        const unsigned half =
            words[0] >> 12 | (words[1] >> 8 & 0xF0) | (words[2] >> 4 & 0xF00) | (words[3] & 0xF000);
        if ((half & kHalfExponent) == kHalfExponent)
            return true;
    }
    return false;
}

/// 8-bit floats from `first`, without their sign, on are none.
bool hasBadByte(const std::byte* numbers, std::int64_t count, unsigned first) {
    unsigned bad = 0;
    for (std::int64_t i = 0; i < count; ++i)
        bad |= (std::to_integer<unsigned>(numbers[i]) & 0x7FU) >= first ? 1U : 0U;
    return bad != 0;
}

/// Of `count` blocks, or numbers of a plain type.
bool isBad(DType type, const std::byte* at, std::int64_t count) {
    switch (type) {
    case DType::F32:
        return hasExponent<std::uint32_t>(at, count, kFloatExponent);
    case DType::F16:
        return hasExponent<std::uint16_t>(at, count, kHalfExponent);
    case DType::BF16:
        return hasExponent<std::uint16_t>(at, count, kBfloatExponent);
    case DType::F8E4M3:
        return hasBadByte(at, count, 0x7F);
    case DType::F8E5M2:
        return hasBadByte(at, count, 0x7C);
    case DType::IQ1_M:
        return hasBadIq1M(at, count);
    default:
        return hasBadScale(type, at, count);
    }
}

} // namespace

std::optional<BadNumber> findNonFinite(DType type, const std::byte* data, std::int64_t rowBytes,
                                       std::int64_t rows, std::int64_t columns) {
    const kernels::BlockSize block = kernels::blockSize(type);
    const std::int64_t count = columns / block.elements;
    for (std::int64_t row = 0; row < rows; ++row) {
        const std::byte* const at = data + row * rowBytes;
        if (!isBad(type, at, count))
            continue;
        std::int64_t first = 0;
        while (!isBad(type, at + first * block.bytes, 1))
            ++first;
        return BadNumber{row, first * block.elements};
    }
    return std::nullopt;
}

} // namespace hearth
