#pragma once

#include <cstdint>

/// Codebooks of GGUF's i-quants (ggml's `ggml-common.h`). A word holds the numbers of one entry as
/// indices, lowest bits first.
namespace hearth::kernels {

/// Eight of 2 bits: 8, 25 or 43.
extern const std::uint16_t kIq2XxsGrid[256];
extern const std::uint16_t kIq2XsGrid[512];
extern const std::uint16_t kIq2SGrid[1024];
/// Four of 3 bits: 4, 12, 20, 28, 36, 44, 52 or 62.
extern const std::uint16_t kIq3XxsGrid[256];
/// Four of 3 bits: odd numbers from 1 to 15.
extern const std::uint16_t kIq3SGrid[512];
/// Eight of 2 bits: -1, 0 or 1.
extern const std::uint16_t kIq1Grid[2048];

} // namespace hearth::kernels
