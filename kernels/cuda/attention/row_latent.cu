#include "cuda/attention/row_problem.cuh"
#include "cuda/device/launch.h"
#include "cuda/device/ptx.cuh"

/// The row kernel for the latents of MLA (DeepSeek-V2, 2024) on tensor cores: 16 heads of one row
/// share what they read, 32 tokens a stage, whose first columns are the values. A warp makes the
/// scores of eight tokens, then the sums of a quarter of the columns. Tiles of several rows would
/// read less, but the second-level cache holds what neighbouring rows read.
namespace hearth::kernels::cuda {

namespace {

constexpr int kWarps = kAttentionThreads / 32;
constexpr int kHeads = 16;
constexpr int kKeys = 32; ///< A stage.
static_assert(kKeys == 8 * kWarps && kHeads == 4 * kWarps);

/// Shared memory. Rows are 16 bytes longer than their numbers, so that eight rows' chunks lie in
/// different banks.
template<int KeyWidth, int ValueWidth>
struct Shape {
    static_assert(KeyWidth % 32 == 0 && ValueWidth % (16 * kWarps) == 0 && ValueWidth <= KeyWidth);
    static constexpr int kChunks = KeyWidth / 8;
    static constexpr int kRow = KeyWidth + 8;
    static constexpr int kWeightRow = kKeys + 8;
    static constexpr int kColumns = ValueWidth / kWarps; ///< Of a warp.
    static constexpr std::size_t kStageBytes = std::size_t{2} * kKeys * kRow;
    static constexpr std::size_t kQueryBytes = std::size_t{2} * kHeads * kRow;
    static constexpr std::size_t kWeightBytes = std::size_t{2} * kHeads * kWeightRow;
    static constexpr std::size_t kScoreBytes = sizeof(float) * kHeads * (kKeys + 1);
    static constexpr std::size_t kSharedBytes =
        2 * kStageBytes + kQueryBytes + kWeightBytes + kScoreBytes;
    static_assert(kKeys * kChunks % kAttentionThreads == 0);
};

/// A block's shared memory, and which of the heads it has.
template<typename T>
struct Latent {
    T* keys;       ///< [2, kKeys, kRow]: stages.
    T* queries;    ///< [kHeads, kRow]
    T* weights;    ///< [kHeads, kWeightRow]
    float* scores; ///< [kHeads, kKeys + 1]
    std::int64_t (*offsets)[kKeys];
    float* maxima; ///< [kHeads], as what follows.
    float* sums;
    float* rescales;
    std::int32_t kvHead = 0;
    std::int32_t firstHead = 0;
    std::int32_t heads = 0;
};

template<typename T, typename S>
__device__ void loadQueries(const AttentionProblem& problem, const RowSight& sight,
                            const Latent<T>& block) {
    const T* const from = static_cast<const T*>(problem.queries) + sight.row * problem.queryStride +
                          std::int64_t(block.firstHead) * problem.keyWidth;
    for (int i = int(threadIdx.x); i < kHeads * problem.keyWidth; i += kAttentionThreads) {
        const int head = i / problem.keyWidth;
        block.queries[head * S::kRow + i % problem.keyWidth] =
            head < block.heads ? from[i] : fromFloat<T>(0.0F);
    }
}

/// Where the keys of a stage lie, -1: beyond what is read; by the first kKeys threads.
template<typename T>
__device__ void findKeys(const AttentionProblem& problem, const RowSight& sight,
                         const Latent<T>& block, int stage, std::int32_t first, std::int32_t end) {
    const int thread = int(threadIdx.x);
    if (thread >= kKeys)
        return;
    const std::int32_t key = first + thread;
    std::int64_t offset = -1;
    if (key >= sight.from && key < end) {
        const std::int32_t index = key / problem.blockTokens;
        const std::int32_t row =
            block.kvHead * problem.blockTokens + key - index * problem.blockTokens;
        offset = std::int64_t(problem.blocksOf(sight.sequence)[index]) *
                     std::int64_t(problem.blockBytes) +
                 std::int64_t(row) * std::int64_t(problem.keyRowBytes);
    }
    block.offsets[stage][thread] = offset;
}

template<typename T, typename S>
__device__ void copyKeys(const AttentionProblem& problem, const Latent<T>& block, int stage) {
#pragma unroll 6
    for (int i = 0; i < kKeys * S::kChunks / kAttentionThreads; ++i) {
        const int index = int(threadIdx.x) + i * kAttentionThreads;
        const int row = index / S::kChunks;
        const int chunk = index % S::kChunks;
        const std::int64_t offset = block.offsets[stage][row];
        const bool valid = offset >= 0;
        copyAsync16(block.keys + (stage * kKeys + row) * S::kRow + chunk * 8,
                    problem.cache + problem.keyOffset + (valid ? offset : 0) + chunk * 16, valid);
    }
    commitCopies();
}

/// A warp the scores of all heads and its eight keys.
template<typename T, typename S>
__device__ void multiplyKeys(const Latent<T>& block, const T* keys) {
    const int lane = int(threadIdx.x) % 32;
    const int warp = int(threadIdx.x) / 32;
    float scores[4] = {0.0F, 0.0F, 0.0F, 0.0F};
    const T* const query = block.queries + lane % 16 * S::kRow + lane / 16 * 8;
    const T* const key = keys + (warp * 8 + lane % 8) * S::kRow + lane / 8 * 8;
#pragma unroll 3
    for (int column = 0; column < S::kChunks * 8; column += 32) {
        std::uint32_t right[4];
        std::uint32_t left[4];
        loadMatrix4(right, key + column);
        loadMatrix4(left, query + column);
        mma16816<T>(scores, left, {right[0], right[1]});
        loadMatrix4(left, query + column + 16);
        mma16816<T>(scores, left, {right[2], right[3]});
    }
#pragma unroll
    for (int i = 0; i < 4; ++i)
        block.scores[(lane / 4 + i / 2 * 8) * (kKeys + 1) + warp * 8 + lane % 4 * 2 + i % 2] =
            scores[i];
}

/// Turns the scores of keys [first, first + kKeys) into weights; a warp four heads, a lane a key.
template<typename T, typename S>
__device__ void weigh(const AttentionProblem& problem, const RowSight& sight,
                      const Latent<T>& block, std::int32_t first, std::int32_t end) {
    const int lane = int(threadIdx.x) % 32;
    const std::int32_t key = first + lane;
    const bool seen = key < end && sight.sees(key);
    for (int h = int(threadIdx.x) / 32; h < kHeads; h += kWarps) {
        const std::int32_t head = block.firstHead + min(h, block.heads - 1);
        const float score = seen
                                ? problem.bend(block.scores[h * (kKeys + 1) + lane] * problem.scale,
                                               head, problem.slope(head), sight.position - key)
                                : kMasked;
        float maximum = fmaxf(block.maxima[h], score);
        for (int offset = 16; offset > 0; offset /= 2)
            maximum = fmaxf(maximum, __shfl_xor_sync(0xffffffffU, maximum, offset));
        const float base = softmaxBase(maximum);
        const float weight = exp2f(score - base);
        float sum = weight;
        for (int offset = 16; offset > 0; offset /= 2)
            sum += __shfl_xor_sync(0xffffffffU, sum, offset);
        block.weights[h * S::kWeightRow + lane] = fromFloat<T>(weight);
        const float rescale = exp2f(block.maxima[h] - base);
        __syncwarp();
        if (lane == 0) {
            block.rescales[h] = rescale;
            block.sums[h] = fmaf(block.sums[h], rescale, sum);
            block.maxima[h] = maximum;
        }
    }
}

/// totals = totals * rescales + weights · values, for the warp's columns.
template<typename T, typename S>
__device__ void multiplyValues(const Latent<T>& block, const T* values,
                               float (&totals)[S::kColumns / 8][4]) {
    const int lane = int(threadIdx.x) % 32;
    const int warp = int(threadIdx.x) / 32;
    const float rescales[2] = {block.rescales[lane / 4], block.rescales[lane / 4 + 8]};
#pragma unroll
    for (int n = 0; n < S::kColumns / 8; ++n)
#pragma unroll
        for (int i = 0; i < 4; ++i)
            totals[n][i] *= rescales[i / 2];
#pragma unroll
    for (int k = 0; k < kKeys; k += 16) {
        std::uint32_t left[4];
        loadMatrix4(left, block.weights + lane % 16 * S::kWeightRow + k + lane / 16 * 8);
        const T* const value =
            values + (k + lane % 16) * S::kRow + warp * S::kColumns + lane / 16 * 8;
#pragma unroll
        for (int n = 0; n < S::kColumns / 16; ++n) {
            std::uint32_t right[4];
            loadMatrix4Transposed(right, value + n * 16);
            mma16816<T>(totals[2 * n], left, {right[0], right[1]});
            mma16816<T>(totals[2 * n + 1], left, {right[2], right[3]});
        }
    }
}

template<typename T, typename S>
__device__ void attendPiece(const RowProblem& problem, const RowSight& sight,
                            const Latent<T>& block, std::int32_t piece, std::int32_t begin,
                            std::int32_t end) {
    const AttentionProblem& attention = problem.attention;
    const int thread = int(threadIdx.x);
    float totals[S::kColumns / 8][4];
#pragma unroll
    for (int n = 0; n < S::kColumns / 8; ++n)
#pragma unroll
        for (int i = 0; i < 4; ++i)
            totals[n][i] = 0.0F;
    if (thread < kHeads) {
        block.maxima[thread] = kMasked;
        block.sums[thread] = 0.0F;
    }
    findKeys(attention, sight, block, 0, begin, end);
    findKeys(attention, sight, block, 1, begin + kKeys, end);
    __syncthreads();
    copyKeys<T, S>(attention, block, 0);
    int stage = 0;
    for (std::int32_t first = begin; first < end; first += kKeys, stage ^= 1) {
        waitCopies<0>();
        __syncthreads(); // The stage is there, and the other has been read.
        if (first + kKeys < end)
            copyKeys<T, S>(attention, block, stage ^ 1);
        const T* const keys = block.keys + stage * kKeys * S::kRow;
        multiplyKeys<T, S>(block, keys);
        __syncthreads();
        weigh<T, S>(attention, sight, block, first, end);
        findKeys(attention, sight, block, stage, first + 2 * kKeys, end);
        __syncthreads();
        multiplyValues<T, S>(block, keys, totals);
    }
    __syncthreads();
#pragma unroll
    for (int n = 0; n < S::kColumns / 8; ++n)
#pragma unroll
        for (int i = 0; i < 4; ++i) {
            const int h = thread % 32 / 4 + i / 2 * 8;
            const int column = thread / 32 * S::kColumns + n * 8 + thread % 4 * 2 + i % 2;
            if (h < block.heads)
                leaveValue(problem, sight.row, block.firstHead + h, piece, column, totals[n][i],
                           block.maxima[h], block.sums[h]);
        }
}

template<typename T, int KeyWidth, int ValueWidth>
__global__ void __launch_bounds__(kAttentionThreads, 2) attendLatent(const RowProblem problem) {
    waitForPrevious();
    using S = Shape<KeyWidth, ValueWidth>;
    HEARTH_DYNAMIC_SHARED(unsigned char, memory);
    __shared__ std::int64_t offsets[2][kKeys];
    __shared__ float perHead[3 * kHeads];
    RowSight sight;
    if (!findSight(problem.attention, problem.rowAt(std::int32_t(blockIdx.x)), sight))
        return;
    const RowPieces pieces = findPieces(problem, sight);
    if (std::int32_t(blockIdx.z) >= pieces.count)
        return;
    Latent<T> block;
    block.keys = reinterpret_cast<T*>(memory);
    block.queries = reinterpret_cast<T*>(memory + 2 * S::kStageBytes);
    block.weights = reinterpret_cast<T*>(memory + 2 * S::kStageBytes + S::kQueryBytes);
    block.scores =
        reinterpret_cast<float*>(memory + 2 * S::kStageBytes + S::kQueryBytes + S::kWeightBytes);
    block.offsets = offsets;
    block.maxima = perHead;
    block.sums = perHead + kHeads;
    block.rescales = perHead + 2 * kHeads;
    block.kvHead = std::int32_t(blockIdx.y) / problem.chunks;
    const std::int32_t chunkHead = std::int32_t(blockIdx.y) % problem.chunks * kHeads;
    block.firstHead = block.kvHead * problem.attention.group + chunkHead;
    block.heads = min(kHeads, problem.attention.group - chunkHead);
    loadQueries<T, S>(problem.attention, sight, block);
    for (std::int32_t piece = std::int32_t(blockIdx.z); piece < pieces.count;
         piece += std::int32_t(gridDim.z)) {
        attendPiece<T, S>(problem, sight, block, piece, pieces.begin(piece, sight.from),
                          pieces.end(piece, sight.to));
        __syncthreads();
    }
    if (!problem.tickets || !isLastBlock(problem, min(pieces.count, std::int32_t(gridDim.z))))
        return;
    for (int i = int(threadIdx.x); i < block.heads * ValueWidth; i += kAttentionThreads)
        joinPieces(problem, sight.row, pieces.count, block.firstHead + i / ValueWidth,
                   i % ValueWidth);
}

template<typename T>
RowKernel latentKernel() {
    return {attendLatent<T, 576, 512>, Shape<576, 512>::kSharedBytes, kHeads, true};
}

/// Of the device at hand: shared memory that a block can have, and compute capability.
bool deviceHas(std::size_t sharedBytes, int capability) {
    int device = 0;
    int bytes = 0;
    int major = 0;
    return cudaGetDevice(&device) == cudaSuccess &&
           cudaDeviceGetAttribute(&bytes, cudaDevAttrMaxSharedMemoryPerBlockOptin, device) ==
               cudaSuccess &&
           cudaDeviceGetAttribute(&major, cudaDevAttrComputeCapabilityMajor, device) ==
               cudaSuccess &&
           bytes >= int(sharedBytes) && major >= capability;
}

} // namespace

RowKernel latentRowKernel(const AttentionParameters& parameters) {
    constexpr int kFewHeads = 4;          // The generic kernel has so many at a time.
    constexpr std::size_t kStatic = 1024; // Fixed arrays stand beside the dynamic memory.
    const bool isHalf = parameters.format == CacheFormat::F16 && parameters.compute == DType::F16;
    const bool isBFloat =
        parameters.format == CacheFormat::BF16 && parameters.compute == DType::BF16;
    if ((!isHalf && !isBFloat) || parameters.keyWidth != 576 || parameters.valueWidth != 512 ||
        parameters.keys.dataOffset != parameters.values.dataOffset ||
        parameters.heads / parameters.kvHeads <= kFewHeads ||
        !deviceHas(Shape<576, 512>::kSharedBytes + kStatic, isHalf ? 7 : 8))
        return {};
    return isHalf ? latentKernel<Half>() : latentKernel<BFloat>();
}

Status prepareLatent() {
    constexpr std::size_t kBytes = Shape<576, 512>::kSharedBytes;
    if (deviceHas(kBytes, 7))
        HEARTH_CUDA_TRY(allowSharedBytes(attendLatent<Half, 576, 512>, kBytes));
    if (deviceHas(kBytes, 8))
        HEARTH_CUDA_TRY(allowSharedBytes(attendLatent<BFloat, 576, 512>, kBytes));
    return Status::Ok;
}

} // namespace hearth::kernels::cuda
