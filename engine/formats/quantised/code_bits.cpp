#include "formats/quantised/code_bits.h"

#include <algorithm>

namespace hearth {

namespace {

constexpr std::int64_t kCodesAtATime = 512;

} // namespace

void expandCodes(const std::byte* codes, std::uint8_t bits, std::int64_t first, std::int64_t count,
                 std::uint8_t* out) {
    if (bits == 8) {
        std::memcpy(out, codes + first, std::size_t(count));
    } else if (bits == 4 && first % 2 == 0) {
        const std::byte* from = codes + first / 2;
        for (std::int64_t pair = 0; pair < count / 2; ++pair) {
            const auto both = std::to_integer<std::uint8_t>(from[pair]);
            out[2 * pair] = both & 15;
            out[2 * pair + 1] = both >> 4;
        }
        if (count % 2 != 0)
            out[count - 1] = std::to_integer<std::uint8_t>(from[count / 2]) & 15;
    } else {
        for (std::int64_t i = 0; i < count; ++i)
            out[i] = codeAt(codes, bits, first + i);
    }
}

void packCodes(const std::uint8_t* codes, std::uint8_t bits, std::int64_t count, std::byte* out) {
    if (bits == 8) {
        std::memcpy(out, codes, std::size_t(count));
        return;
    }
    if (bits == 4) {
        for (std::int64_t pair = 0; pair < count / 2; ++pair)
            out[pair] = std::byte(codes[2 * pair] | codes[2 * pair + 1] << 4);
        if (count % 2 != 0)
            out[count / 2] = std::byte(codes[count - 1]);
        return;
    }
    std::uint32_t pending = 0;
    std::uint32_t filled = 0;
    for (std::int64_t i = 0; i < count; ++i) {
        pending |= std::uint32_t{codes[i]} << filled;
        filled += bits;
        for (; filled >= 8; filled -= 8, pending >>= 8)
            *out++ = std::byte(pending);
    }
    if (filled > 0)
        *out = std::byte(pending);
}

void copyCodes(const std::byte* codes, std::uint8_t bits, std::int64_t first, std::int64_t count,
               std::byte* out) {
    if (first * bits % 8 == 0) {
        const std::int64_t bytes = codeBytes(count, bits);
        std::memcpy(out, codes + first * bits / 8, std::size_t(bytes));
        if (const auto spare = static_cast<std::uint32_t>(count * bits % 8); spare != 0)
            out[bytes - 1] &= std::byte((1U << spare) - 1);
        return;
    }
    std::uint8_t each[kCodesAtATime];
    for (std::int64_t done = 0; done < count; done += kCodesAtATime) {
        const std::int64_t now = std::min(kCodesAtATime, count - done);
        expandCodes(codes, bits, first + done, now, each);
        packCodes(each, bits, now, out + done * bits / 8);
    }
}

void CodeSorter::copy(const std::byte* codes, std::int64_t first, std::int64_t count,
                      std::byte* out) {
    if (m_permutation.empty()) {
        copyCodes(codes, m_bits, first, count, out);
        return;
    }
    expandCodes(codes, m_bits, first, count, m_stored.data());
    for (std::size_t i = 0; i < m_sorted.size(); ++i)
        m_sorted[i] = m_stored[std::size_t(m_permutation[i])];
    packCodes(m_sorted.data(), m_bits, count, out);
}

} // namespace hearth
