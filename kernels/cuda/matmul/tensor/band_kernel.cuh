#pragma once

#include "cuda/matmul/tensor/tensor_kernel.cuh"

/// Quantised weights as numbers, for products that take them so.
namespace hearth::kernels::cuda {

template<typename T>
__device__ inline float numberOf(std::uint32_t pair, int i) {
    const auto bits = static_cast<std::uint16_t>(pair >> 16 * i);
    return toFloat(reinterpret_cast<const T&>(bits));
}

/// A block row 16 rows of weights; its warps take tiles in turn.
template<typename T, typename F>
__global__ void __launch_bounds__(kTensorThreads)
    expandTiles(const WeightLayout layout, std::int64_t firstRow, std::int64_t rows, void* out) {
    __shared__ std::uint32_t table[256];
    fillTable<T, F>(layout, table);
    __syncthreads();
    const DecodeConstants<T, F> constants = decodeConstants<T, F>(layout, table);
    const int lane = static_cast<int>(threadIdx.x) % 32;
    const int t = lane % 4;
    const std::int64_t lower = std::int64_t{blockIdx.x} * kTileRows + lane / 4;
    const TileRow row = tileRow<F>(layout, firstRow / kTileRows + blockIdx.x, lane);
    const int tiles = static_cast<int>(columnTiles(layout));
    for (int tile = static_cast<int>(blockIdx.y * kTensorWarps + threadIdx.x / 32); tile < tiles;
         tile += static_cast<int>(gridDim.y) * kTensorWarps) {
        TileFragment<F> fragment;
        loadTile<F>(fragment, layout, row, tile);
#pragma unroll
        for (int b = 0; b < 2; ++b) {
            std::uint32_t pairs[2][4];
            blockPairs<T, F, false>(fragment, b, constants, pairs);
            Packed16<T> numbers[2];
#pragma unroll
            for (int i = 0; i < 8; ++i) {
                float scale[2];
                float offset[2];
                scalesOf<F>(fragment, (b * 32 + i / 4 * 16) / F::kFlush, scale, offset);
#pragma unroll
                for (int r = 0; r < 2; ++r) {
                    if constexpr (F::kCodes == Codes::Bits8)
                        offset[r] += static_cast<float>(128 - layout.zero) * scale[r];
                    numbers[r].values[i] =
                        fromFloat<T>(numberOf<T>(pairs[r][i / 2], i % 2) * scale[r] + offset[r]);
                }
            }
#pragma unroll
            for (int r = 0; r < 2; ++r) {
                T* at =
                    static_cast<T*>(out) + (lower + r * 8) * layout.columns + tile * 64 + b * 32;
                if (lower + r * 8 >= rows)
                    continue;
                if constexpr (F::kHalfGroups) {
                    struct alignas(8) Four {
                        T numbers[4];
                    } fours[2];
#pragma unroll
                    for (int i = 0; i < 8; ++i)
                        fours[i / 4].numbers[i % 4] = numbers[r].values[i];
                    *reinterpret_cast<Four*>(at + t * 4) = fours[0];
                    *reinterpret_cast<Four*>(at + 16 + t * 4) = fours[1];
                } else {
                    *reinterpret_cast<Packed16<T>*>(at + t * 8) = numbers[r];
                }
            }
        }
    }
}

} // namespace hearth::kernels::cuda
