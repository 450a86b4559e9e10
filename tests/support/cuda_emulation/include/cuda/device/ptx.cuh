#pragma once

// Takes the place of kernels/cuda/device/ptx.cuh, which states the layouts.

#include "cuda/device/number.cuh"
#include "cuda_emulation/matrix.h"

#include <cuda_runtime.h>

#include <bit>
#include <cstdint>
#include <type_traits>

namespace hearth::kernels::cuda {

template<typename T>
void mma16816(float (&d)[4], const std::uint32_t (&a)[4], const std::uint32_t (&b)[2]) {
    emulation::ProductLane lane{d, a, b};
    emulation::warpCollective("mma16816", emulation::multiplyTiles<T>, &lane);
}

template<typename T>
std::uint32_t packPair(float low, float high) {
    const T pair[] = {fromFloat<T>(low), fromFloat<T>(high)};
    return std::bit_cast<std::uint32_t>(pair);
}

template<typename T>
std::uint32_t fusedMultiplyAdd2(std::uint32_t a, std::uint32_t b, std::uint32_t c) {
    using emulation::element;
    T sums[2];
    for (int i = 0; i < 2; ++i) {
        // The product of two such numbers is exact in a double.
        const double product = double{element<T>(a, i)} * double{element<T>(b, i)};
        const double sum = product + double{element<T>(c, i)};
        if constexpr (std::is_same_v<T, Half>)
            sums[i] = __double2half(sum);
        else
            sums[i] = __double2bfloat16(sum);
    }
    return std::bit_cast<std::uint32_t>(sums);
}

inline void loadMatrix4(std::uint32_t (&r)[4], const void* shared) {
    emulation::MatrixLane lane{static_cast<const unsigned char*>(shared), r};
    emulation::requireAligned16("loadMatrix4", shared);
    emulation::warpCollective("loadMatrix4", emulation::loadTiles, &lane);
}

inline void loadMatrix4Transposed(std::uint32_t (&r)[4], const void* shared) {
    emulation::MatrixLane lane{static_cast<const unsigned char*>(shared), r};
    emulation::requireAligned16("loadMatrix4Transposed", shared);
    emulation::warpCollective("loadMatrix4Transposed", emulation::loadTransposedTiles, &lane);
}

inline void copyAsync16(void* shared, const void* global, bool valid) {
    emulation::beginCopy16(shared, global, valid);
}

inline void commitCopies() {
    emulation::commitCopyGroup();
}

template<int Pending>
void waitCopies() {
    emulation::waitCopyGroups(Pending);
}

inline void waitForPrevious() {
}

inline uint4 loadStreaming(const void* global) {
    emulation::requireAligned16("loadStreaming", global);
    return *static_cast<const uint4*>(global);
}

} // namespace hearth::kernels::cuda
