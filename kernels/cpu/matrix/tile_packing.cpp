#include "cpu/matrix/tile_packing.h"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <limits>

namespace hearth::kernels::cpu {

namespace {

using Byte = std::uint8_t;

/// Where one row's part of a tile goes.
struct RowWriter {
    const TileLayout& layout;
    std::byte* tile;
    std::int64_t row;

    [[nodiscard]] std::byte* header(std::int64_t super) const {
        return tile + layout.headerOffset(super);
    }
    [[nodiscard]] std::byte* scales(std::int64_t block) const {
        return tile + layout.blockOffset(block);
    }
    /// Field `field` of two bytes for this row.
    void half(std::byte* at, int field, const Byte* source) const {
        std::memcpy(at + (field * layout.width + row) * 2, source, 2);
    }
    void byte(std::byte* at, int field, int value) const {
        at[field * layout.width + row] = static_cast<std::byte>(value);
    }
    void number(std::byte* at, int field, float value) const {
        std::memcpy(at + (field * layout.width + row) * 4, &value, 4);
    }
    void codes(std::int64_t block, const Byte (&values)[32]) const {
        writeCodes(layout, tile, block, row, values);
    }
};

/// 16 bytes: columns 0 to 15 in the low nibbles, 16 to 31 in the high ones.
void splitNibbles(const Byte* quants, Byte (&out)[32]) {
    for (int i = 0; i < 16; ++i) {
        out[i] = quants[i] & 15;
        out[i + 16] = quants[i] >> 4;
    }
}

/// Q4_0, Q4_1, Q5_0, Q5_1 and IQ4_NL: one or two halves, perhaps a word of fifth bits, nibbles.
void packNibbleBlock(const RowWriter& writer, std::int64_t block, const Byte* source) {
    const int halves = writer.layout.scales == Scales::HalfOffset ? 2 : 1;
    for (int field = 0; field < halves; ++field)
        writer.half(writer.scales(block), field, source + field * 2);
    source += halves * 2;
    const bool fifthBits = writer.layout.codes == Codes::Bits5;
    Byte codes[32];
    splitNibbles(source + (fifthBits ? 4 : 0), codes);
    if (fifthBits) {
        for (int i = 0; i < 32; ++i)
            codes[i] = static_cast<Byte>(codes[i] | (source[i / 8] >> i % 8 & 1) << 4);
    }
    writer.codes(block, codes);
}

void packMxfp4(const RowWriter& writer, std::int64_t block, const Byte* source) {
    writer.byte(writer.scales(block), 0, source[0]);
    Byte codes[32];
    splitNibbles(source + 1, codes);
    writer.codes(block, codes);
}

void packQ8_0(const RowWriter& writer, std::int64_t block, const Byte* source) {
    writer.half(writer.scales(block), 0, source);
    Byte codes[32];
    std::memcpy(codes, source + 2, 32);
    writer.codes(block, codes);
}

/// Two bits of 32 columns of group `group`, which the K types keep in 32 bytes for four groups.
void splitPairs(const Byte* quants, int group, Byte (&out)[32]) {
    const Byte* bytes = quants + group / 4 * 32;
    for (int i = 0; i < 32; ++i)
        out[i] = bytes[i] >> group % 4 * 2 & 3;
}

void packQ2_K(const RowWriter& writer, std::int64_t super, const Byte* source) {
    writer.half(writer.header(super), 0, source + 80);
    writer.half(writer.header(super), 1, source + 82);
    for (int group = 0; group < 8; ++group) {
        const std::int64_t block = super * 8 + group;
        writer.byte(writer.scales(block), 0, source[group * 2]);
        writer.byte(writer.scales(block), 1, source[group * 2 + 1]);
        Byte codes[32];
        splitPairs(source + 16, group, codes);
        writer.codes(block, codes);
    }
}

void packQ3_K(const RowWriter& writer, std::int64_t super, const Byte* source) {
    const Byte* scales = source + 96;
    writer.half(writer.header(super), 0, source + 108);
    for (int group = 0; group < 8; ++group) {
        const std::int64_t block = super * 8 + group;
        for (int side = 0; side < 2; ++side) {
            const int index = group * 2 + side;
            const int low = index < 8 ? scales[index] & 15 : scales[index - 8] >> 4;
            const int high = scales[8 + index % 4] >> index / 4 * 2 & 3;
            writer.byte(writer.scales(block), side, (low | high << 4) - 32);
        }
        Byte codes[32];
        splitPairs(source + 32, group, codes);
        for (int i = 0; i < 32; ++i)
            codes[i] = static_cast<Byte>(codes[i] | (source[i] >> group & 1) << 2);
        writer.codes(block, codes);
    }
}

/// Q4_K and Q5_K: d, dmin, eight 6-bit pairs in 12 bytes, perhaps 32 bytes of fifth bits, nibbles.
void packK45(const RowWriter& writer, std::int64_t super, const Byte* source) {
    const bool fifthBits = writer.layout.codes == Codes::Bits5;
    const Byte* pairs = source + 4;
    const Byte* highBits = source + 16;
    const Byte* quants = source + (fifthBits ? 48 : 16);
    writer.half(writer.header(super), 0, source);
    writer.half(writer.header(super), 1, source + 2);
    for (int group = 0; group < 8; ++group) {
        const std::int64_t block = super * 8 + group;
        const int scale =
            group < 4 ? pairs[group] & 63 : (pairs[group + 4] & 15) | pairs[group - 4] >> 6 << 4;
        const int min =
            group < 4 ? pairs[group + 4] & 63 : pairs[group + 4] >> 4 | pairs[group] >> 6 << 4;
        writer.byte(writer.scales(block), 0, scale);
        writer.byte(writer.scales(block), 1, min);
        Byte codes[32];
        const Byte* bytes = quants + group / 2 * 32;
        for (int i = 0; i < 32; ++i)
            codes[i] = bytes[i] >> group % 2 * 4 & 15;
        if (fifthBits) {
            for (int i = 0; i < 32; ++i)
                codes[i] = static_cast<Byte>(codes[i] | (highBits[i] >> group & 1) << 4);
        }
        writer.codes(block, codes);
    }
}

void packQ6_K(const RowWriter& writer, std::int64_t super, const Byte* source) {
    writer.half(writer.header(super), 0, source + 208);
    for (int group = 0; group < 8; ++group) {
        const std::int64_t block = super * 8 + group;
        writer.byte(writer.scales(block), 0, source[192 + group * 2]);
        writer.byte(writer.scales(block), 1, source[193 + group * 2]);
        const int half = group / 4;
        const int quarter = group % 4;
        const Byte* low = source + half * 64 + quarter % 2 * 32;
        const Byte* high = source + 128 + half * 32;
        Byte codes[32];
        for (int i = 0; i < 32; ++i)
            codes[i] = static_cast<Byte>((low[i] >> quarter / 2 * 4 & 15) |
                                         (high[i] >> quarter * 2 & 3) << 4);
        writer.codes(block, codes);
    }
}

void packIq4Xs(const RowWriter& writer, std::int64_t super, const Byte* source) {
    writer.half(writer.header(super), 0, source);
    const int high = source[2] | source[3] << 8;
    for (int group = 0; group < 8; ++group) {
        const std::int64_t block = super * 8 + group;
        const int low = source[4 + group / 2] >> group % 2 * 4 & 15;
        writer.byte(writer.scales(block), 0, (low | (high >> 2 * group & 3) << 4) - 32);
        Byte codes[32];
        splitNibbles(source + 8 + group * 16, codes);
        writer.codes(block, codes);
    }
}

using PackFunction = void (*)(const RowWriter& writer, std::int64_t index, const Byte* source);

/// What packs one block (or super-block) of the source.
PackFunction packFunction(DType type) {
    switch (type) {
    case DType::MXFP4:
        return packMxfp4;
    case DType::Q8_0:
        return packQ8_0;
    case DType::Q2_K:
        return packQ2_K;
    case DType::Q3_K:
        return packQ3_K;
    case DType::Q4_K:
    case DType::Q5_K:
        return packK45;
    case DType::Q6_K:
        return packQ6_K;
    case DType::IQ4_XS:
        return packIq4Xs;
    default:
        return packNibbleBlock;
    }
}

/// 32 codes of `bits` each, lowest bits first. Eight fill as many bytes as they have bits.
void unpackDense(const Byte* packed, int bits, Byte (&out)[32]) {
    if (bits == 8) {
        std::memcpy(out, packed, 32);
    } else if (bits == 4) {
        for (int i = 0; i < 16; ++i) {
            out[2 * i] = packed[i] & 15;
            out[2 * i + 1] = packed[i] >> 4;
        }
    } else {
        for (int eight = 0; eight < 4; ++eight) {
            std::uint64_t word = 0;
            std::memcpy(&word, packed + eight * bits, static_cast<std::size_t>(bits));
            for (int i = 0; i < 8; ++i)
                out[eight * 8 + i] = static_cast<Byte>(word >> i * bits & ((1U << bits) - 1U));
        }
    }
}

void packGroupRow(const RowWriter& writer, const WeightSource& source, std::int64_t sourceRow) {
    const GroupQuantisation& groups = *source.groups;
    const TileLayout& layout = writer.layout;
    const std::byte* row = source.data + sourceRow * source.rowBytes;
    for (std::int64_t super = 0; super < layout.supers(); ++super) {
        const std::int64_t index = sourceRow * layout.supers() + super;
        writer.number(writer.header(super), 0, groups.scales[index] * layout.tableUnit);
        writer.number(writer.header(super), 1, groups.offsets ? groups.offsets[index] : 0.0F);
    }
    const Byte moved = layout.codes == Codes::Signed8 ? 128 : 0;
    const auto* codesOfRow = reinterpret_cast<const Byte*>(row);
    const std::int64_t blockBytes = groups.bits * 4;
    const std::int64_t rowBytes = (source.columns * groups.bits + 7) / 8;
    for (std::int64_t block = 0; block < layout.blocks; ++block) {
        Byte packed[32] = {};
        const std::int64_t first = block * blockBytes;
        std::memcpy(packed, codesOfRow + first,
                    static_cast<std::size_t>(std::min(blockBytes, rowBytes - first)));
        Byte codes[32];
        unpackDense(packed, groups.bits, codes);
        for (Byte& code : codes)
            code = static_cast<Byte>(code - moved);
        const std::int64_t count = std::min<std::int64_t>(32, source.columns - block * 32);
        std::fill(codes + count, codes + 32, Byte{0});
        writer.codes(block, codes);
    }
}

} // namespace

void packTile(const WeightSource& source, const TileLayout& layout, std::int64_t tileIndex,
              std::byte* tile) {
    const std::int64_t firstRow = tileIndex * layout.width;
    const std::int64_t count = std::min(layout.width, source.rows - firstRow);
    if (count < layout.width)
        std::memset(tile, 0, static_cast<std::size_t>(layout.tileBytes()));
    const std::int64_t units = source.groups ? 0 : source.columns / blockSize(source.type).elements;
    const PackFunction pack = packFunction(source.type);
    for (std::int64_t row = 0; row < count; ++row) {
        const RowWriter writer{layout, tile, row};
        if (source.groups) {
            packGroupRow(writer, source, firstRow + row);
            continue;
        }
        const auto* from =
            reinterpret_cast<const Byte*>(source.data) + (firstRow + row) * source.rowBytes;
        for (std::int64_t unit = 0; unit < units; ++unit)
            pack(writer, unit, from + unit * blockSize(source.type).bytes);
    }
}

namespace {

/// Fills the layout's table from a codebook of up to 16 numbers; false where they aren't finite.
bool makeTable(const GroupQuantisation& groups, TileLayout& layout) {
    const std::size_t count = std::size_t{1} << groups.bits;
    float largest = 0.0F;
    for (std::size_t i = 0; i < count; ++i)
        largest = std::max(largest, std::fabs(groups.codebook[i]));
    const bool finite = std::all_of(groups.codebook, groups.codebook + count,
                                    [](float number) { return std::isfinite(number); });
    layout.tableUnit = largest / 127.0F;
    if (!finite || layout.tableUnit < std::numeric_limits<float>::min())
        return false;
    for (std::size_t i = 0; i < count; ++i) {
        const float number = groups.codebook[i] / layout.tableUnit;
        const float coarse = std::nearbyint(number);
        layout.table.numbers[i] = number;
        layout.table.coarse[i] = static_cast<std::int8_t>(coarse);
        layout.table.fine[i] =
            static_cast<std::int8_t>(std::nearbyint((number - coarse) * kTableSteps));
    }
    return true;
}

} // namespace

std::optional<TileLayout> groupTileLayout(const WeightSource& source, std::int64_t width) {
    const GroupQuantisation& groups = *source.groups;
    const std::int64_t blocks = (source.columns + 31) / 32;
    const bool oneGroup = groups.groupSize >= source.columns;
    if (source.type != DType::U8 || (!oneGroup && groups.groupSize % 32 != 0))
        return std::nullopt;
    const std::int64_t blocksPerSuper = oneGroup ? blocks : groups.groupSize / 32;
    if (groups.codebook) {
        TileLayout layout{Codes::Table4, Scales::Float, width, blocksPerSuper, blocks};
        return groups.bits <= 4 && makeTable(groups, layout) ? std::optional(layout) : std::nullopt;
    }
    constexpr Codes kByBits[] = {Codes::Bits2, Codes::Bits3,   Codes::Bits4,  Codes::Bits5,
                                 Codes::Bits6, Codes::Signed8, Codes::Signed8};
    return TileLayout{kByBits[groups.bits - 2], Scales::Float, width, blocksPerSuper, blocks};
}

std::uint32_t denseCode(const std::byte* row, std::uint8_t bits, std::int64_t column) {
    const std::int64_t firstBit = column * bits;
    const std::byte* bytes = row + firstBit / 8;
    const int shift = static_cast<int>(firstBit % 8);
    std::uint32_t window = std::to_integer<std::uint32_t>(bytes[0]);
    if (shift + bits > 8)
        window |= std::to_integer<std::uint32_t>(bytes[1]) << 8;
    return window >> shift & ((1U << bits) - 1U);
}

} // namespace hearth::kernels::cpu
