#include "cuda/attention/row_problem.cuh"
#include "cuda/device/launch.h"
#include "cuda/device/ptx.cuh"

#include <algorithm>

namespace hearth::kernels::cuda {

namespace {

/// Blocks of the row kernels that a multiprocessor runs at once, more or less.
constexpr std::int64_t kBlocksEach = 4;
/// Deterministic pieces of long contexts take much room: rows go in slices of at most so much.
constexpr std::size_t kMaxFixedBytes = std::size_t{64} << 20;

constexpr std::int64_t divideUp(std::int64_t value, std::int64_t by) {
    return (value + by - 1) / by;
}

/// How rows are divided; a function of what a recorded graph keeps only.
struct Sharing {
    std::int32_t pieceTokens = 0;
    std::int32_t maxPieces = 1;
    std::int32_t blocks = 1; ///< A row and KV head's share: grid.z.
};

Sharing shareOut(const AttentionParameters& parameters, std::int64_t blocksUnsplit,
                 std::int32_t maxContext, std::int32_t multiprocessors, bool deterministic) {
    const std::int64_t wanted = kBlocksEach * std::max(1, multiprocessors);
    std::int64_t seen = std::max(1, maxContext);
    if (parameters.window > 0 && parameters.causal)
        seen = std::min<std::int64_t>(seen, parameters.window);
    const std::int64_t most = std::min<std::int64_t>(divideUp(seen, kMinPieceTokens), 65535);
    const std::int64_t split =
        std::clamp<std::int64_t>((wanted + blocksUnsplit / 2) / blocksUnsplit, 1, most);
    if (!deterministic)
        return {0, std::int32_t(split), std::int32_t(split)};
    const auto pieces = std::int32_t(divideUp(std::max(1, maxContext), kFixedPieceTokens));
    return {kFixedPieceTokens, pieces, std::int32_t(std::min<std::int64_t>(split, pieces))};
}

/// Of one piece of a row.
std::size_t pieceBytes(const AttentionParameters& parameters) {
    return std::size_t(parameters.heads) * (std::size_t(parameters.valueWidth) + 2) * sizeof(float);
}

/// Of a row.
std::size_t partialBytes(const AttentionParameters& parameters, const Sharing& sharing) {
    return sharing.maxPieces > 1 ? std::size_t(sharing.maxPieces) * pieceBytes(parameters) : 0;
}

/// A recorded step's bound on contexts may lie beyond the limits that the scratch was made for;
/// the contexts themselves don't, so that the pieces of a row always fit.
void fitScratch(const AttentionContext& context, const AttentionParameters& parameters,
                Sharing& sharing) {
    std::size_t pieces = context.scratchBytes / pieceBytes(parameters);
    if (!context.deterministic)
        pieces /= std::size_t(context.plan.rowCount);
    sharing.maxPieces =
        std::int32_t(std::clamp<std::size_t>(pieces, 1, std::size_t(sharing.maxPieces)));
    sharing.blocks = std::min(sharing.blocks, sharing.maxPieces);
}

RowKernel rowKernel(const AttentionParameters& parameters) {
    const std::int32_t group = parameters.heads / parameters.kvHeads;
    RowKernel kernel = latentRowKernel(parameters);
    if (!kernel.kernel && parameters.keyWidth == parameters.valueWidth &&
        parameters.keys.blockTokens % kPieceAlignment == 0) {
        if (parameters.format == CacheFormat::F16)
            kernel = fastRowKernelF16(parameters.keyWidth, group);
        else if (parameters.format == CacheFormat::BF16)
            kernel = fastRowKernelBF16(parameters.keyWidth, group);
        else if (parameters.format == CacheFormat::I8)
            kernel = fastRowKernelI8(parameters.keyWidth, group);
    }
    return kernel.kernel ? kernel : genericRowKernel(parameters);
}

/// Joins the pieces of one row and head; a thread a column.
__global__ void __launch_bounds__(kAttentionThreads) combinePieces(const RowProblem problem) {
    waitForPrevious();
    RowSight sight;
    if (!findSight(problem.attention, problem.rowAt(std::int32_t(blockIdx.x)), sight))
        return;
    const std::int32_t count = findPieces(problem, sight).count;
    for (std::int32_t column = std::int32_t(threadIdx.x); column < problem.attention.valueWidth;
         column += kAttentionThreads)
        joinPieces(problem, std::int32_t(sight.row), count, std::int32_t(blockIdx.y), column);
}

} // namespace

bool rowsSupported(const AttentionParameters& parameters) {
    return rowKernel(parameters).kernel != nullptr;
}

std::size_t attentionScratchBytes(const AttentionParameters& parameters,
                                  const ExecutionLimits& limits, std::int32_t multiprocessors) {
    const RowKernel kernel = rowKernel(parameters);
    const std::int64_t chunks =
        divideUp(parameters.heads / parameters.kvHeads, kernel.headsPerBlock);
    std::size_t most = 0;
    for (std::int32_t rows = 1; rows <= limits.maxTokens; ++rows) {
        const Sharing sharing = shareOut(parameters, rows * parameters.kvHeads * chunks,
                                         limits.maxContext, multiprocessors, limits.deterministic);
        const std::size_t each = partialBytes(parameters, sharing);
        if (limits.deterministic)
            return std::max(each, std::min(each * std::size_t(limits.maxTokens), kMaxFixedBytes));
        if (each == 0)
            break; // Nor do more rows need any.
        most = std::max(most, each * std::size_t(rows));
    }
    return most;
}

Status attendRows(const AttentionContext& context, const AttentionParameters& parameters,
                  const AttentionProblem& attention) {
    const RowKernel kernel = rowKernel(parameters);
    if (!kernel.kernel)
        return Status::Unsupported;
    RowProblem problem;
    problem.attention = attention;
    problem.rows = context.plan.rows;
    problem.chunks = std::int32_t(divideUp(attention.group, kernel.headsPerBlock));
    const std::int64_t blocksEach = std::int64_t{parameters.kvHeads} * problem.chunks;
    Sharing sharing =
        shareOut(parameters, blocksEach * context.plan.rowCount, context.plan.maxContext,
                 context.multiprocessors, context.deterministic);
    fitScratch(context, parameters, sharing);
    problem.pieceTokens = sharing.pieceTokens;
    problem.maxPieces = sharing.maxPieces;

    std::int64_t sliceRows = context.plan.rowCount;
    if (sharing.maxPieces > 1) {
        problem.partials = context.scratch;
        sliceRows = std::min<std::int64_t>(
            sliceRows, std::int64_t(context.scratchBytes / partialBytes(parameters, sharing)));
    }
    if (problem.partials && kernel.joinsPieces && sliceRows * blocksEach <= kAttentionTickets)
        problem.tickets = context.tickets;
    for (std::int64_t first = 0; first < context.plan.rowCount; first += sliceRows) {
        const auto rows =
            unsigned(std::min<std::int64_t>(sliceRows, context.plan.rowCount - first));
        problem.firstRow = std::int32_t(first);
        HEARTH_CUDA_TRY(launchOverlapped(
            kernel.kernel, dim3(rows, unsigned(blocksEach), unsigned(sharing.blocks)),
            dim3(kAttentionThreads), kernel.sharedBytes, context.stream, problem));
        if (problem.partials && !problem.tickets)
            HEARTH_CUDA_TRY(launchOverlapped(combinePieces, dim3(rows, unsigned(parameters.heads)),
                                             dim3(kAttentionThreads), 0, context.stream, problem));
    }
    return Status::Ok;
}

} // namespace hearth::kernels::cuda
