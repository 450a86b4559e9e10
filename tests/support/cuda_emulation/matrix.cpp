#include "cuda_emulation/matrix.h"

#include <cstring>

namespace hearth::kernels::cuda::emulation {

// ptx.cuh of kernels/cuda/device states the layouts.

template<typename T>
void multiplyTiles(void* const* productLanes) {
    auto* const* const lanes = reinterpret_cast<ProductLane* const*>(productLanes);
    float left[16][16];
    float right[16][8];
    for (int lane = 0; lane < kLanes; ++lane) {
        const int group = lane / 4;
        const int pair = 2 * (lane % 4);
        for (int i = 0; i < 4; ++i)
            for (int part = 0; part < 2; ++part)
                left[group + 8 * (i % 2)][pair + 8 * (i / 2) + part] =
                    element<T>(lanes[lane]->a[i], part);
        for (int i = 0; i < 2; ++i)
            for (int part = 0; part < 2; ++part)
                right[pair + 8 * i + part][group] = element<T>(lanes[lane]->b[i], part);
    }
    for (int row = 0; row < 16; ++row) {
        float sums[8] = {};
        for (int k = 0; k < 16; ++k)
            for (int column = 0; column < 8; ++column)
                sums[column] += left[row][k] * right[k][column];
        for (int column = 0; column < 8; ++column)
            lanes[row % 8 * 4 + column / 2]->d[row / 8 * 2 + column % 2] += sums[column];
    }
}
template void multiplyTiles<Half>(void* const*);
template void multiplyTiles<BFloat>(void* const*);

void loadTiles(void* const* matrixLanes) {
    auto* const* const lanes = reinterpret_cast<MatrixLane* const*>(matrixLanes);
    for (int lane = 0; lane < kLanes; ++lane)
        for (int i = 0; i < 4; ++i)
            std::memcpy(&lanes[lane]->registers[i], lanes[8 * i + lane / 4]->row + lane % 4 * 4, 4);
}

void loadTransposedTiles(void* const* matrixLanes) {
    auto* const* const lanes = reinterpret_cast<MatrixLane* const*>(matrixLanes);
    for (int lane = 0; lane < kLanes; ++lane)
        for (int i = 0; i < 4; ++i) {
            std::uint16_t pair[2];
            for (int part = 0; part < 2; ++part)
                std::memcpy(&pair[part], lanes[8 * i + lane % 4 * 2 + part]->row + lane / 4 * 2, 2);
            std::memcpy(&lanes[lane]->registers[i], pair, 4);
        }
}

void requireAligned16(const char* name, const void* address) {
    if (reinterpret_cast<std::uintptr_t>(address) % 16 != 0)
        abortKernel("%s of an address that is no multiple of 16", name);
}

} // namespace hearth::kernels::cuda::emulation
