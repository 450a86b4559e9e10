#pragma once

#include <cstdint>

namespace hearth::kernels {

// What this machine can do at best, measured in the moment of the call (well under a second each),
// for benchmarks to compare with. `threads`: as many as the benchmark uses.

/// Bytes a second that the threads read together from memory.
[[nodiscard]] double measureReadBandwidth(std::int32_t threads);

/// Float32 operations a second (a multiply and an add count two) that the threads reach together.
[[nodiscard]] double measureMultiplyAddRate(std::int32_t threads);

} // namespace hearth::kernels
