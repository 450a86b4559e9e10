#pragma once

#include <cuda_runtime.h>

#include <cstdint>

namespace hearth::kernels::cuda {

/// Codes as the layout of the type stores them, and their scales.
struct SourceBlock {
    std::uint8_t codes[32];
    std::uint16_t halves[2]; ///< F16: scale; Pair: scale, offset; Super: d, dmin.
    std::int8_t scales[2];   ///< Super: of columns 0.. and 16..; one of both where groups are 32.
    std::int8_t minima[2];
    float floats[2]; ///< Float: scales of columns 0.. and 16..; one of both where groups are 32.
};

namespace source {

using Byte = std::uint8_t;

__host__ __device__ inline std::uint16_t halfAt(const Byte* bytes) {
    return static_cast<std::uint16_t>(bytes[0] | bytes[1] << 8);
}

} // namespace source

} // namespace hearth::kernels::cuda
