#pragma once

#include "cpu/matrix/tile_layout.h"
#include "hearth/kernels/weights.h"

#include <cstddef>
#include <cstdint>
#include <optional>

namespace hearth::kernels::cpu {

/// Writes rows [tileIndex * width, + width) of `source` as one tile; rows beyond the last become
/// zeros. `layout` must be the one of tileLayout() or groupTileLayout() for the source.
void packTile(const WeightSource& source, const TileLayout& layout, std::int64_t tileIndex,
              std::byte* tile);

/// The layout for codes with group quantisation; none where groups don't end at multiples of 32
/// columns, or a codebook or a permutation stands between codes and weights.
[[nodiscard]] std::optional<TileLayout> groupTileLayout(const WeightSource& source,
                                                        std::int64_t width);

/// Code `column` of a row packed densely, lowest bits first.
[[nodiscard]] std::uint32_t denseCode(const std::byte* row, std::uint8_t bits, std::int64_t column);

} // namespace hearth::kernels::cpu
