#include "cpu/matrix/kernels.h"
#include "cpu/matrix/packed_matrix.h"
#include "cpu/matrix/segment.h"

#include <algorithm>

namespace hearth::kernels::cpu {

namespace {

// A task's multiplications: some microseconds, far more than claiming it costs.
constexpr std::int64_t kTaskProducts = 128 * 1024;
// Tasks a thread that one product should at least be cut into, so that none waits long for another.
constexpr std::int64_t kTasksPerThread = 6;

/// How one segment's work is cut: `tilesPerTask` row tiles by `tokensPerTask` tokens.
struct Cut {
    std::int64_t tilesPerTask = 1;
    std::int64_t rowTasks = 0;
    std::int64_t tokensPerTask = 0;
    std::int64_t tokenTasks = 0;

    [[nodiscard]] std::int64_t tasks() const { return rowTasks * tokenTasks; }
};

Cut cutSegment(const Segment& segment, std::int64_t tokens, std::int64_t threads) {
    Cut cut;
    const std::int64_t tokenTiles = (tokens + kTokenTile - 1) / kTokenTile;
    cut.tokensPerTask = (tokens + tokenTiles - 1) / tokenTiles;
    cut.tokenTasks = (tokens + cut.tokensPerTask - 1) / cut.tokensPerTask;
    const std::int64_t products = segment.columns() * segment.tileRows() * cut.tokensPerTask;
    const std::int64_t most = segment.tiles() * cut.tokenTasks / (threads * kTasksPerThread);
    cut.tilesPerTask =
        std::clamp<std::int64_t>(kTaskProducts / products, 1, std::max<std::int64_t>(1, most));
    cut.rowTasks = (segment.tiles() + cut.tilesPerTask - 1) / cut.tilesPerTask;
    return cut;
}

/// Adds bias and residual to one tile's sums and puts them where they belong.
void deliver(const float* sums, std::int64_t sumStride, std::int64_t rows, std::int64_t tokens,
             const Destination& destination, std::int64_t firstRow, std::int64_t firstToken) {
    const float* bias = destination.bias ? destination.bias + firstRow : nullptr;
    for (std::int64_t token = 0; token < tokens; ++token) {
        const float* from = sums + token * sumStride;
        float* to = destination.out + (firstToken + token) * destination.stride + firstRow;
        for (std::int64_t row = 0; row < rows; ++row) {
            const float sum = bias ? from[row] + bias[row] : from[row];
            to[row] = destination.accumulate ? to[row] + sum : sum;
        }
    }
}

void runTask(const Segment& segment, const Cut& cut, std::int64_t task, std::int64_t segmentRow,
             const Activations& activations, const Destination& destination) {
    alignas(64) float sums[kTokenTile * kMaxTileRows];
    const std::int64_t firstToken = task / cut.rowTasks * cut.tokensPerTask;
    const std::int64_t tokens = std::min(cut.tokensPerTask, activations.rows - firstToken);
    const std::int64_t firstTile = task % cut.rowTasks * cut.tilesPerTask;
    const std::int64_t endTile = std::min(firstTile + cut.tilesPerTask, segment.tiles());
    for (std::int64_t tile = firstTile; tile < endTile; ++tile) {
        segment.multiply(tile, activations, firstToken, tokens, sums);
        const std::int64_t row = tile * segment.tileRows();
        deliver(sums, segment.tileRows(), std::min(segment.tileRows(), segment.rows() - row),
                tokens, destination, segmentRow + row, firstToken);
    }
}

} // namespace

void multiply(ThreadPool::Worker& worker, const PackedMatrix& weights,
              const Activations& activations, const Destination& destination) {
    if (activations.rows == 0)
        return;
    std::int64_t task = worker.claim();
    std::int64_t segmentRow = 0;
    std::int64_t segmentTask = 0;
    for (const auto& segment : weights.segments()) {
        const Cut cut = cutSegment(*segment, activations.rows, worker.count());
        for (; task < segmentTask + cut.tasks(); task = worker.claim())
            runTask(*segment, cut, task - segmentTask, segmentRow, activations, destination);
        segmentRow += segment->rows();
        segmentTask += cut.tasks();
    }
}

} // namespace hearth::kernels::cpu
