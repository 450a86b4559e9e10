#include "cuda/attention/cached_numbers.cuh"
#include "cuda/attention/row_problem.cuh"
#include "cuda/device/launch.h"
#include "cuda/device/ptx.cuh"

/// The row kernel for any widths: 64 keys at a time, first their scores (a warp a key), then the
/// softmax (a warp a head), then the values (a thread a column).
namespace hearth::kernels::cuda {

namespace {

constexpr int kWarps = kAttentionThreads / 32;
constexpr int kTileKeys = 64;
constexpr std::size_t kMaxSharedBytes = 47 * 1024; // Beside 48 KiB stand the fixed arrays.

std::size_t sharedBytes(std::int32_t keyWidth, std::int32_t valueWidth, int heads) {
    return (std::size_t(keyWidth) + std::size_t(valueWidth) + kTileKeys) * std::size_t(heads) *
           sizeof(float);
}

__device__ float sumOverWarp(float value) {
    for (int offset = 16; offset > 0; offset /= 2)
        value += __shfl_xor_sync(0xffffffffU, value, offset);
    return value;
}

__device__ float maximumOverWarp(float value) {
    for (int offset = 16; offset > 0; offset /= 2)
        value = fmaxf(value, __shfl_xor_sync(0xffffffffU, value, offset));
    return value;
}

template<CacheFormat Format>
__device__ CodeParameters loadParameters(const std::byte* block, std::size_t offset,
                                         std::int32_t row) {
    if constexpr (Format == CacheFormat::I8)
        return unpackParameters(
            *reinterpret_cast<const std::uint32_t*>(block + offset + std::size_t(row) * 4));
    else
        return {};
}

/// Shared memory of a block.
template<int Heads>
struct Shared {
    float* scores = nullptr;            ///< [heads, kTileKeys], weights later.
    float* queries = nullptr;           ///< [heads, keyWidth]
    float* totals = nullptr;            ///< [heads, valueWidth]
    const std::byte** blocks = nullptr; ///< [kTileKeys]
    std::int32_t* cacheRows = nullptr;  ///< [kTileKeys], in their blocks.
    float* maxima = nullptr;            ///< [heads], as what follows.
    float* sums = nullptr;
    float* rescales = nullptr;
};

template<CacheFormat Format, int Heads>
__device__ void multiplyKeys(const AttentionProblem& problem, const Shared<Heads>& shared,
                             int count) {
    const int lane = int(threadIdx.x) % 32;
    const std::int32_t width = problem.keyWidth;
    for (int k = int(threadIdx.x) / 32; k < count; k += kWarps) {
        const std::byte* const block = shared.blocks[k];
        const std::byte* const row =
            block + problem.keyOffset + std::size_t(shared.cacheRows[k]) * problem.keyRowBytes;
        const CodeParameters parameters =
            loadParameters<Format>(block, problem.keyParameterOffset, shared.cacheRows[k]);
        float products[Heads] = {};
        for (std::int32_t i = lane; i < width; i += 32) {
            const float number = loadCached<Format>(row, i, parameters);
#pragma unroll
            for (int h = 0; h < Heads; ++h)
                products[h] = fmaf(shared.queries[h * width + i], number, products[h]);
        }
#pragma unroll
        for (int h = 0; h < Heads; ++h) {
            const float product = sumOverWarp(products[h]);
            if (lane == 0)
                shared.scores[h * kTileKeys + k] = product;
        }
    }
}

/// Turns the scores of keys [first, first + count) into weights; a warp a head.
template<int Heads>
__device__ void weigh(const AttentionProblem& problem, const RowSight& sight,
                      std::int32_t firstHead, std::int32_t heads, std::int32_t first, int count,
                      const Shared<Heads>& shared) {
    const int lane = int(threadIdx.x) % 32;
    for (int h = int(threadIdx.x) / 32; h < heads; h += kWarps) {
        const float slope = problem.slope(firstHead + h);
        float* const scores = shared.scores + h * kTileKeys;
        float own[kTileKeys / 32];
        float maximum = shared.maxima[h];
#pragma unroll
        for (int i = 0; i < kTileKeys / 32; ++i) {
            const int k = i * 32 + lane;
            const std::int32_t key = first + k;
            own[i] = k < count && sight.sees(key)
                         ? problem.bend(scores[k], firstHead + h, slope, sight.position - key)
                         : kMasked;
            maximum = fmaxf(maximum, own[i]);
        }
        maximum = maximumOverWarp(maximum);
        const float base = softmaxBase(maximum);
        float sum = 0.0F;
#pragma unroll
        for (int i = 0; i < kTileKeys / 32; ++i) {
            const float weight = exp2f(own[i] - base);
            scores[i * 32 + lane] = weight;
            sum += weight;
        }
        sum = sumOverWarp(sum);
        const float rescale = exp2f(shared.maxima[h] - base);
        __syncwarp();
        if (lane == 0) {
            shared.rescales[h] = rescale;
            shared.sums[h] = fmaf(shared.sums[h], rescale, sum);
            shared.maxima[h] = maximum;
        }
    }
}

/// totals = totals * rescales + weights · values; a thread a column.
template<CacheFormat Format, int Heads>
__device__ void multiplyValues(const AttentionProblem& problem, const Shared<Heads>& shared,
                               std::int32_t heads, int count) {
    const std::int32_t width = problem.valueWidth;
    for (std::int32_t column = std::int32_t(threadIdx.x); column < width;
         column += kAttentionThreads) {
        float added[Heads] = {};
#pragma unroll 4
        for (int k = 0; k < count; ++k) {
            const std::byte* const block = shared.blocks[k];
            const std::byte* const row = block + problem.valueOffset +
                                         std::size_t(shared.cacheRows[k]) * problem.valueRowBytes;
            const float number = loadCached<Format>(
                row, column,
                loadParameters<Format>(block, problem.valueParameterOffset, shared.cacheRows[k]));
#pragma unroll
            for (int h = 0; h < Heads; ++h)
                added[h] = fmaf(shared.scores[h * kTileKeys + k], number, added[h]);
        }
        for (int h = 0; h < heads; ++h) {
            float& total = shared.totals[h * width + column];
            total = fmaf(total, shared.rescales[h], added[h]);
        }
    }
}

/// Keys [begin, end), in tiles that begin at multiples of their size whatever the piece.
template<CacheFormat Format, int Heads>
__device__ void attendPiece(const AttentionProblem& problem, const RowSight& sight,
                            std::int32_t kvHead, std::int32_t firstHead, std::int32_t heads,
                            std::int32_t begin, std::int32_t end, const Shared<Heads>& shared) {
    const int thread = int(threadIdx.x);
    const std::int32_t* const table = problem.blocksOf(sight.sequence);
    for (std::int32_t i = thread; i < Heads * problem.valueWidth; i += kAttentionThreads)
        shared.totals[i] = 0.0F;
    if (thread < Heads) {
        shared.maxima[thread] = kMasked;
        shared.sums[thread] = 0.0F;
    }
    for (std::int32_t tile = begin / kTileKeys * kTileKeys; tile < end; tile += kTileKeys) {
        const std::int32_t first = max(tile, begin);
        const std::int32_t count = min(tile + kTileKeys, end) - first;
        if (thread < count) {
            const std::int32_t key = first + thread;
            const std::int32_t index = key / problem.blockTokens;
            shared.blocks[thread] = problem.cache + std::size_t(table[index]) * problem.blockBytes;
            shared.cacheRows[thread] = kvHead * problem.blockTokens + key % problem.blockTokens;
        }
        __syncthreads();
        multiplyKeys<Format, Heads>(problem, shared, count);
        __syncthreads();
        weigh<Heads>(problem, sight, firstHead, heads, first, count, shared);
        __syncthreads();
        multiplyValues<Format, Heads>(problem, shared, heads, count);
        __syncthreads();
    }
}

template<CacheFormat Format, int Heads>
__global__ void __launch_bounds__(kAttentionThreads) attendRowsGeneric(const RowProblem problem) {
    waitForPrevious();
    const AttentionProblem& attention = problem.attention;
    HEARTH_DYNAMIC_SHARED(float, memory);
    __shared__ const std::byte* blocks[kTileKeys];
    __shared__ std::int32_t cacheRows[kTileKeys];
    __shared__ float perHead[3 * Heads];
    Shared<Heads> shared;
    shared.scores = memory;
    shared.queries = shared.scores + Heads * kTileKeys;
    shared.totals = shared.queries + Heads * attention.keyWidth;
    shared.blocks = blocks;
    shared.cacheRows = cacheRows;
    shared.maxima = perHead;
    shared.sums = perHead + Heads;
    shared.rescales = perHead + 2 * Heads;

    RowSight sight;
    if (!findSight(attention, problem.rowAt(std::int32_t(blockIdx.x)), sight))
        return;
    const RowPieces pieces = findPieces(problem, sight);
    if (std::int32_t(blockIdx.z) >= pieces.count)
        return;

    const std::int32_t keyWidth = attention.keyWidth;
    const std::int32_t valueWidth = attention.valueWidth;
    const std::int32_t kvHead = std::int32_t(blockIdx.y) / problem.chunks;
    const std::int32_t chunkHead = std::int32_t(blockIdx.y) % problem.chunks * Heads;
    const std::int32_t firstHead = kvHead * attention.group + chunkHead;
    const std::int32_t heads = min(Heads, attention.group - chunkHead);
    for (std::int32_t i = std::int32_t(threadIdx.x); i < Heads * keyWidth; i += kAttentionThreads)
        shared.queries[i] = i < heads * keyWidth
                                ? loadNumber(attention.queries, attention.queryType,
                                             sight.row * attention.queryStride +
                                                 std::int64_t(firstHead) * keyWidth + i) *
                                      attention.scale
                                : 0.0F;
    for (std::int32_t piece = std::int32_t(blockIdx.z); piece < pieces.count;
         piece += std::int32_t(gridDim.z)) {
        const std::int32_t begin = max(sight.from, pieces.begin(piece, sight.from));
        attendPiece<Format, Heads>(attention, sight, kvHead, firstHead, heads, begin,
                                   pieces.end(piece, sight.to), shared);
        __syncthreads();
        for (std::int32_t i = std::int32_t(threadIdx.x); i < heads * valueWidth;
             i += kAttentionThreads) {
            const std::int32_t head = i / valueWidth;
            leaveValue(problem, sight.row, firstHead + head, piece, i % valueWidth,
                       shared.totals[i], shared.maxima[head], shared.sums[head]);
        }
        __syncthreads();
    }
}

template<int Heads>
RowKernel kernelFor(const AttentionParameters& parameters) {
    const std::size_t bytes = sharedBytes(parameters.keyWidth, parameters.valueWidth, Heads);
    switch (parameters.format) {
    case CacheFormat::F32:
        return {attendRowsGeneric<CacheFormat::F32, Heads>, bytes, Heads};
    case CacheFormat::F16:
        return {attendRowsGeneric<CacheFormat::F16, Heads>, bytes, Heads};
    case CacheFormat::BF16:
        return {attendRowsGeneric<CacheFormat::BF16, Heads>, bytes, Heads};
    case CacheFormat::I8:
        return {attendRowsGeneric<CacheFormat::I8, Heads>, bytes, Heads};
    }
    return {};
}

} // namespace

RowKernel genericRowKernel(const AttentionParameters& parameters) {
    const auto fits = [&](int heads) {
        return sharedBytes(parameters.keyWidth, parameters.valueWidth, heads) <= kMaxSharedBytes;
    };
    if (parameters.heads > parameters.kvHeads && fits(4))
        return kernelFor<4>(parameters);
    return fits(1) ? kernelFor<1>(parameters) : RowKernel{};
}

} // namespace hearth::kernels::cuda
