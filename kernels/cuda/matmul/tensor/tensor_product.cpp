#include "cuda/matmul/tensor/tensor_product.h"

#include "cuda/device/launch.h"
#include "cuda/matmul/row_kernels.h"

#include <algorithm>
#include <cstddef>

namespace hearth::kernels::cuda {

namespace {

// Of staged rows: with a table and alignment, what every device grants without being asked.
constexpr std::size_t kSharedBytes = 46 * 1024;
constexpr std::size_t kTableBytes = 1024;
constexpr std::int32_t kMaxSplits = 8;
constexpr std::int32_t kFixedDepth = 4; // Of deterministic sums.

std::int64_t divideUp(std::int64_t value, std::int64_t divisor) {
    return (value + divisor - 1) / divisor;
}

struct Shape {
    std::int32_t rowBlocks = 0;
    std::int32_t blocks = 0; ///< Of weights.
};

Shape shapeOf(const TensorCall& call, const TensorInstance& instance) {
    const std::int64_t tiles = rowTiles(call.weights.rows);
    return {static_cast<std::int32_t>(divideUp(call.rows, instance.columnTiles * 8)),
            static_cast<std::int32_t>(divideUp(tiles, kTensorWarps / call.depthWarps))};
}

/// Rows of x that a block stages.
std::int32_t stagedRows(std::int32_t rows, const TensorInstance& instance) {
    return std::min(rows, instance.columnTiles * 8);
}

/// Bytes of `tiles` tiles of staged rows; 64 bytes apart, so that rows which are read at once lie
/// in different banks.
std::size_t stageBytes(std::int32_t staged, std::int32_t tiles) {
    return std::size_t(staged) * std::size_t(tiles * kTileColumns + 32) * 2;
}

/// True if two buffers of the smallest stage fit.
bool overlaps(std::int32_t staged, std::int32_t depthWarps) {
    return 2 * stageBytes(staged, kTensorUnroll * depthWarps) <= kSharedBytes;
}

/// How many warps of a block share out K. Few make wide blocks, which read x less often.
std::int32_t depthOf(TensorCall call, const TensorInstance& instance,
                     std::int32_t multiprocessors) {
    if (instance.columnTiles > 1)
        return 1;
    const std::int32_t staged = stagedRows(call.rows, instance);
    // Plain rows are read in longer runs where all warps share them.
    call.depthWarps = call.weights.codes == Codes::Plain ? kTensorWarps : kTensorWarps / 2;
    while (call.depthWarps < kTensorWarps && shapeOf(call, instance).blocks < 2 * multiprocessors &&
           overlaps(staged, call.depthWarps * 2))
        call.depthWarps *= 2;
    while (call.depthWarps > 1 && !overlaps(staged, call.depthWarps))
        call.depthWarps /= 2;
    return call.depthWarps;
}

/// K is shared out over the grid where blocks are too few for the device.
std::int32_t splitsOf(const TensorCall& call, const TensorInstance& instance,
                      std::int32_t multiprocessors, std::size_t scratchBytes) {
    if (instance.columnTiles == 1)
        return 1;
    const Shape shape = shapeOf(call, instance);
    const std::int64_t wanted =
        2 * std::int64_t{multiprocessors} / (shape.blocks * shape.rowBlocks);
    const std::int64_t longest = columnTiles(call.weights) / (4 * kTensorUnroll);
    const std::size_t each =
        sizeof(float) * std::size_t(call.rows) * std::size_t(call.weights.rows);
    const auto room = static_cast<std::int64_t>(scratchBytes / each);
    return static_cast<std::int32_t>(
        std::clamp<std::int64_t>(std::min({wanted, longest, room}), 1, kMaxSplits));
}

void shareOut(TensorCall& call, const TensorInstance& instance, bool deterministic,
              std::int32_t multiprocessors, std::size_t scratchBytes) {
    const std::int64_t tiles = columnTiles(call.weights);
    call.depthWarps = deterministic ? kFixedDepth : depthOf(call, instance, multiprocessors);
    call.splits = deterministic ? 1 : splitsOf(call, instance, multiprocessors, scratchBytes);
    call.tilesPerSplit = static_cast<std::int32_t>(divideUp(tiles, call.splits));
    call.splits = static_cast<std::int32_t>(divideUp(tiles, call.tilesPerSplit));
}

/// Chooses how much of x is staged at a time where a block goes through `tiles` tiles of columns.
/// Returns the shared memory.
std::size_t planStages(TensorStages& call, const TensorInstance& instance, std::int32_t staged,
                       std::int32_t tiles, bool hasTable) {
    const std::int32_t unit = kTensorUnroll * call.depthWarps;
    const auto most = static_cast<std::int32_t>(divideUp(tiles, unit)) * unit;
    // All at once if that is little, else two buffers.
    call.stageTiles = most;
    call.buffers = 1;
    if (stageBytes(staged, most) > kSharedBytes / 2) {
        call.buffers = overlaps(staged, call.depthWarps) ? 2 : 1;
        const std::size_t limit = kSharedBytes / std::size_t(call.buffers);
        call.stageTiles = unit;
        while (call.stageTiles < most && stageBytes(staged, call.stageTiles + unit) <= limit)
            call.stageTiles += unit;
    }
    call.pitch = call.stageTiles * std::int32_t(kTileColumns) + 32;
    call.bufferBytes = static_cast<std::uint32_t>(stageBytes(staged, call.stageTiles));
    const std::size_t buffers = std::size_t(call.bufferBytes) * std::size_t(call.buffers);
    call.tableOffset = static_cast<std::uint32_t>(buffers);
    const std::size_t meeting =
        sizeof(float) * std::size_t(kTensorWarps * instance.columnTiles * 8 * 17);
    return std::max(buffers + (hasTable ? kTableBytes : 0), meeting);
}

/// How many warps of a block share out K where `tasks` groups of rows have a block row each.
std::int32_t groupDepth(const GroupClass& groups, std::int64_t tasks, std::int32_t staged,
                        std::int32_t multiprocessors) {
    std::int32_t depth = 2;
    const auto blocks = [&] {
        return tasks * divideUp(rowTiles(groups.form.rows), kTensorWarps / depth);
    };
    while (depth < kTensorWarps && blocks() < 2 * multiprocessors && overlaps(staged, depth * 2) &&
           columnTiles(groups.form) >= 2 * kTensorUnroll * depth)
        depth *= 2;
    return depth;
}

} // namespace

TensorInstance tensorInstance(DType compute, const WeightLayout& layout, std::int32_t rows) {
    const std::int32_t tiles = rows <= 8 ? 1 : 4;
    switch (layout.codes) {
    case Codes::Plain:
        return plainTensor(compute, tiles);
    case Codes::Bits4:
        return bits4Tensor(compute, layout, tiles);
    case Codes::Bits8:
        return bits8Tensor(compute, layout, tiles);
    case Codes::Table4:
    case Codes::Table8:
        return tableTensor(compute, layout, tiles);
    case Codes::E4m3:
        return e4m3Tensor(compute, layout, tiles);
    }
    return {};
}

Status launchTensor(cudaStream_t stream, DType compute, TensorCall call, bool deterministic,
                    std::int32_t multiprocessors, float* scratch, std::size_t scratchBytes) {
    const TensorInstance instance = tensorInstance(compute, call.weights, call.rows);
    shareOut(call, instance, deterministic, multiprocessors, scratchBytes);
    const std::size_t shared = planStages(call, instance, stagedRows(call.rows, instance),
                                          call.tilesPerSplit, call.weights.table != nullptr);
    call.partials = scratch;
    const Shape shape = shapeOf(call, instance);
    if (shape.rowBlocks > 0xFFFF)
        return Status::Unsupported;
    const dim3 grid(unsigned(shape.blocks), unsigned(shape.rowBlocks), unsigned(call.splits));
    const dim3 block(kTensorWarps * 32);
    // Quantised blocks that start early take more from the kernel before than they gain: 279
    // against 294 tokens/s of w4g128 on an H100; plain ones gain 2%.
    HEARTH_CUDA_TRY(call.weights.codes == Codes::Plain
                        ? launchOverlapped(instance.kernel, grid, block, shared, stream, call)
                        : launch(instance.kernel, grid, block, shared, stream, call));
    if (call.splits == 1)
        return Status::Ok;
    DeviceRows out;
    out.data = call.out;
    out.stride = call.outStride;
    out.width = static_cast<std::int32_t>(call.weights.rows);
    out.type = call.floatOut ? DType::F32 : compute;
    return addSplits(stream, scratch, call.splits, call.rows, out, call.bias, call.accumulate);
}

Status launchTensorGroups(cudaStream_t stream, DType compute, const GroupClass& groups,
                          TensorGroups call, bool deterministic, std::int32_t multiprocessors) {
    const GroupedRows& rows = call.rows;
    const std::int32_t wanted = rows.tiles ? rows.tileRows : rows.rows;
    const TensorInstance instance = tensorInstance(compute, groups.form, wanted);
    const std::int32_t tileRows = instance.columnTiles * 8;
    const std::int32_t staged = stagedRows(wanted, instance);
    const std::int64_t tasks =
        rows.tiles ? rows.maxTiles : rows.groups * divideUp(rows.rows, tileRows);
    // Tiles that were made for the other kernel would not fit.
    if (rows.tiles && rows.tileRows > tileRows)
        return Status::InvalidArgument;
    if (deterministic)
        call.depthWarps = kFixedDepth;
    else if (instance.columnTiles == 1)
        call.depthWarps =
            groupDepth(groups, std::min<std::int64_t>(tasks, rows.groups), staged, multiprocessors);
    const std::size_t shared =
        planStages(call, instance, staged, std::int32_t(columnTiles(groups.form)),
                   groups.form.table != nullptr);
    const std::int64_t blocks =
        divideUp(rowTiles(groups.form.rows), kTensorWarps / call.depthWarps);
    if (blocks > 0xFFFF || tasks > 0x7FFFFFFF)
        return Status::Unsupported;
    // Blocks that share rows of weights are neighbours, so that the weights are read once.
    const dim3 grid{unsigned(tasks), unsigned(blocks)};
    return launchOverlapped(instance.groups, grid, dim3(kTensorWarps * 32), shared, stream, call);
}

Status launchBand(cudaStream_t stream, const WeightLayout& layout, std::int64_t firstRow,
                  std::int64_t rows, DType type, void* out) {
    constexpr std::int64_t kTilesAWarp = 4;
    const TensorInstance instance = tensorInstance(type, layout, 1);
    const dim3 grid(unsigned(rowTiles(rows)),
                    unsigned(divideUp(columnTiles(layout), kTensorWarps * kTilesAWarp)));
    return launch(instance.band, grid, dim3(kTensorWarps * 32), 0, stream, layout, firstRow, rows,
                  out);
}

} // namespace hearth::kernels::cuda
