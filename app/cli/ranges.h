#pragma once

#include <CLI/CLI.hpp>

#include <cstdint>
#include <limits>

namespace hearth::cli {

// Checks of options that are numbers. What is refused is told the bounds and what was given.

/// A whole number from `least` to `most`.
[[nodiscard]] CLI::Validator between(std::int64_t least, std::int64_t most);
/// A whole number from `least` on; `most` is what the option can hold.
[[nodiscard]] CLI::Validator atLeast(std::int64_t least,
                                     std::int64_t most = std::numeric_limits<std::int32_t>::max());
/// A number from `least` to `most`, with or without a fraction.
[[nodiscard]] CLI::Validator fractionBetween(double least, double most);
[[nodiscard]] CLI::Validator fractionAtLeast(double least);

} // namespace hearth::cli
