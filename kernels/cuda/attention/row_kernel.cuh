#pragma once

#include "cuda/attention/cached_numbers.cuh"
#include "cuda/attention/row_problem.cuh"
#include "cuda/device/launch.h"
#include "cuda/device/ptx.cuh"

/// The row kernel for the usual widths. 8, 16 or 32 neighbouring lanes hold one key, 8 numbers
/// each, so that a warp reads whole rows, one after another, 16 bytes a lane; each lane has the
/// loads of four keys and four values under way at a time. Every such run of lanes has a softmax
/// and sums of its own until the end of the piece: the loop needs no barrier between warps.
namespace hearth::kernels::cuda {

namespace row {

inline constexpr int kWarps = kAttentionThreads / 32;
inline constexpr int kUnroll = 4; ///< Keys a lane and step.

template<CacheFormat Format, int Width, int Heads>
struct Shape {
    static_assert(Width % 8 == 0 && Width <= 256);
    static constexpr int kLanes = Width <= 64 ? 8 : Width <= 128 ? 16 : 32; ///< Of a key.
    static constexpr int kKeys = 32 / kLanes;         ///< Keys side by side in a warp.
    static constexpr int kStepKeys = kKeys * kUnroll; ///< Of a warp.
    static constexpr int kPadded = kLanes * 8;
    static constexpr int kStates = kWarps * kKeys;
    /// Scores of a lane's key run: spread over its lanes, kOwn on each, or one score on kCopies.
    static constexpr int kScores = Heads * kUnroll;
    static constexpr int kOwn = kScores > kLanes ? kScores / kLanes : 1;
    static constexpr int kCopies = kScores < kLanes ? kLanes / kScores : 1;
    static constexpr int kLanesPerHead = kLanes / Heads;
    static constexpr std::size_t kRowBytes = Width * Raw8<Format>::kBytes / 8;

    // Shared memory, in floats.
    static constexpr int kQueries = Heads * kPadded;
    static constexpr int kValues = kStates * Heads * Width;
    static constexpr int kPerState = kStates * Heads; ///< Maxima, sums, factors.
    static constexpr int kWeights = kStates * kScores;
    static constexpr std::size_t kSharedBytes =
        sizeof(float) * (kQueries + kValues + kWeights + 4 * kPerState);
    static_assert(kSharedBytes + 64 <= 48 * 1024); // The rest is for static variables.
};

/// Sums each of `values` over a run of `Lanes` lanes. What remains: with Count >= Lanes, sums
/// lane * Count / Lanes and on in the first places; else sum lane * Count / Lanes, on several
/// lanes. Halving what each lane goes on with takes Count exchanges rather than Count * log(Lanes).
template<int Count, int Lanes, int Total>
__device__ inline void spreadSums(float (&values)[Total], int lane) {
    if constexpr (Lanes > 1 && Count > 1) {
        constexpr int kHalf = Count / 2;
        const bool upper = (lane & (Lanes / 2)) != 0;
#pragma unroll
        for (int i = 0; i < kHalf; ++i) {
            const float sent = upper ? values[i] : values[i + kHalf];
            const float kept = upper ? values[i + kHalf] : values[i];
            values[i] = kept + __shfl_xor_sync(0xffffffffU, sent, Lanes / 2);
        }
        spreadSums<kHalf, Lanes / 2>(values, lane);
    } else if constexpr (Lanes > 1) {
        values[0] += __shfl_xor_sync(0xffffffffU, values[0], Lanes / 2);
        spreadSums<1, Lanes / 2>(values, lane);
    }
}

/// Where a block's keys and values lie.
struct Source {
    const std::byte* cache;
    const std::int32_t* blocks;
    std::int32_t kvHead;
};

/// A warp's next keys in their cached form.
template<CacheFormat Format, int Width, int Heads>
struct Step {
    using S = Shape<Format, Width, Heads>;

    /// Keys below `from` or from `end` on are read as the nearest key that is seen: whatever lies
    /// in their place may never have been written, or be gone.
    __device__ void load(const AttentionProblem& problem, const Source& source,
                         std::int32_t blockIndex, std::int32_t block, std::int32_t begin,
                         std::int32_t from, std::int32_t end, int lane) {
        const std::int32_t firstSlot = blockIndex * problem.blockTokens;
        const std::byte* const base = source.cache + std::size_t(block) * problem.blockBytes;
        const int column = min(lane % S::kLanes, Width / 8 - 1);
        std::size_t slots[kUnroll];
#pragma unroll
        for (int u = 0; u < kUnroll; ++u) {
            const std::int32_t key =
                min(max(begin + u * S::kKeys + lane / S::kLanes, from), end - 1);
            slots[u] = std::size_t(source.kvHead * problem.blockTokens + (key - firstSlot));
        }
#pragma unroll
        for (int u = 0; u < kUnroll; ++u)
            keys[u].load(base + problem.keyOffset + slots[u] * S::kRowBytes +
                         column * Raw8<Format>::kBytes);
#pragma unroll
        for (int u = 0; u < kUnroll; ++u)
            values[u].load(base + problem.valueOffset + slots[u] * S::kRowBytes +
                           column * Raw8<Format>::kBytes);
        if constexpr (Format == CacheFormat::I8) {
#pragma unroll
            for (int u = 0; u < kUnroll; ++u) {
                keyParameters[u] = __ldg(reinterpret_cast<const std::uint32_t*>(
                    base + problem.keyParameterOffset + slots[u] * 4));
                valueParameters[u] = __ldg(reinterpret_cast<const std::uint32_t*>(
                    base + problem.valueParameterOffset + slots[u] * 4));
            }
        }
    }
    __device__ void unpackKey(int u, float (&out)[8]) const {
        if constexpr (Format == CacheFormat::I8)
            keys[u].unpack(out, unpackParameters(keyParameters[u]));
        else
            keys[u].unpack(out, {});
    }
    __device__ void unpackValue(int u, float (&out)[8]) const {
        if constexpr (Format == CacheFormat::I8)
            values[u].unpack(out, unpackParameters(valueParameters[u]));
        else
            values[u].unpack(out, {});
    }

    Raw8<Format> keys[kUnroll];
    Raw8<Format> values[kUnroll];
    std::uint32_t keyParameters[Format == CacheFormat::I8 ? kUnroll : 1];
    std::uint32_t valueParameters[Format == CacheFormat::I8 ? kUnroll : 1];
};

/// scores[head * kUnroll + u] = this lane's part of the product of head and key u.
template<CacheFormat Format, int Width, int Heads>
__device__ inline void multiplyKeys(const Step<Format, Width, Heads>& step, const float* queries,
                                    int lane, float (&scores)[Heads * kUnroll]) {
    using S = Shape<Format, Width, Heads>;
    float keys[kUnroll][8];
#pragma unroll
    for (int u = 0; u < kUnroll; ++u)
        step.unpackKey(u, keys[u]);
#pragma unroll
    for (int h = 0; h < Heads; ++h) {
        // Four and four numbers apart: neighbouring lanes read neighbouring 16 bytes.
        const float4* const query = reinterpret_cast<const float4*>(queries + h * S::kPadded);
        const float4 a = query[lane % S::kLanes];
        const float4 b = query[S::kLanes + lane % S::kLanes];
#pragma unroll
        for (int u = 0; u < kUnroll; ++u) {
            const float(&k)[8] = keys[u];
            float sum = a.x * k[0];
            sum = fmaf(a.y, k[1], sum);
            sum = fmaf(a.z, k[2], sum);
            sum = fmaf(a.w, k[3], sum);
            sum = fmaf(b.x, k[4], sum);
            sum = fmaf(b.y, k[5], sum);
            sum = fmaf(b.z, k[6], sum);
            scores[h * kUnroll + u] = fmaf(b.w, k[7], sum);
        }
    }
}

/// Shared memory of a block.
template<typename S, int Heads>
struct Shared {
    __device__ explicit Shared(float* memory)
        : queries(memory)
        , values(queries + S::kQueries)
        , weights(values + S::kValues)
        , factors(weights + S::kWeights)
        , maxima(factors + S::kPerState)
        , sums(maxima + S::kPerState)
        , rescales(sums + S::kPerState) {}

    float* queries; ///< [heads, 2, lanes, 4]: halves of eight columns apart.
    float* values;  ///< [states, heads, width]
    float* weights; ///< [states, heads, kUnroll]
    float* factors; ///< [states, heads], as what follows.
    float* maxima;
    float* sums;
    float* rescales;
};

/// What a block and a lane of it work on.
template<typename S, int Heads>
struct Place {
    __device__ explicit Place(const RowProblem& problem)
        : lane(int(threadIdx.x) % 32)
        , runLane(lane % S::kLanes)
        , state(int(threadIdx.x) / 32 * S::kKeys + lane / S::kLanes)
        , ownHead(runLane / S::kLanesPerHead)
        , ownKey(runLane * S::kScores / S::kLanes % kUnroll)
        , kvHead(std::int32_t(blockIdx.y) / problem.chunks) {
        const std::int32_t chunkHead = std::int32_t(blockIdx.y) % problem.chunks * Heads;
        firstHead = kvHead * problem.attention.group + chunkHead;
        heads = min(Heads, problem.attention.group - chunkHead);
        slope = ownHead < heads ? problem.attention.slope(firstHead + ownHead) : 0.0F;
    }
    /// The head by which scores on this lane are bent; those beyond the last count nothing.
    __device__ std::int32_t bentHead() const { return firstHead + min(ownHead, heads - 1); }

    int lane;
    int runLane; ///< Within the lanes of a key.
    int state;   ///< Which softmax of the block.
    int ownHead; ///< The head whose scores come to this lane, and the first of its keys.
    int ownKey;
    std::int32_t kvHead;
    std::int32_t firstHead;
    std::int32_t heads;
    float slope; ///< Of ownHead.
};

template<typename S, int Width, int Heads>
__device__ inline void loadQueries(const AttentionProblem& problem, const RowSight& sight,
                                   const Place<S, Heads>& place, float* queries) {
    for (int i = int(threadIdx.x); i < S::kQueries; i += kAttentionThreads) {
        const int head = i / S::kPadded;
        const int column = i % S::kPadded;
        float query = 0.0F;
        if (column < Width && head < place.heads)
            query = loadNumber(problem.queries, problem.queryType,
                               sight.row * problem.queryStride +
                                   std::int64_t(place.firstHead + head) * Width + column) *
                    problem.scale;
        queries[head * S::kPadded + column % 8 / 4 * (S::kPadded / 2) + column / 8 * 4 +
                column % 4] = query;
    }
}

/// A lane's share of the running softmax: that of one head over the keys of its run of lanes.
struct Softmax {
    float maximum = kMasked;
    float sum = 0.0F; ///< Of the weights on this lane.
};

/// Turns the scores on this lane into weights, for all lanes to read. True if a lane's maximum
/// rose: sums so far must be rescaled.
template<typename S, int Heads>
__device__ inline bool weigh(const AttentionProblem& problem, const RowSight& sight,
                             const Place<S, Heads>& place, std::int32_t first, std::int32_t end,
                             float (&scores)[S::kScores], Softmax& softmax,
                             const Shared<S, Heads>& shared) {
    float maximum = softmax.maximum;
#pragma unroll
    for (int i = 0; i < S::kOwn; ++i) {
        const std::int32_t key = first + (place.ownKey + i) * S::kKeys + place.lane / S::kLanes;
        scores[i] = key < end && sight.sees(key) ? problem.bend(scores[i], place.bentHead(),
                                                                place.slope, sight.position - key)
                                                 : kMasked;
        maximum = fmaxf(maximum, scores[i]);
    }
#pragma unroll
    for (int offset = S::kLanesPerHead / 2; offset >= S::kCopies; offset /= 2)
        maximum = fmaxf(maximum, __shfl_xor_sync(0xffffffffU, maximum, offset));
    const float base = softmaxBase(maximum);
    const float rescale = exp2f(softmax.maximum - base);
    const bool rose = maximum != softmax.maximum;
    softmax.maximum = maximum;
    softmax.sum *= rescale;
    float* const weights =
        shared.weights + place.state * S::kScores + place.ownHead * kUnroll + place.ownKey;
#pragma unroll
    for (int i = 0; i < S::kOwn; ++i) {
        const float weight = exp2f(scores[i] - base);
        softmax.sum += weight;
        if (place.runLane % S::kCopies == 0)
            weights[i] = weight;
    }
    if (place.runLane % S::kLanesPerHead == 0)
        shared.rescales[place.state * Heads + place.ownHead] = rescale;
    const bool anyRose = __any_sync(0xffffffffU, rose);
    __syncwarp();
    return anyRose;
}

/// totals += weights · values, for the lane's eight columns.
template<CacheFormat Format, int Width, int Heads>
__device__ inline void multiplyValues(const Step<Format, Width, Heads>& step, const float* weights,
                                      float (&totals)[Heads][8]) {
    float4 shares[Heads];
#pragma unroll
    for (int h = 0; h < Heads; ++h)
        shares[h] = reinterpret_cast<const float4*>(weights)[h];
#pragma unroll
    for (int u = 0; u < kUnroll; ++u) {
        float value[8];
        step.unpackValue(u, value);
#pragma unroll
        for (int h = 0; h < Heads; ++h) {
            const float4& four = shares[h];
            const float share = u == 0 ? four.x : u == 1 ? four.y : u == 2 ? four.z : four.w;
#pragma unroll
            for (int i = 0; i < 8; ++i)
                totals[h][i] = fmaf(share, value[i], totals[h][i]);
        }
    }
}

/// A warp's keys of [begin, end), and their results to shared memory.
template<CacheFormat Format, int Width, int Heads, typename S = Shape<Format, Width, Heads>>
__device__ inline void attendPiece(const AttentionProblem& problem, const RowSight& sight,
                                   const Place<S, Heads>& place, const Source& source,
                                   std::int32_t begin, std::int32_t end,
                                   const Shared<S, Heads>& shared) {
    float totals[Heads][8];
#pragma unroll
    for (int h = 0; h < Heads; ++h)
#pragma unroll
        for (int i = 0; i < 8; ++i)
            totals[h][i] = 0.0F;
    Softmax softmax;
    constexpr int kStride = kWarps * S::kStepKeys;
    std::int32_t first = begin + int(threadIdx.x) / 32 * S::kStepKeys;
    std::int32_t blockIndex = first / problem.blockTokens;
    std::int32_t block = first < end ? source.blocks[blockIndex] : 0;
    for (; first < end; first += kStride) {
        Step<Format, Width, Heads> step;
        step.load(problem, source, blockIndex, block, first, sight.from, end, place.lane);
        // The next step's, so that its loads need not wait for the table.
        blockIndex = (first + kStride) / problem.blockTokens;
        if (first + kStride < end)
            block = source.blocks[blockIndex];
        float scores[S::kScores];
        multiplyKeys<Format, Width, Heads>(step, shared.queries, place.lane, scores);
        spreadSums<S::kScores, S::kLanes>(scores, place.lane);
        if (weigh(problem, sight, place, first, end, scores, softmax, shared)) {
#pragma unroll
            for (int h = 0; h < Heads; ++h) {
                const float factor = shared.rescales[place.state * Heads + h];
#pragma unroll
                for (int i = 0; i < 8; ++i)
                    totals[h][i] *= factor;
            }
        }
        multiplyValues<Format, Width, Heads>(step, shared.weights + place.state * S::kScores,
                                             totals);
        __syncwarp();
    }

#pragma unroll
    for (int offset = S::kLanesPerHead / 2; offset >= S::kCopies; offset /= 2)
        softmax.sum += __shfl_xor_sync(0xffffffffU, softmax.sum, offset);
    if (place.runLane % S::kLanesPerHead == 0) {
        shared.maxima[place.state * Heads + place.ownHead] = softmax.maximum;
        shared.sums[place.state * Heads + place.ownHead] = softmax.sum;
    }
    if (place.runLane < Width / 8) {
#pragma unroll
        for (int h = 0; h < Heads; ++h) {
            float4* const out = reinterpret_cast<float4*>(
                shared.values + (place.state * Heads + h) * Width + place.runLane * 8);
            out[0] = make_float4(totals[h][0], totals[h][1], totals[h][2], totals[h][3]);
            out[1] = make_float4(totals[h][4], totals[h][5], totals[h][6], totals[h][7]);
        }
    }
}

/// Joins the results of all runs of lanes, in order; between barriers.
template<typename S, int Width, int Heads>
__device__ inline void joinStates(const RowProblem& problem, const RowSight& sight,
                                  const Place<S, Heads>& place, std::int32_t piece,
                                  const Shared<S, Heads>& shared) {
    const int thread = int(threadIdx.x);
    if (thread < S::kPerState) {
        float maximum = kMasked;
        for (int s = 0; s < S::kStates; ++s)
            maximum = fmaxf(maximum, shared.maxima[s * Heads + thread % Heads]);
        shared.factors[thread] = exp2f(shared.maxima[thread] - softmaxBase(maximum));
    }
    __syncthreads();
    for (int i = thread; i < place.heads * Width; i += kAttentionThreads) {
        const int head = i / Width;
        float value = 0.0F;
        float sum = 0.0F;
        float maximum = kMasked;
        for (int s = 0; s < S::kStates; ++s) {
            const int at = s * Heads + head;
            value = fmaf(shared.values[at * Width + i % Width], shared.factors[at], value);
            sum = fmaf(shared.sums[at], shared.factors[at], sum);
            maximum = fmaxf(maximum, shared.maxima[at]);
        }
        leaveValue(problem, sight.row, place.firstHead + head, piece, i % Width, value, maximum,
                   sum);
    }
}

/// As many blocks a multiprocessor as registers allow without spills that matter.
template<CacheFormat Format, int Heads>
inline constexpr int kBlocks = Heads < 8                   ? 4
                               : Format == CacheFormat::I8 ? 2
                                                           : 3;

template<CacheFormat Format, int Width, int Heads>
__global__ void __launch_bounds__(kAttentionThreads, (kBlocks<Format, Heads>))
    attendRowsFast(const RowProblem problem) {
    waitForPrevious();
    using S = Shape<Format, Width, Heads>;
    HEARTH_DYNAMIC_SHARED(float, memory);
    const Shared<S, Heads> shared(memory);
    RowSight sight;
    if (!findSight(problem.attention, problem.rowAt(std::int32_t(blockIdx.x)), sight))
        return;
    const RowPieces pieces = findPieces(problem, sight);
    if (std::int32_t(blockIdx.z) >= pieces.count)
        return;
    const Place<S, Heads> place(problem);
    const Source source{problem.attention.cache, problem.attention.blocksOf(sight.sequence),
                        place.kvHead};
    loadQueries<S, Width, Heads>(problem.attention, sight, place, shared.queries);
    __syncthreads();
    for (std::int32_t piece = std::int32_t(blockIdx.z); piece < pieces.count;
         piece += std::int32_t(gridDim.z)) {
        attendPiece<Format, Width, Heads>(problem.attention, sight, place, source,
                                          pieces.begin(piece, sight.from),
                                          pieces.end(piece, sight.to), shared);
        __syncthreads();
        joinStates<S, Width, Heads>(problem, sight, place, piece, shared);
        __syncthreads();
    }
    if (!problem.tickets || !isLastBlock(problem, min(pieces.count, std::int32_t(gridDim.z))))
        return;
    for (int i = int(threadIdx.x); i < place.heads * Width; i += kAttentionThreads)
        joinPieces(problem, sight.row, pieces.count, place.firstHead + i / Width, i % Width);
}

template<CacheFormat Format, int Width, int Heads>
RowKernel kernel() {
    return {attendRowsFast<Format, Width, Heads>, Shape<Format, Width, Heads>::kSharedBytes, Heads,
            true};
}

template<CacheFormat Format, int Width>
RowKernel kernelFor(std::int32_t group) {
    if (group == 1)
        return kernel<Format, Width, 1>();
    if (group == 2)
        return kernel<Format, Width, 2>();
    // Groups of 9 and more go in chunks; 4 waste fewer heads than 8 where the rest is small.
    if (group <= 4 || (group > 8 && group % 8 >= 1 && group % 8 <= 4))
        return kernel<Format, Width, 4>();
    return kernel<Format, Width, 8>();
}

} // namespace row

/// See fastRowKernelF16().
template<CacheFormat Format>
RowKernel fastRowKernel(std::int32_t width, std::int32_t group) {
    switch (width) {
    case 64:
        return row::kernelFor<Format, 64>(group);
    case 80:
        return row::kernelFor<Format, 80>(group);
    case 96:
        return row::kernelFor<Format, 96>(group);
    case 128:
        return row::kernelFor<Format, 128>(group);
    case 256:
        return row::kernelFor<Format, 256>(group);
    default:
        return {};
    }
}

} // namespace hearth::kernels::cuda
