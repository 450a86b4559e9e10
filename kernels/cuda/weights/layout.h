#pragma once

#include "hearth/kernels/dtype.h"

#include <cuda_runtime.h>

#include <cstddef>
#include <cstdint>

namespace hearth::kernels::cuda {

/// What a stored code means, before scaling.
enum class Codes : std::uint8_t {
    Plain,  ///< No codes: rows of numbers of `type`.
    Bits4,  ///< code - zero
    Bits8,  ///< code - zero
    Table4, ///< table[code], 16 entries
    Table8, ///< table[code], 256 entries
    E4m3,   ///< The 8-bit float of that name; a NaN makes its group's scale NaN.
};

/// How a group's codes become weights: code * scale + offset.
enum class Scales : std::uint8_t {
    None,  ///< Plain.
    F16,   ///< An entry is a half: scale.
    Pair,  ///< Two halves: scale, offset.
    Super, ///< Two signed bytes s, m: scale = s * d, offset = -(m * dmin), halves of 256 columns.
    Float, ///< Two floats: scale, offset.
};

/// Codes lie in tiles of 16 rows and 64 columns, as the tensor cores' left operand wants them: with
/// row = g or g + 8, lane 4g + t keeps of each 32 columns the eight 8t.. of both rows (groups of
/// 16: 4t.. and 16 + 4t..), so that a warp reads a tile of 4-bit codes with one load of 16 bytes a
/// lane, and of 8-bit codes with two.
inline constexpr std::int64_t kTileRows = 16;
inline constexpr std::int64_t kTileColumns = 64;
inline constexpr std::int64_t kSuperColumns = 256;

/// Some rows of weights in device memory. `columns` is what is stored: a multiple of kTileColumns
/// (for Plain the rows' stride), of which those without an activation count nothing.
struct WeightLayout {
    Codes codes = Codes::Plain;
    Scales scales = Scales::None;
    DType type = DType::F32;
    std::int32_t groupShift = 0; ///< Columns a group: 1 << groupShift, 16 or more.
    std::int32_t zero = 0;       ///< Bits8: 128 or 0.
    std::int64_t rows = 0;
    std::int64_t columns = 0;
    const std::byte* data = nullptr;
    const std::byte* entries = nullptr; ///< [tiles of rows, groups, 16]: see slotOf().
    const std::byte* supers = nullptr;  ///< Super: [tiles of rows, supers, 16] of d, dmin.
    const float* table = nullptr;
    const std::int32_t* order = nullptr; ///< [columns]: activation of a column, -1: none.
};

[[nodiscard]] __host__ __device__ constexpr bool isFourBit(Codes codes) {
    return codes == Codes::Bits4 || codes == Codes::Table4;
}

[[nodiscard]] __host__ __device__ constexpr std::int64_t tileBytes(Codes codes) {
    return isFourBit(codes) ? 512 : 1024;
}

[[nodiscard]] __host__ __device__ constexpr std::int64_t entryBytes(Scales scales) {
    switch (scales) {
    case Scales::F16:
    case Scales::Super:
        return 2;
    case Scales::Pair:
        return 4;
    case Scales::Float:
        return 8;
    case Scales::None:
        return 0;
    }
    return 0;
}

[[nodiscard]] __host__ __device__ constexpr std::int64_t rowTiles(std::int64_t rows) {
    return (rows + kTileRows - 1) / kTileRows;
}
[[nodiscard]] __host__ __device__ constexpr std::int64_t columnTiles(const WeightLayout& layout) {
    return layout.columns / kTileColumns;
}
[[nodiscard]] __host__ __device__ constexpr std::int64_t groupCount(const WeightLayout& layout) {
    return ((layout.columns - 1) >> layout.groupShift) + 1;
}
[[nodiscard]] __host__ __device__ constexpr std::int64_t superCount(const WeightLayout& layout) {
    return (layout.columns + kSuperColumns - 1) / kSuperColumns;
}

/// Place of a row among the 16 of its tile: rows g and g + 8 are neighbours.
[[nodiscard]] __host__ __device__ constexpr std::int64_t slotOf(std::int64_t row) {
    return row % 8 * 2 + row % 16 / 8;
}
/// Index of an entry, or of a pair (d, dmin) where `group` and `groups` count supers.
[[nodiscard]] __host__ __device__ constexpr std::int64_t
entryIndex(std::int64_t row, std::int64_t group, std::int64_t groups) {
    return (row / kTileRows * groups + group) * kTileRows + slotOf(row);
}

/// Groups of 16 columns need lanes to keep other columns than wider ones.
[[nodiscard]] __host__ __device__ constexpr bool hasHalfGroups(const WeightLayout& layout) {
    return layout.groupShift == 4;
}
/// The column of 32 that lane t keeps as its number j of eight.
[[nodiscard]] __host__ __device__ constexpr int laneColumn(bool halfGroups, int t, int j) {
    return halfGroups ? j / 4 * 16 + t * 4 + j % 4 : t * 8 + j;
}

/// Byte offset of the eight codes that lane t keeps of block `block` of 32 columns of a row: four
/// bytes of 4-bit codes, or eight bytes.
[[nodiscard]] __host__ __device__ constexpr std::int64_t
eightOffset(const WeightLayout& layout, std::int64_t row, std::int64_t block, int t) {
    const std::int64_t tile = row / kTileRows * columnTiles(layout) + block / 2;
    const std::int64_t lane = row % 8 * 4 + t;
    const std::int64_t upper = row % 16 / 8;
    return isFourBit(layout.codes) ? tile * 512 + lane * 16 + block % 2 * 8 + upper * 4
                                   : tile * 1024 + block % 2 * 512 + lane * 16 + upper * 8;
}

/// Bit at which code j of eight begins in the 32-bit word (4-bit codes) or, of 8-bit codes, in word
/// j / 4: pairs of neighbours are 16 bits apart, as packed halves want them. Table4 looks pairs up
/// at once instead.
[[nodiscard]] __host__ __device__ constexpr int codeShift(Codes codes, int j) {
    if (codes == Codes::Table4)
        return j * 4;
    if (codes == Codes::Bits4)
        return j / 2 * 4 + j % 2 * 16;
    return j % 4 / 2 * 8 + j % 2 * 16;
}

} // namespace hearth::kernels::cuda
