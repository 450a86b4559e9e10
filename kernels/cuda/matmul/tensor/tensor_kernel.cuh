#pragma once

#include "cuda/device/launch.h"
#include "cuda/matmul/tensor/fragments.cuh"
#include "cuda/matmul/tensor/tensor_product.h"

#include <type_traits>

/// Weights are the left operand (16 rows a warp), x the right one (8 rows a column tile), so that
/// one row of x costs a warp hardly more than the loads of its weights.
namespace hearth::kernels::cuda {

inline constexpr int kTensorThreads = kTensorWarps * 32;

/// Neighbouring rows of x.
template<typename T>
struct NeighbourRows {
    const T* first = nullptr;
    std::int64_t stride = 0;

    __device__ const T* row(int m) const { return first + m * stride; }
    /// False: columns lie where they stand.
    __device__ static bool gather(int, std::int64_t, T*) { return false; }
};

/// Begins to copy columns [first, first + stageTiles * 64) of `count` rows of x to shared memory,
/// zeros beyond its last column.
template<typename T, typename X>
__device__ inline void copyStage(const TensorStages& call, const X& x, int count,
                                 std::int64_t first, T* values) {
    const int pieces = call.stageTiles * 8;
    int row = static_cast<int>(threadIdx.x) / pieces;
    int piece = static_cast<int>(threadIdx.x) % pieces;
    while (row < count) {
        const std::int64_t column = first + piece * 8;
        T* to = values + row * call.pitch + piece * 8;
        const T* from = x.row(row) + column;
        if (x.gather(row, column, to)) {
            // All eight are there.
        } else if (column >= call.columns) {
            *reinterpret_cast<uint4*>(to) = make_uint4(0, 0, 0, 0);
        } else if (call.aligned && column + 8 <= call.columns) {
            copyAsync16(to, from, true);
        } else {
#pragma unroll
            for (int i = 0; i < 8; ++i)
                to[i] = column + i < call.columns ? from[i] : fromFloat<T>(0.0F);
        }
        piece += kTensorThreads;
        while (piece >= pieces) {
            piece -= pieces;
            ++row;
        }
    }
    commitCopies();
}

template<typename T, typename F>
__device__ inline void fillTable(const WeightLayout& layout, void* table) {
    if constexpr (F::kTable) {
        T* numbers = static_cast<T*>(table);
        for (int i = static_cast<int>(threadIdx.x); i < 256; i += kTensorThreads) {
            if constexpr (F::kCodes == Codes::Table4) {
                numbers[i * 2] = fromFloat<T>(layout.table[i % 16]);
                numbers[i * 2 + 1] = fromFloat<T>(layout.table[i / 16]);
            } else {
                numbers[i] = fromFloat<T>(layout.table[i]);
            }
        }
    }
}

/// Sums of 16 rows of weights by 8 * kTiles rows of x, as mma16816() lays them out.
template<typename T, typename F, int kTiles>
struct TensorSums {
    float sums[kTiles][4];

    __device__ void clear() {
#pragma unroll
        for (int n = 0; n < kTiles; ++n)
#pragma unroll
            for (int i = 0; i < 4; ++i)
                sums[n][i] = 0.0F;
    }

    /// Adds a tile; `values` are the staged rows from the tile's first column on.
    __device__ void add(const TileFragment<F>& fragment, const DecodeConstants<T, F>& constants,
                        const WeightLayout& layout, const T* values, const int (&rowAt)[kTiles]) {
        const int t = static_cast<int>(threadIdx.x) % 4;
        std::uint32_t a[4][4];
        leftOperands<T, F>(fragment, constants, a);
        // A left operand of ones adds up x, for the offsets.
        constexpr std::uint32_t kOnes = std::is_same_v<T, Half> ? 0x3C003C00U : 0x3F803F80U;
        const std::uint32_t ones[4] = {kOnes, kOnes, kOnes, kOnes};
        float scale[F::kFlushes][2];
        float offset[F::kFlushes][2];
        if constexpr (!F::kPlain) {
#pragma unroll
            for (int f = 0; f < F::kFlushes; ++f)
                scalesFor(fragment, f, layout, scale[f], offset[f]);
        }
#pragma unroll
        for (int n = 0; n < kTiles; ++n) {
            std::uint32_t right[4][2];
            rightOperands<F>(values + rowAt[n], t, right);
            if constexpr (F::kPlain) {
#pragma unroll
                for (int i = 0; i < 4; ++i)
                    mma16816<T>(sums[n], a[i], right[i]);
            } else {
#pragma unroll
                for (int f = 0; f < F::kFlushes; ++f) {
                    float part[4] = {0.0F, 0.0F, 0.0F, 0.0F};
                    float total[4] = {0.0F, 0.0F, 0.0F, 0.0F};
                    constexpr int kSteps = F::kFlush / 16;
#pragma unroll
                    for (int i = f * kSteps; i < (f + 1) * kSteps; ++i) {
                        mma16816<T>(part, a[i], right[i]);
                        if constexpr (F::kOffsets)
                            mma16816<T>(total, ones, right[i]);
                    }
                    flush(sums[n], part, scale[f], offset[f], total);
                }
            }
        }
    }

    /// Scales and offsets, the latter with what decoding left to them.
    __device__ void scalesFor(const TileFragment<F>& fragment, int f, const WeightLayout& layout,
                              float (&scale)[2], float (&offset)[2]) {
        scalesOf<F>(fragment, f, scale, offset);
        float missing = 0.0F;
        if constexpr (F::kCodes == Codes::Bits8 && F::kOffsets)
            missing = static_cast<float>(128 - layout.zero);
        else if constexpr (kBiased<T, F>)
            missing = static_cast<float>(-128 - layout.zero);
        else
            return;
        offset[0] += missing * scale[0];
        offset[1] += missing * scale[1];
    }

    __device__ static void flush(float (&sum)[4], const float (&part)[4], const float (&scale)[2],
                                 const float (&offset)[2], const float (&total)[4]) {
        if constexpr (F::kOffsets) {
            sum[0] += offset[0] * total[0];
            sum[1] += offset[0] * total[1];
            sum[2] += offset[1] * total[0];
            sum[3] += offset[1] * total[1];
        }
        sum[0] += scale[0] * part[0];
        sum[1] += scale[0] * part[1];
        sum[2] += scale[1] * part[2];
        sum[3] += scale[1] * part[3];
    }
};

/// One finished sum.
template<typename T>
__device__ inline void writeSum(const TensorCall& call, std::int64_t m, std::int64_t n, float sum) {
    if (call.splits > 1) {
        call.partials[(blockIdx.z * static_cast<std::int64_t>(call.rows) + m) * call.weights.rows +
                      n] = sum;
        return;
    }
    if (call.bias)
        sum += call.bias[n];
    const std::int64_t at = m * call.outStride + n;
    if (call.floatOut) {
        auto* out = static_cast<float*>(call.out) + at;
        *out = call.accumulate ? *out + sum : sum;
    } else {
        T* out = static_cast<T*>(call.out) + at;
        *out = fromFloat<T>(call.accumulate ? toFloat(*out) + sum : sum);
    }
}

/// Blocks that a multiprocessor holds. More of them hide more of each other's starts and ends than
/// tiles in flight do: on an H100 four blocks and two tiles beat three and four by up to a quarter.
template<typename F>
constexpr int tensorBlocks(int tiles) {
    if (tiles == 1)
        return F::kWords <= 12 ? 4 : F::kWords <= 16 ? 3 : 2;
    return F::kWords > 16 ? 1 : 2;
}

/// Tiles [first, end) of columns of a row of tiles, of which a warp takes every depthWarps-th.
struct TileRun {
    TileRow row;
    int first = 0;
    int end = 0;
    int depth = 0; ///< Which of the depthWarps.
};

template<typename F>
__device__ inline void startTiles(const TensorStages& call, const WeightLayout& layout,
                                  const TileRun& run, TileFragment<F> (&fragments)[kTensorUnroll]) {
#pragma unroll
    for (int d = 0; d < kTensorUnroll; ++d) {
        const int tile = run.first + run.depth + d * call.depthWarps;
        if (tile < run.end)
            loadTile<F>(fragments[d], layout, run.row, tile);
    }
}

/// Sums of a run whose first fragments are on their way; x is there.
template<typename T, typename F, int kTiles, typename X>
__device__ inline void sumTiles(const TensorStages& call, const WeightLayout& layout,
                                const TileRun& run, const X& x, int count, unsigned char* shared,
                                TileFragment<F> (&fragments)[kTensorUnroll],
                                TensorSums<T, F, kTiles>& sums) {
    const int lane = static_cast<int>(threadIdx.x) % 32;
    if (call.buffers == 2)
        copyStage<T>(call, x, count, std::int64_t{run.first} * kTileColumns,
                     reinterpret_cast<T*>(shared));
    void* const table = shared + call.tableOffset;
    fillTable<T, F>(layout, table);
    const DecodeConstants<T, F> constants = decodeConstants<T, F>(layout, table);
    int rowAt[kTiles];
#pragma unroll
    for (int n = 0; n < kTiles; ++n)
        rowAt[n] = min(n * 8 + lane / 4, count - 1) * call.pitch;

    sums.clear();
    unsigned buffer = 0;
    for (int stage = run.first; stage < run.end; stage += call.stageTiles) {
        T* const values = reinterpret_cast<T*>(shared + buffer);
        if (call.buffers == 1) {
            __syncthreads();
            copyStage<T>(call, x, count, std::int64_t{stage} * kTileColumns, values);
        }
        waitCopies<0>();
        __syncthreads();
        if (call.buffers == 2) {
            buffer = call.bufferBytes - buffer;
            if (stage + call.stageTiles < run.end)
                copyStage<T>(call, x, count, std::int64_t{stage + call.stageTiles} * kTileColumns,
                             reinterpret_cast<T*>(shared + buffer));
        }
        for (int local = run.depth; local < call.stageTiles;
             local += kTensorUnroll * call.depthWarps) {
#pragma unroll
            for (int d = 0; d < kTensorUnroll; ++d) {
                const int at = local + d * call.depthWarps;
                const int tile = stage + at;
                if (tile < run.end)
                    sums.add(fragments[d], constants, layout, values + at * 64, rowAt);
                const int next = tile + kTensorUnroll * call.depthWarps;
                if (next < run.end)
                    loadTile<F>(fragments[d], layout, run.row, next);
            }
        }
    }
}

/// Warps that shared out K meet in shared memory; rows are 17 apart to spread over the banks. Calls
/// write(m, r, sum) for row m < count of x and row r of the block's weights.
template<typename T, typename F, int kTiles, typename Write>
__device__ inline void joinSums(const TensorStages& call, const TensorSums<T, F, kTiles>& sums,
                                int count, unsigned char* shared, const Write& write) {
    constexpr int kColumns = kTiles * 8;
    __syncthreads();
    float* const meeting = reinterpret_cast<float*>(shared);
    const int warp = static_cast<int>(threadIdx.x) / 32;
    const int g = static_cast<int>(threadIdx.x) % 32 / 4;
    const int t = static_cast<int>(threadIdx.x) % 4;
#pragma unroll
    for (int n = 0; n < kTiles; ++n)
#pragma unroll
        for (int i = 0; i < 4; ++i)
            meeting[(warp * kColumns + n * 8 + t * 2 + i % 2) * 17 + g + i / 2 * 8] =
                sums.sums[n][i];
    __syncthreads();
    const int blockRows = kTensorWarps / call.depthWarps * 16;
    for (int index = static_cast<int>(threadIdx.x); index < blockRows * count;
         index += kTensorThreads) {
        const int r = index % blockRows;
        const int m = index / blockRows;
        float sum = 0.0F;
        for (int k = 0; k < call.depthWarps; ++k)
            sum += meeting[((r / 16 * call.depthWarps + k) * kColumns + m) * 17 + r % 16];
        write(m, r, sum);
    }
}

template<typename T, typename F, int kTiles>
__global__ void __launch_bounds__(kTensorThreads, tensorBlocks<F>(kTiles))
    tensorProduct(const TensorCall call) {
    HEARTH_DYNAMIC_SHARED(unsigned char, shared);
    constexpr int kColumns = kTiles * 8;
    const WeightLayout& layout = call.weights;

    const int lane = static_cast<int>(threadIdx.x) % 32;
    const int warp = static_cast<int>(threadIdx.x) / 32;
    const int blockTiles = kTensorWarps / call.depthWarps;
    const std::int64_t firstRow = std::int64_t{blockIdx.y} * kColumns;
    const int count = static_cast<int>(min(call.rows - firstRow, std::int64_t{kColumns}));
    const std::int64_t wanted = std::int64_t{blockIdx.x} * blockTiles + warp / call.depthWarps;
    TileRun run;
    run.row = tileRow<F>(layout, min(wanted, (layout.rows - 1) / kTileRows), lane);
    run.first = static_cast<int>(blockIdx.z) * call.tilesPerSplit;
    run.end = min(run.first + call.tilesPerSplit, static_cast<int>(columnTiles(layout)));
    run.depth = warp % call.depthWarps;
    TileFragment<F> fragments[kTensorUnroll];
    startTiles<F>(call, layout, run, fragments);
    // The weights are on their way; x comes from the kernel before.
    waitForPrevious();
    const NeighbourRows<T> x{static_cast<const T*>(call.in) + firstRow * call.inStride,
                             call.inStride};
    TensorSums<T, F, kTiles> sums;
    sumTiles(call, layout, run, x, count, shared, fragments, sums);
    joinSums(call, sums, count, shared, [&](int m, int r, float sum) {
        const std::int64_t n = std::int64_t{blockIdx.x} * (blockTiles * 16) + r;
        if (n < layout.rows)
            writeSum<T>(call, firstRow + m, n, sum);
    });
}

} // namespace hearth::kernels::cuda
