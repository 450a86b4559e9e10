#pragma once

#include "cuda/device/ptx.cuh"
#include "cuda/matmul/group_tile.cuh"
#include "cuda/matmul/tensor/tensor_kernel.cuh"

/// Grouped products on tensor cores: a block takes one tile of a group's rows of x and as many rows
/// of its weights as in a product of one matrix.
namespace hearth::kernels::cuda {

/// The rows of x that a tile of a group has.
template<typename T>
struct RoutedRows {
    const GroupedRows& all;
    GroupTile tile;
    const std::int32_t* order; ///< The entry's, [columns] or nullptr.
    std::int64_t columns;      ///< Of the entry.

    __device__ const T* row(int m) const {
        return static_cast<const T*>(all.in.data) + sourceRow(all, tile, m) * all.in.stride +
               tile.group * all.inGroup;
    }
    /// Eight columns, if they lie elsewhere.
    __device__ bool gather(int m, std::int64_t column, T* to) const {
        if (!order)
            return false;
        const T* const from = row(m);
#pragma unroll
        for (int i = 0; i < 8; ++i) {
            const std::int32_t source = column + i < columns ? order[column + i] : -1;
            to[i] = source < 0 ? fromFloat<T>(0.0F) : from[source];
        }
        return true;
    }
};

template<typename T, typename F, int kTiles>
__global__ void __launch_bounds__(kTensorThreads, tensorBlocks<F>(kTiles))
    tensorGroups(const TensorGroups call) {
    HEARTH_DYNAMIC_SHARED(unsigned char, shared);
    waitForPrevious();
    GroupTile tile;
    if (!findGroupTile(call.rows, kTiles * 8, static_cast<std::int32_t>(blockIdx.x), tile))
        return;
    const GroupEntry& entry = call.rows.entries[tile.group];
    const WeightLayout layout = entry.layout;
    const int blockTiles = kTensorWarps / call.depthWarps;
    const std::int64_t firstTile = std::int64_t{blockIdx.y} * blockTiles;
    if (!layout.data || firstTile * kTileRows >= layout.rows)
        return;
    const int lane = static_cast<int>(threadIdx.x) % 32;
    const int warp = static_cast<int>(threadIdx.x) / 32;
    TileRun run;
    run.row = tileRow<F>(
        layout, min(firstTile + warp / call.depthWarps, (layout.rows - 1) / kTileRows), lane);
    run.end = static_cast<int>(columnTiles(layout));
    run.depth = warp % call.depthWarps;
    TileFragment<F> fragments[kTensorUnroll];
    startTiles<F>(call, layout, run, fragments);
    const RoutedRows<T> x{call.rows, tile, layout.order, layout.columns};
    TensorSums<T, F, kTiles> sums;
    sumTiles(call, layout, run, x, tile.count, shared, fragments, sums);
    joinSums(call, sums, tile.count, shared, [&](int m, int r, float sum) {
        const std::int64_t n = firstTile * kTileRows + r - entry.skip;
        if (n < 0 || n >= layout.rows - entry.skip)
            return;
        if (entry.bias)
            sum += entry.bias[n];
        const std::int64_t at = targetRow(call.rows, tile, m) * call.rows.out.stride +
                                tile.group * call.rows.outGroup + entry.firstColumn + n;
        if (call.floatOut)
            static_cast<float*>(call.rows.out.data)[at] = sum;
        else
            static_cast<T*>(call.rows.out.data)[at] = fromFloat<T>(sum);
    });
}

} // namespace hearth::kernels::cuda
