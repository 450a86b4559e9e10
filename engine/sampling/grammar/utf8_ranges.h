#pragma once

#include "sampling/grammar/expression.h"

#include <array>
#include <cstdint>
#include <vector>

namespace hearth::grammar {

struct ByteRange {
    std::uint8_t first = 0;
    std::uint8_t last = 0;

    friend auto operator<=>(const ByteRange&, const ByteRange&) = default;
};

/// Bytes that stand one behind the other; every choice of one a range is a code point's UTF-8.
struct ByteRanges {
    std::array<ByteRange, 4> bytes;
    std::uint8_t length = 0;
};

/// The UTF-8 of all code points of `range`, surrogates left out.
[[nodiscard]] std::vector<ByteRanges> utf8Ranges(CodeRange range);

} // namespace hearth::grammar
