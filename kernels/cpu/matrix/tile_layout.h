#pragma once

#include "hearth/kernels/dtype.h"

#include <cstddef>
#include <cstdint>
#include <optional>

/// Tiles of quantised weights. A tile holds `width` rows of a matrix, interleaved so that one
/// vector lane belongs to one row: no horizontal sums, and one broadcast activation serves all
/// rows.
///
///     tile  = super-block, super-block, … along the columns
///     super = header, then `blocksPerSuper` blocks of 32 columns
///     block = scales, then codes
///
/// Codes are cut into planes of 4 or 2 low bits and 1 or 2 high bits. The unit is a quad: four
/// consecutive columns of one row, a byte each; quad j of `width` rows makes a vector of 4 * width
/// bytes. Quads 0 to 7 of a block share vectors:
///     4 bits: vectors 0 to 3, vector v has quad v in the low and v + 4 in the high nibbles;
///     2 bits: vectors 0 and 1, vector v has quad 4v + i in bits 2i and 2i + 1;
///     1 bit:  one vector, quad j in bit j;
///     8 bits: vectors 0 to 7.
/// Half and float fields are arrays of `width` rows, as are the bytes of small scales.
namespace hearth::kernels::cpu {

enum class Codes : std::uint8_t {
    Bits2,
    Bits3, ///< 2 low bits, 1 high bit.
    Bits4,
    Bits5, ///< 4 low bits, 1 high bit.
    Bits6, ///< 4 low bits, 2 high bits.
    Signed8,
    Iq4,    ///< 4 bits that index kIq4Values.
    E2m1,   ///< 4 bits that index kTwiceE2M1.
    Table4, ///< 4 bits that index the layout's own table.
};

/// True where codes are indices of signed numbers.
[[nodiscard]] constexpr bool isTable(Codes codes) {
    return codes == Codes::Iq4 || codes == Codes::E2m1 || codes == Codes::Table4;
}

/// How a block's codes become weights: (code - zero) * scale + offset.
enum class Scales : std::uint8_t {
    Half,           ///< Block: half scale.
    HalfOffset,     ///< Block: half scale, half offset.
    SuperOffset,    ///< Header: half d, half dmin. Block: byte s, byte m. s * d, -m * dmin.
    SuperSigned,    ///< Header: half d. Block: signed byte s. s * d.
    SuperSigned16,  ///< As SuperSigned with two bytes, for columns 0 to 15 and 16 to 31.
    SuperNibbles16, ///< Header: half d, half dmin. Block: two bytes with s low, m high.
    HalfExponent,   ///< Block: an exponent byte, see e8M0HalfToF32().
    Float,          ///< Header: float scale, float offset.
};

inline constexpr std::int8_t kIq4Values[16] = {-127, -104, -83, -65, -49, -35, -22, -10,
                                               1,    13,   25,  38,  53,  69,  89,  113};

/// Sixteen numbers for products of integers: number = coarse + fine / kTableSteps, each as near as
/// 1 / 508 where the largest is 127.
struct CodeTable {
    std::int8_t coarse[16] = {};
    std::int8_t fine[16] = {};
    float numbers[16] = {};

    bool operator==(const CodeTable&) const = default;
};
inline constexpr float kTableSteps = 254.0F;

/// True where columns 0 to 15 and 16 to 31 of a block have scales of their own.
[[nodiscard]] constexpr bool hasHalfBlocks(Scales scales) {
    return scales == Scales::SuperSigned16 || scales == Scales::SuperNibbles16;
}

/// What is taken from a stored code before scaling.
[[nodiscard]] constexpr std::int32_t zeroPoint(Codes codes, Scales scales) {
    if (scales == Scales::Half)
        return codes == Codes::Bits4 ? 8 : codes == Codes::Bits5 ? 16 : 0;
    if (scales == Scales::SuperSigned16)
        return codes == Codes::Bits6 ? 32 : codes == Codes::Bits3 ? 4 : 0;
    if (scales == Scales::Float)
        return codes == Codes::Signed8 ? -128 : 0; // Unsigned codes, moved to fit.
    return 0;
}

[[nodiscard]] constexpr std::int64_t codeBytes(Codes codes, std::int64_t width) {
    switch (codes) {
    case Codes::Bits2:
        return 8 * width;
    case Codes::Bits3:
        return 12 * width;
    case Codes::Bits4:
    case Codes::Iq4:
    case Codes::E2m1:
    case Codes::Table4:
        return 16 * width;
    case Codes::Bits5:
        return 20 * width;
    case Codes::Bits6:
        return 24 * width;
    case Codes::Signed8:
        return 32 * width;
    }
    return 0;
}

/// Bytes of a block's scales.
[[nodiscard]] constexpr std::int64_t scaleBytes(Scales scales, std::int64_t width) {
    switch (scales) {
    case Scales::Half:
    case Scales::SuperOffset:
    case Scales::SuperSigned16:
    case Scales::SuperNibbles16:
        return 2 * width;
    case Scales::HalfOffset:
        return 4 * width;
    case Scales::SuperSigned:
    case Scales::HalfExponent:
        return width;
    case Scales::Float:
        return 0;
    }
    return 0;
}

[[nodiscard]] constexpr std::int64_t headerBytes(Scales scales, std::int64_t width) {
    switch (scales) {
    case Scales::Half:
    case Scales::HalfOffset:
    case Scales::HalfExponent:
        return 0;
    case Scales::SuperSigned:
    case Scales::SuperSigned16:
        return 2 * width;
    case Scales::SuperOffset:
    case Scales::SuperNibbles16:
        return 4 * width;
    case Scales::Float:
        return 8 * width;
    }
    return 0;
}

struct TileLayout {
    Codes codes = Codes::Bits4;
    Scales scales = Scales::Half;
    std::int64_t width = 8; ///< Rows a tile: 8 or 16.
    std::int64_t blocksPerSuper = 1;
    std::int64_t blocks = 0; ///< Blocks of 32 columns a row.
    CodeTable table = {};    ///< Of Table4.
    float tableUnit = 1.0F;  ///< What a number of the table stands for; part of the scales.

    [[nodiscard]] constexpr std::int64_t blockBytes() const {
        return scaleBytes(scales, width) + codeBytes(codes, width);
    }
    [[nodiscard]] constexpr std::int64_t superBytes() const {
        return headerBytes(scales, width) + blocksPerSuper * blockBytes();
    }
    [[nodiscard]] constexpr std::int64_t supers() const {
        return (blocks + blocksPerSuper - 1) / blocksPerSuper;
    }
    [[nodiscard]] constexpr std::int64_t tileBytes() const {
        return supers() * headerBytes(scales, width) + blocks * blockBytes();
    }
    /// From the tile's first byte.
    [[nodiscard]] constexpr std::int64_t headerOffset(std::int64_t super) const {
        return super * superBytes();
    }
    [[nodiscard]] constexpr std::int64_t blockOffset(std::int64_t block) const {
        return headerOffset(block / blocksPerSuper) + headerBytes(scales, width) +
               block % blocksPerSuper * blockBytes();
    }
};

/// The layout for a block format of GGUF; none for plain types.
[[nodiscard]] std::optional<TileLayout> tileLayout(DType type, std::int64_t columns,
                                                   std::int64_t width);

/// Scales of one row in one block: of columns 0 to 15 and of 16 to 31.
struct RowScales {
    float scale[2];
    float offset[2]; ///< -0 where there is none: adding it changes nothing.
};

[[nodiscard]] RowScales readScales(const TileLayout& layout, const std::byte* tile,
                                   std::int64_t block, std::int64_t row);

/// Stored codes of one row in one block, before the zero point; Iq4 and E2m1 give the table's
/// values, Table4 the indices.
void readCodes(const TileLayout& layout, const std::byte* tile, std::int64_t block,
               std::int64_t row, std::int32_t (&out)[32]);

/// Writes 32 codes of one row, each within the plane's bits (tables: indices).
void writeCodes(const TileLayout& layout, std::byte* tile, std::int64_t block, std::int64_t row,
                const std::uint8_t (&codes)[32]);

/// Expands columns [firstColumn, firstColumn + columns) of one row, both multiples of 32 except
/// for the row's end; equal bit for bit to dequantize() of the source.
void expandRow(const TileLayout& layout, const std::byte* tile, std::int64_t row,
               std::int64_t firstColumn, std::int64_t columns, float* out);

} // namespace hearth::kernels::cpu
