#pragma once

#include <cstdint>

namespace hearth::kernels::cpu {

/// Bytes of the machine's memory, by /proc/meminfo; 0 if it cannot be read.
[[nodiscard]] std::uint64_t totalMemory();
/// Bytes that can be had without swapping ("MemAvailable"); the largest number if unknown.
[[nodiscard]] std::uint64_t availableMemory();

} // namespace hearth::kernels::cpu
