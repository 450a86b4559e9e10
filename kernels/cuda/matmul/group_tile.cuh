#pragma once

#include "cuda/matmul/grouped.h"

#include <cuda_runtime.h>

#include <cstdint>

namespace hearth::kernels::cuda {

/// Task `index` of a grouped product in tiles of at most `tileRows` rows; false where there is
/// none.
__device__ inline bool findGroupTile(const GroupedRows& rows, std::int32_t tileRows,
                                     std::int32_t index, GroupTile& out) {
    if (rows.tiles) {
        if (index >= *rows.tileCount)
            return false;
        out = rows.tiles[index];
        return true;
    }
    const std::int32_t first = index / rows.groups * tileRows;
    out = {index % rows.groups, first, min(tileRows, rows.rows - first)};
    return out.count > 0;
}

/// Row of the result that row m of a tile makes.
__device__ inline std::int64_t targetRow(const GroupedRows& rows, const GroupTile& tile, int m) {
    return rows.pairs ? rows.pairs[tile.first + m] : tile.first + m;
}

/// Row of x that it is made from.
__device__ inline std::int64_t sourceRow(const GroupedRows& rows, const GroupTile& tile, int m) {
    return rows.pairs ? rows.pairs[tile.first + m] / rows.divisor : tile.first + m;
}

} // namespace hearth::kernels::cuda
