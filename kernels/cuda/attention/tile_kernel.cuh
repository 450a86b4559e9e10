#pragma once

#include "cuda/attention/problem.cuh"
#include "cuda/device/launch.h"
#include "cuda/device/ptx.cuh"

/// Prefill on tensor cores (Dao, FlashAttention-2, 2023): 4 warps of 16 query rows each, keys and
/// values in two stages of shared memory. Scores, weights and sums stay in registers: the sums of
/// a product lie as an operand of the next product wants them.
namespace hearth::kernels::cuda {

namespace tile {

constexpr int kTileWarps = kAttentionThreads / 32;
static_assert(kAttentionTileRows == kTileWarps * 16);

struct TileProblem {
    AttentionProblem attention;
    const AttentionTile* tiles = nullptr;
};

/// Rows in shared memory. Those of a multiple of 128 bytes have their 16-byte chunks permuted by
/// the row, others are 16 bytes longer: either way eight rows' chunks lie in different banks.
template<int Width>
struct TileRow {
    static_assert(Width % 16 == 0);
    static constexpr int kChunks = Width / 8;
    static constexpr bool kPermuted = Width % 64 == 0;
    static constexpr int kRow = kPermuted ? Width : Width + 8;

    __device__ static int at(int row, int chunk) {
        return row * kRow + (kPermuted ? chunk ^ (row & 7) : chunk) * 8;
    }
};

/// Shared memory with `Keys` keys and values a stage.
template<int Width, int Keys>
struct TileShape {
    static constexpr int kRow = TileRow<Width>::kRow;
    static constexpr int kPart = Keys * kRow; ///< Keys or values of a stage.
    /// Else they are read anew for every stage: registers would not do.
    static constexpr bool kQueriesInRegisters = Width <= 128;
    /// Queries that go to registers pass through the second stage.
    static constexpr std::size_t kSharedBytes =
        2 * (4 * std::size_t(kPart) +
             (kQueriesInRegisters ? 0 : std::size_t(kAttentionTileRows) * kRow));
    static_assert(2 * Keys >= kAttentionTileRows);
    static_assert(Keys % 16 == 0 && Keys * (Width / 8) % kAttentionThreads == 0);
};

/// The keys that the rows of a tile see.
struct TileSight {
    std::int32_t firstSlot = 0; ///< Of the first row.
    std::int32_t lastSlot = 0;
    std::int32_t from = 0; ///< Of any row.
    std::int32_t to = 0;
    std::int32_t stored = 0;
    std::int32_t context = 0;

    __device__ bool seenByAll(const AttentionProblem& problem, std::int32_t begin,
                              std::int32_t end) const {
        bool all = begin >= from && end <= (problem.causal ? firstSlot + 1 : to);
        if (problem.window > 0) {
            all = all && begin > lastSlot - problem.window;
            if (!problem.causal)
                all = all && end <= firstSlot + problem.window;
        }
        return all;
    }
    __device__ bool sees(const AttentionProblem& problem, std::int32_t slot,
                         std::int32_t key) const {
        const std::int32_t window = problem.window > 0 ? problem.window : context + 1;
        return key >= from && key < to && key > slot - window &&
               (problem.causal ? key <= slot : key < slot + window);
    }
};

__device__ inline TileSight findTileSight(const AttentionProblem& problem,
                                          const AttentionTile& tile) {
    TileSight sight;
    sight.firstSlot = problem.step.slots[tile.firstRow];
    sight.lastSlot = sight.firstSlot + tile.rows - 1;
    sight.context = problem.contextOf(tile.sequence);
    sight.stored = problem.storedFrom(tile.sequence);
    sight.from = sight.stored;
    sight.to = problem.causal ? sight.lastSlot + 1 : sight.context;
    if (problem.window > 0) {
        sight.from = max(sight.from, sight.firstSlot + 1 - problem.window);
        if (!problem.causal)
            sight.to = min(sight.to, sight.lastSlot + problem.window);
    }
    return sight;
}

/// Where a key's row begins, from the part's own offset; -1 if no row of the tile sees it.
__device__ inline std::int64_t keyOffset(const AttentionProblem& problem, const TileSight& sight,
                                         const std::int32_t* blocks, std::int32_t kvHead,
                                         std::int32_t key) {
    if (key < sight.from || key >= sight.to)
        return -1;
    const std::int32_t index = key / problem.blockTokens;
    const std::int32_t row = kvHead * problem.blockTokens + key - index * problem.blockTokens;
    return std::int64_t(blocks[index]) * std::int64_t(problem.blockBytes) +
           std::int64_t(row) * std::int64_t(problem.keyRowBytes);
}

template<typename T, int Width>
__device__ inline void copyQueries(const AttentionProblem& problem, const AttentionTile& tile,
                                   std::int32_t head, T* shared) {
    using S = TileRow<Width>;
    const T* const queries = static_cast<const T*>(problem.queries) +
                             tile.firstRow * problem.queryStride + std::int64_t(head) * Width;
    // A view's offset may be any: only aligned rows can be copied by 16 bytes.
    const bool aligned = (reinterpret_cast<std::uintptr_t>(queries) |
                          std::uintptr_t(problem.queryStride * std::int64_t(sizeof(T)))) %
                             16 ==
                         0;
    for (int i = int(threadIdx.x); i < kAttentionTileRows * S::kChunks; i += kAttentionThreads) {
        const int row = i / S::kChunks;
        const int chunk = i % S::kChunks;
        const bool valid = row < tile.rows;
        const T* const from = queries + (valid ? row * problem.queryStride : 0) + chunk * 8;
        T* const to = shared + S::at(row, chunk);
        if (aligned) {
            copyAsync16(to, from, valid);
        } else {
            for (int j = 0; j < 8; ++j)
                to[j] = valid ? from[j] : fromFloat<T>(0.0F);
        }
    }
}

template<int Width, int Keys, typename T>
__device__ inline void copyStage(const AttentionProblem& problem, const std::int64_t* offsets,
                                 T* keys, T* values) {
    using S = TileRow<Width>;
#pragma unroll
    for (int i = 0; i < Keys * S::kChunks / kAttentionThreads; ++i) {
        const int index = int(threadIdx.x) + i * kAttentionThreads;
        const int row = index / S::kChunks;
        const int chunk = index % S::kChunks;
        const std::int64_t offset = offsets[row];
        const bool valid = offset >= 0;
        const std::byte* const from = problem.cache + (valid ? offset : 0) + chunk * 16;
        copyAsync16(keys + S::at(row, chunk), from + problem.keyOffset, valid);
        copyAsync16(values + S::at(row, chunk), from + problem.valueOffset, valid);
    }
}

/// The operand of rows [16 warp, 16 warp + 16) and columns [16 step, 16 step + 16).
template<int Width, typename T>
__device__ inline void loadQueryOperand(std::uint32_t (&operand)[4], const T* queries, int step) {
    using S = TileRow<Width>;
    const int lane = int(threadIdx.x) % 32;
    const int row = int(threadIdx.x) / 32 * 16 + lane % 16;
    loadMatrix4(operand, queries + S::at(row, 2 * step + lane / 16));
}

/// scores[n][..] += queries · keys [8 n, 8 n + 8) over columns [16 step, 16 step + 16).
template<typename T, int Width, int Keys>
__device__ inline void multiplyKeys(const std::uint32_t (&queries)[4], const T* keys, int step,
                                    float (&scores)[Keys / 8][4]) {
    using S = TileRow<Width>;
    const int lane = int(threadIdx.x) % 32;
#pragma unroll
    for (int n = 0; n < Keys / 16; ++n) {
        std::uint32_t both[4];
        const int row = n * 16 + lane / 16 * 8 + lane % 8;
        loadMatrix4(both, keys + S::at(row, 2 * step + lane / 8 % 2));
        mma16816<T>(scores[2 * n], queries, {both[0], both[1]});
        mma16816<T>(scores[2 * n + 1], queries, {both[2], both[3]});
    }
}

/// totals += weights · values.
template<typename T, int Width, int Keys>
__device__ inline void multiplyValues(const float (&weights)[Keys / 8][4], const T* values,
                                      float (&totals)[Width / 8][4]) {
    using S = TileRow<Width>;
    const int lane = int(threadIdx.x) % 32;
#pragma unroll
    for (int k = 0; k < Keys / 16; ++k) {
        const float(&a)[4] = weights[2 * k];
        const float(&b)[4] = weights[2 * k + 1];
        const std::uint32_t operand[4] = {packPair<T>(a[0], a[1]), packPair<T>(a[2], a[3]),
                                          packPair<T>(b[0], b[1]), packPair<T>(b[2], b[3])};
#pragma unroll
        for (int n = 0; n < Width / 16; ++n) {
            std::uint32_t both[4];
            loadMatrix4Transposed(both, values + S::at(k * 16 + lane % 16, 2 * n + lane / 16));
            mma16816<T>(totals[2 * n], operand, {both[0], both[1]});
            mma16816<T>(totals[2 * n + 1], operand, {both[2], both[3]});
        }
    }
}

__device__ inline float maximumOfFour(float value) {
    value = fmaxf(value, __shfl_xor_sync(0xffffffffU, value, 1));
    return fmaxf(value, __shfl_xor_sync(0xffffffffU, value, 2));
}

__device__ inline float sumOfFour(float value) {
    value += __shfl_xor_sync(0xffffffffU, value, 1);
    return value + __shfl_xor_sync(0xffffffffU, value, 2);
}

/// The two rows of a lane, 8 apart.
struct LaneRows {
    std::int32_t slots[2] = {};
    std::int32_t positions[2] = {};
    float maxima[2] = {kMasked, kMasked};
    float sums[2] = {0.0F, 0.0F}; ///< Over the lane's own columns.
};

/// Turns products into weights, and brings the totals so far to the new maxima.
template<int Width, int Keys>
__device__ inline void weigh(const AttentionProblem& problem, const TileSight& sight,
                             std::int32_t firstKey, std::int32_t head, float slope, LaneRows& rows,
                             float (&scores)[Keys / 8][4], float (&totals)[Width / 8][4]) {
    const std::int32_t column = firstKey + std::int32_t(threadIdx.x) % 4 * 2;
    const bool all = sight.seenByAll(problem, firstKey, firstKey + Keys);
    const bool bent = problem.softcap > 0.0F || problem.alibi || problem.positionBias;
    float maxima[2] = {rows.maxima[0], rows.maxima[1]};
#pragma unroll
    for (int n = 0; n < Keys / 8; ++n)
#pragma unroll
        for (int i = 0; i < 4; ++i) {
            float score = scores[n][i] * problem.scale;
            const std::int32_t key = column + n * 8 + i % 2;
            if (bent)
                score = problem.bend(score, head, slope, rows.positions[i / 2] - key);
            if (!all && !sight.sees(problem, rows.slots[i / 2], key))
                score = kMasked;
            scores[n][i] = score;
            maxima[i / 2] = fmaxf(maxima[i / 2], score);
        }
    float bases[2];
    float rescales[2];
#pragma unroll
    for (int i = 0; i < 2; ++i) {
        maxima[i] = maximumOfFour(maxima[i]);
        bases[i] = softmaxBase(maxima[i]);
        rescales[i] = exp2f(rows.maxima[i] - bases[i]);
        rows.maxima[i] = maxima[i];
        rows.sums[i] *= rescales[i];
    }
#pragma unroll
    for (int n = 0; n < Keys / 8; ++n)
#pragma unroll
        for (int i = 0; i < 4; ++i) {
            scores[n][i] = exp2f(scores[n][i] - bases[i / 2]);
            rows.sums[i / 2] += scores[n][i];
        }
#pragma unroll
    for (int n = 0; n < Width / 8; ++n)
#pragma unroll
        for (int i = 0; i < 4; ++i)
            totals[n][i] *= rescales[i / 2];
}

template<typename T, int Width>
__device__ inline void storeTile(const AttentionProblem& problem, const AttentionTile& tile,
                                 std::int32_t head, const LaneRows& rows,
                                 const float (&totals)[Width / 8][4]) {
    const int lane = int(threadIdx.x) % 32;
    T* const out = static_cast<T*>(problem.out) + tile.firstRow * problem.outStride +
                   std::int64_t(head) * Width;
    const bool paired = (reinterpret_cast<std::uintptr_t>(out) |
                         std::uintptr_t(problem.outStride * std::int64_t(sizeof(T)))) %
                            4 ==
                        0;
#pragma unroll
    for (int i = 0; i < 2; ++i) {
        const float factor = problem.finalFactor(rows.maxima[i], sumOfFour(rows.sums[i]), head);
        const int row = int(threadIdx.x) / 32 * 16 + lane / 4 + i * 8;
        if (row >= tile.rows)
            continue;
        T* const to = out + row * problem.outStride + lane % 4 * 2;
#pragma unroll
        for (int n = 0; n < Width / 8; ++n) {
            const float low = totals[n][2 * i] * factor;
            const float high = totals[n][2 * i + 1] * factor;
            if (paired) {
                *reinterpret_cast<std::uint32_t*>(to + n * 8) = packPair<T>(low, high);
            } else {
                to[n * 8] = fromFloat<T>(low);
                to[n * 8 + 1] = fromFloat<T>(high);
            }
        }
    }
}

template<typename T, int Width, int Keys>
__global__ void __launch_bounds__(kAttentionThreads) attendTile(const TileProblem problem) {
    using S = TileShape<Width, Keys>;
    const AttentionProblem& attention = problem.attention;
    HEARTH_DYNAMIC_SHARED(T, shared); // [2][keys, values], queries
    __shared__ std::int64_t offsets[2][Keys];

    // Later tiles see more keys: they come first, so that the last blocks to start are short.
    const AttentionTile tile = problem.tiles[gridDim.y - 1 - blockIdx.y];
    if (tile.sequence < 0)
        return;
    const auto head = std::int32_t(blockIdx.x);
    const std::int32_t kvHead = head / attention.group;
    const int thread = int(threadIdx.x);
    const TileSight sight = findTileSight(attention, tile);
    const std::int32_t* const blocks = attention.blocksOf(tile.sequence);
    const std::int32_t begin = sight.from / Keys * Keys;

    for (int i = thread; i < 2 * Keys; i += kAttentionThreads)
        offsets[i / Keys][i % Keys] = keyOffset(attention, sight, blocks, kvHead, begin + i);
    __syncthreads();
    T* const queries = shared + (S::kQueriesInRegisters ? 2 : 4) * S::kPart;
    copyQueries<T, Width>(attention, tile, head, queries);
    copyStage<Width, Keys>(attention, offsets[0], shared, shared + S::kPart);
    commitCopies();
    waitCopies<0>();
    __syncthreads();

    std::uint32_t operands[S::kQueriesInRegisters ? Width / 16 : 1][4];
    if constexpr (S::kQueriesInRegisters) {
#pragma unroll
        for (int step = 0; step < Width / 16; ++step)
            loadQueryOperand<Width>(operands[step], queries, step);
        __syncthreads(); // The stage they lie in is filled next.
    }

    LaneRows rows;
#pragma unroll
    for (int i = 0; i < 2; ++i) {
        const int row = thread / 32 * 16 + thread % 32 / 4 + i * 8;
        rows.slots[i] = sight.firstSlot + row;
        rows.positions[i] = attention.step.positions[tile.firstRow + min(row, tile.rows - 1)];
    }
    const float slope = attention.slope(head);
    float totals[Width / 8][4];
#pragma unroll
    for (int n = 0; n < Width / 8; ++n)
#pragma unroll
        for (int i = 0; i < 4; ++i)
            totals[n][i] = 0.0F;

    int stage = 0;
    for (std::int32_t firstKey = begin; firstKey < sight.to; firstKey += Keys, stage ^= 1) {
        T* const keys = shared + stage * 2 * S::kPart;
        if (firstKey + Keys < sight.to) {
            T* const next = shared + (stage ^ 1) * 2 * S::kPart;
            copyStage<Width, Keys>(attention, offsets[stage ^ 1], next, next + S::kPart);
        }
        commitCopies();
        std::int64_t nextOffset = -1;
        if (thread < Keys)
            nextOffset = keyOffset(attention, sight, blocks, kvHead, firstKey + 2 * Keys + thread);

        float scores[Keys / 8][4];
#pragma unroll
        for (int n = 0; n < Keys / 8; ++n)
#pragma unroll
            for (int i = 0; i < 4; ++i)
                scores[n][i] = 0.0F;
#pragma unroll
        for (int step = 0; step < Width / 16; ++step) {
            if constexpr (!S::kQueriesInRegisters)
                loadQueryOperand<Width>(operands[0], queries, step);
            multiplyKeys<T, Width, Keys>(operands[S::kQueriesInRegisters ? step : 0], keys, step,
                                         scores);
        }
        weigh<Width, Keys>(attention, sight, firstKey, head, slope, rows, scores, totals);
        multiplyValues<T, Width, Keys>(scores, keys + S::kPart, totals);

        if (thread < Keys)
            offsets[stage][thread] = nextOffset;
        waitCopies<0>();
        __syncthreads();
    }
    storeTile<T, Width>(attention, tile, head, rows, totals);
}

} // namespace tile

} // namespace hearth::kernels::cuda
