#include "sampling/grammar/utf8_ranges.h"

#include <algorithm>

namespace hearth::grammar {

namespace {

struct LengthClass {
    char32_t first;
    char32_t last;
    std::uint8_t length;
};

constexpr std::array<LengthClass, 5> kLengths{{{0x0, 0x7F, 1},
                                               {0x80, 0x7FF, 2},
                                               {0x800, 0xD7FF, 3},
                                               {0xE000, 0xFFFF, 3},
                                               {0x10000, kLastCodePoint, 4}}};

std::array<std::uint8_t, 4> encoded(char32_t code, std::uint8_t length) {
    static constexpr std::array<std::uint8_t, 5> kMarks{0, 0x00, 0xC0, 0xE0, 0xF0};
    std::array<std::uint8_t, 4> bytes{};
    for (int i = length - 1; i > 0; --i) {
        bytes[std::size_t(i)] = std::uint8_t(0x80 | (code & 0x3F));
        code >>= 6;
    }
    bytes[0] = std::uint8_t(kMarks[length] | code);
    return bytes;
}

/// Splits until all code points of a part share the bytes in front of one that varies, behind
/// which every continuation byte is free.
void split(char32_t first, char32_t last, std::uint8_t length, std::vector<ByteRanges>& out) {
    for (int free = 1; free < length; ++free) {
        const char32_t mask = (char32_t(1) << (6 * free)) - 1;
        if ((first & ~mask) == (last & ~mask))
            continue;
        if ((first & mask) != 0) {
            split(first, first | mask, length, out);
            split((first | mask) + 1, last, length, out);
            return;
        }
        if ((last & mask) != mask) {
            split(first, (last & ~mask) - 1, length, out);
            split(last & ~mask, last, length, out);
            return;
        }
    }
    const auto low = encoded(first, length);
    const auto high = encoded(last, length);
    ByteRanges ranges;
    ranges.length = length;
    for (std::size_t i = 0; i < length; ++i)
        ranges.bytes[i] = {low[i], high[i]};
    out.push_back(ranges);
}

} // namespace

std::vector<ByteRanges> utf8Ranges(CodeRange range) {
    std::vector<ByteRanges> all;
    for (const LengthClass& part : kLengths) {
        const char32_t first = std::max(range.first, part.first);
        const char32_t last = std::min(range.last, part.last);
        if (first <= last)
            split(first, last, part.length, all);
    }
    return all;
}

} // namespace hearth::grammar
