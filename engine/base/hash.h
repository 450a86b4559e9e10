#pragma once

#include <cstdint>

namespace hearth {

/// Spreads a key over all bits, for tables of a power of two (Knuth's multiplicative hashing).
constexpr std::uint64_t mixedBits(std::uint64_t value) {
    value *= 0x9E3779B97F4A7C15U;
    return value ^ value >> 32;
}

} // namespace hearth
