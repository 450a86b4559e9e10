#pragma once

#include "cuda/device/number.cuh"
#include "cuda_emulation/execution.h"
#include "hearth/kernels/half.h"

#include <cstdint>
#include <type_traits>

/// What a warp does with the operands of its lanes in mma and ldmatrix.
namespace hearth::kernels::cuda::emulation {

/// One of two packed numbers.
template<typename T>
float element(std::uint32_t pair, int index) {
    static_assert(std::is_same_v<T, Half> || std::is_same_v<T, BFloat>);
    const auto bits = static_cast<std::uint16_t>(pair >> (16 * index));
    return std::is_same_v<T, Half> ? f16ToF32(bits) : bf16ToF32(bits);
}

struct ProductLane {
    float* d;
    const std::uint32_t* a;
    const std::uint32_t* b;
};
template<typename T>
void multiplyTiles(void* const* productLanes);
extern template void multiplyTiles<Half>(void* const*);
extern template void multiplyTiles<BFloat>(void* const*);

struct MatrixLane {
    const unsigned char* row;
    std::uint32_t* registers;
};
void loadTiles(void* const* matrixLanes);
void loadTransposedTiles(void* const* matrixLanes);

void requireAligned16(const char* name, const void* address);

} // namespace hearth::kernels::cuda::emulation
