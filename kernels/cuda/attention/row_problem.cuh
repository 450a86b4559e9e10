#pragma once

#include "cuda/attention/problem.cuh"

/// The row kernels: one block a (row, KV head with up to `headsPerBlock` of its query heads, part
/// of the context). A row's keys are divided into pieces, each with a softmax of its own; the
/// combining kernel joins them in order.
namespace hearth::kernels::cuda {

struct RowProblem {
    AttentionProblem attention;
    const std::int32_t* rows = nullptr; ///< nullptr: 0, 1, 2, …
    std::int32_t firstRow = 0;          ///< Index of the launch's first row in `rows`.
    std::int32_t chunks = 1;            ///< Blocks that share a KV head's query heads.
    std::int32_t pieceTokens = 0;       ///< Of a piece; 0: a row's keys are shared out evenly.
    std::int32_t maxPieces = 1;         ///< Of a row.
    float* partials = nullptr; ///< [rows, heads, maxPieces, valueWidth + 2]; nullptr: one piece.
    /// [rows, blocks of a row], all 0 between launches: blocks that are done. The last one joins
    /// the pieces. nullptr: the combining kernel does.
    std::int32_t* tickets = nullptr;

    __device__ std::int32_t rowAt(std::int32_t index) const {
        return rows ? rows[firstRow + index] : firstRow + index;
    }
    __device__ float* partialOf(std::int32_t rowIndex, std::int32_t head,
                                std::int32_t piece) const {
        return partials + ((std::int64_t(rowIndex) * attention.heads + head) * maxPieces + piece) *
                              (attention.valueWidth + 2);
    }
};

/// Pieces begin at multiples of it, so that steps of the fast kernels don't cross blocks.
inline constexpr std::int32_t kPieceAlignment = 16;
/// The smallest piece worth a block where a row's keys are shared out evenly.
inline constexpr std::int32_t kMinPieceTokens = 64;
/// Deterministic pieces begin at multiples of it in the sequence, whatever the batch.
inline constexpr std::int32_t kFixedPieceTokens = 256;

/// A row's pieces: at least one, which may be empty.
struct RowPieces {
    std::int32_t base = 0;
    std::int32_t tokens = 1;
    std::int32_t count = 1;

    __device__ std::int32_t begin(std::int32_t piece, std::int32_t from) const {
        const std::int32_t least = from / kPieceAlignment * kPieceAlignment;
        return max(least, base + piece * tokens);
    }
    __device__ std::int32_t end(std::int32_t piece, std::int32_t to) const {
        return min(to, base + (piece + 1) * tokens);
    }
};

__device__ inline RowPieces findPieces(const RowProblem& problem, const RowSight& sight) {
    RowPieces pieces;
    if (sight.to <= sight.from) {
        pieces.base = sight.to; // So that the one piece ends where it begins, or before.
        return pieces;
    }
    if (problem.pieceTokens > 0) {
        pieces.tokens = problem.pieceTokens;
        pieces.base = sight.from / pieces.tokens * pieces.tokens;
    } else {
        pieces.base = sight.from / kPieceAlignment * kPieceAlignment;
        const std::int32_t share =
            (sight.to - pieces.base + problem.maxPieces - 1) / problem.maxPieces;
        pieces.tokens = max(kMinPieceTokens, (share + 31) / 32 * 32);
    }
    pieces.count = (sight.to - pieces.base + pieces.tokens - 1) / pieces.tokens;
    return pieces;
}

/// Leaves column `column` of a head's piece: in `out`, where it is the whole, else as a partial.
__device__ inline void leaveValue(const RowProblem& problem, std::int32_t row, std::int32_t head,
                                  std::int32_t piece, std::int32_t column, float value,
                                  float maximum, float sum) {
    const AttentionProblem& attention = problem.attention;
    if (!problem.partials) {
        const std::int64_t index = std::int64_t(row) * attention.outStride +
                                   std::int64_t(head) * attention.valueWidth + column;
        storeNumber(attention.out, attention.outType, index,
                    value * attention.finalFactor(maximum, sum, head));
        return;
    }
    float* const partial = problem.partialOf(std::int32_t(blockIdx.x), head, piece);
    partial[column] = value;
    if (column == 0) {
        partial[attention.valueWidth] = maximum;
        partial[attention.valueWidth + 1] = sum;
    }
}

/// One column of a head whose pieces are all there: joined in their order.
__device__ inline void joinPieces(const RowProblem& problem, std::int32_t row, std::int32_t count,
                                  std::int32_t head, std::int32_t column) {
    const AttentionProblem& attention = problem.attention;
    const std::int32_t width = attention.valueWidth;
    // Volatile: other blocks of this launch wrote them.
    const volatile float* const partials = problem.partialOf(std::int32_t(blockIdx.x), head, 0);
    float maximum = kMasked;
    for (std::int32_t piece = 0; piece < count; ++piece)
        maximum = fmaxf(maximum, partials[std::int64_t(piece) * (width + 2) + width]);
    const float base = softmaxBase(maximum);
    float value = 0.0F;
    float sum = 0.0F;
    for (std::int32_t piece = 0; piece < count; ++piece) {
        const volatile float* const partial = partials + std::int64_t(piece) * (width + 2);
        const float factor = exp2f(partial[width] - base);
        value = fmaf(partial[column], factor, value);
        sum = fmaf(partial[width + 1], factor, sum);
    }
    storeNumber(attention.out, attention.outType,
                std::int64_t(row) * attention.outStride + std::int64_t(head) * width + column,
                value * attention.finalFactor(maximum, sum, head));
}

/// True in the one block of a row and its chunk of heads that finishes last; to be called by all
/// threads of each, when their pieces have been left.
__device__ inline bool isLastBlock(const RowProblem& problem, std::int32_t blocks) {
    __shared__ std::int32_t done;
    __threadfence();
    __syncthreads();
    if (threadIdx.x == 0) {
        std::int32_t* const ticket =
            problem.tickets + std::int64_t(blockIdx.x) * gridDim.y + blockIdx.y;
        done = atomicAdd(ticket, 1);
        if (done == blocks - 1)
            *ticket = 0;
    }
    __syncthreads();
    __threadfence();
    return done == blocks - 1;
}

/// A kernel with what it must be launched with; {} where there is none.
struct RowKernel {
    void (*kernel)(RowProblem) = nullptr;
    std::size_t sharedBytes = 0;
    std::int32_t headsPerBlock = 1;
    bool joinsPieces = false; ///< It can do the combining kernel's work.
};

/// Heads of `width` numbers, of which `group` share a KV head; one a format, since each takes long
/// to compile.
[[nodiscard]] RowKernel fastRowKernelF16(std::int32_t width, std::int32_t group);
[[nodiscard]] RowKernel fastRowKernelBF16(std::int32_t width, std::int32_t group);
[[nodiscard]] RowKernel fastRowKernelI8(std::int32_t width, std::int32_t group);
/// Latents of the usual size, where the device's tensor cores can have them.
[[nodiscard]] RowKernel latentRowKernel(const AttentionParameters& parameters);
/// For any shape.
[[nodiscard]] RowKernel genericRowKernel(const AttentionParameters& parameters);

/// All of a plan's rows.
Status attendRows(const AttentionContext& context, const AttentionParameters& parameters,
                  const AttentionProblem& problem);
/// All of a plan's tiles.
Status attendTiles(const AttentionContext& context, const AttentionParameters& parameters,
                   const AttentionProblem& problem);
/// See prepareAttention().
Status prepareTiles();
Status prepareLatent();

} // namespace hearth::kernels::cuda
