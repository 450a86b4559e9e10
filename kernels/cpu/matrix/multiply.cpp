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

/// Rows [first, end) of a segment as a product needs them; `origin` is where row 0 of the segment
/// would go in the result, perhaps before its begin.
struct SegmentRows {
    const Segment& segment;
    std::int64_t first = 0;
    std::int64_t end = 0;
    std::int64_t origin = 0;

    [[nodiscard]] std::int64_t firstTile() const { return first / segment.tileRows(); }
    [[nodiscard]] std::int64_t tiles() const {
        return (end + segment.tileRows() - 1) / segment.tileRows() - firstTile();
    }
};

/// How one segment's work is cut: `tilesPerTask` row tiles by `tokensPerTask` tokens.
struct Cut {
    std::int64_t tilesPerTask = 1;
    std::int64_t rowTasks = 0;
    std::int64_t tokensPerTask = 0;
    std::int64_t tokenTasks = 0;

    [[nodiscard]] std::int64_t tasks() const { return rowTasks * tokenTasks; }
};

Cut cutRows(const SegmentRows& rows, std::int64_t tokens, std::int64_t threads) {
    Cut cut;
    const std::int64_t tokenTiles = (tokens + kTokenTile - 1) / kTokenTile;
    cut.tokensPerTask = (tokens + tokenTiles - 1) / tokenTiles;
    cut.tokenTasks = (tokens + cut.tokensPerTask - 1) / cut.tokensPerTask;
    const std::int64_t products =
        rows.segment.columns() * rows.segment.tileRows() * cut.tokensPerTask;
    const std::int64_t most = rows.tiles() * cut.tokenTasks / (threads * kTasksPerThread);
    cut.tilesPerTask =
        std::clamp<std::int64_t>(kTaskProducts / products, 1, std::max<std::int64_t>(1, most));
    cut.rowTasks = (rows.tiles() + cut.tilesPerTask - 1) / cut.tilesPerTask;
    return cut;
}

/// Sums of rows [first, first + count) of the result, for some tokens.
struct Sums {
    const float* sums = nullptr;
    std::int64_t stride = 0;
    std::int64_t first = 0;
    std::int64_t count = 0;
    std::int64_t firstToken = 0;
    std::int64_t tokens = 0;
};

/// Adds bias and residual and puts the sums where they belong.
void deliver(const Sums& sums, const Destination& destination) {
    const float* bias = destination.bias ? destination.bias + sums.first : nullptr;
    for (std::int64_t token = 0; token < sums.tokens; ++token) {
        const float* from = sums.sums + token * sums.stride;
        float* to = destination.out + (sums.firstToken + token) * destination.stride + sums.first;
        for (std::int64_t row = 0; row < sums.count; ++row) {
            const float sum = bias ? from[row] + bias[row] : from[row];
            to[row] = destination.accumulate ? to[row] + sum : sum;
        }
    }
}

void runTask(const SegmentRows& rows, const Cut& cut, std::int64_t task,
             const Activations& activations, const Destination& destination) {
    alignas(64) float sums[kTokenTile * kMaxTileRows];
    const Segment& segment = rows.segment;
    const std::int64_t tileRows = segment.tileRows();
    const std::int64_t firstToken = task / cut.rowTasks * cut.tokensPerTask;
    const std::int64_t tokens = std::min(cut.tokensPerTask, activations.rows - firstToken);
    const std::int64_t firstTile = rows.firstTile() + task % cut.rowTasks * cut.tilesPerTask;
    const std::int64_t endTile =
        std::min(firstTile + cut.tilesPerTask, rows.firstTile() + rows.tiles());
    for (std::int64_t tile = firstTile; tile < endTile; ++tile) {
        segment.multiply(tile, activations, firstToken, tokens, sums);
        const std::int64_t first = std::max(tile * tileRows, rows.first);
        const std::int64_t end = std::min((tile + 1) * tileRows, rows.end);
        deliver({sums + (first - tile * tileRows), tileRows, rows.origin + first, end - first,
                 firstToken, tokens},
                destination);
    }
}

} // namespace

void ProductQueue::multiply(const MatrixRows& weights, const Activations& activations,
                            const Destination& destination) {
    if (activations.rows == 0)
        return;
    std::int64_t segmentRow = 0;
    for (const auto& segment : weights.matrix.segments()) {
        const SegmentRows rows{
            *segment, std::max<std::int64_t>(0, weights.first - segmentRow),
            std::min(segment->rows(), weights.first + weights.count - segmentRow),
            segmentRow - weights.first};
        segmentRow += segment->rows();
        if (rows.first >= rows.end)
            continue;
        const Cut cut = cutRows(rows, activations.rows, m_worker.count());
        for (; m_task < m_begin + cut.tasks(); m_task = m_worker.claim())
            runTask(rows, cut, m_task - m_begin, activations, destination);
        m_begin += cut.tasks();
    }
}

void multiply(ThreadPool::Worker& worker, const PackedMatrix& weights,
              const Activations& activations, const Destination& destination) {
    ProductQueue(worker).multiply({weights, 0, weights.rows()}, activations, destination);
}

} // namespace hearth::kernels::cpu
