#include "cuda/device/launch.h"
#include "cuda/device/ptx.cuh"
#include "cuda/matmul/float_kernel.cuh"
#include "cuda/matmul/group_tile.cuh"

namespace hearth::kernels::cuda {

namespace {

constexpr int kRows = 8; // Of a tile.

struct RoutedFloats {
    const GroupedRows& all;
    GroupTile tile;
    const std::int32_t* order;
    bool aligned;

    __device__ void load(int m, std::int64_t column, float (&out)[4]) const {
        const float* const row = static_cast<const float*>(all.in.data) +
                                 sourceRow(all, tile, min(m, tile.count - 1)) * all.in.stride +
                                 tile.group * all.inGroup;
        loadFourColumns(row, column, all.in.width, order, aligned, out);
    }
};

template<Codes kCodes>
__global__ void __launch_bounds__(kFloatThreads)
    floatGroups(const GroupedRows rows, const bool aligned) {
    __shared__ FloatMeeting<kRows> meeting;
    waitForPrevious();
    GroupTile tile;
    if (!findGroupTile(rows, kRows, static_cast<std::int32_t>(blockIdx.x), tile))
        return;
    const GroupEntry& entry = rows.entries[tile.group];
    const WeightLayout layout = entry.layout;
    const std::int64_t tileRow = std::int64_t{blockIdx.y} * kTileRows;
    if (!layout.data || tileRow >= layout.rows)
        return;
    sumFloats<kCodes, kRows>(layout, tileRow, RoutedFloats{rows, tile, layout.order, aligned},
                             meeting);
    for (int index = static_cast<int>(threadIdx.x); index < tile.count * 16;
         index += kFloatThreads) {
        const std::int64_t n = tileRow + index % 16 - entry.skip;
        if (n < 0 || n >= layout.rows - entry.skip)
            continue;
        float sum = joinFloats<kRows>(meeting, index / 16, index % 16);
        if (entry.bias)
            sum += entry.bias[n];
        static_cast<float*>(rows.out.data)[targetRow(rows, tile, index / 16) * rows.out.stride +
                                           tile.group * rows.outGroup + entry.firstColumn + n] =
            sum;
    }
}

} // namespace

Status launchFloatGroups(cudaStream_t stream, const GroupClass& groups, const GroupedRows& rows,
                         bool aligned) {
    const std::int64_t tasks =
        rows.tiles ? rows.maxTiles : std::int64_t{rows.groups} * ((rows.rows + kRows - 1) / kRows);
    const std::int64_t blocks = rowTiles(groups.form.rows);
    if (rows.tiles && rows.tileRows > kRows)
        return Status::InvalidArgument;
    if (blocks > 0xFFFF || tasks > 0x7FFFFFFF)
        return Status::Unsupported;
    const dim3 grid{unsigned(tasks), unsigned(blocks)};
    const auto run = [&](void (*kernel)(GroupedRows, bool)) {
        return launchOverlapped(kernel, grid, dim3(kFloatThreads), 0, stream, rows, aligned);
    };
    if (groups.form.codes == Codes::Plain)
        return run(floatGroups<Codes::Plain>);
    return withCodes(groups.form.codes,
                     [&](auto codes) { return run(floatGroups<decltype(codes)::kValue>); });
}

} // namespace hearth::kernels::cuda
