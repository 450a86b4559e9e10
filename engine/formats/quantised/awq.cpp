#include "formats/quantised/awq.h"

#include "formats/quantised/code_bits.h"
#include "formats/quantised/grouped_matrix.h"

#include <algorithm>
#include <utility>

#include <fmt/format.h>

namespace hearth {

namespace {

using kernels::DType;

constexpr std::int64_t kPerWord = 8;
constexpr std::int64_t kRowOfNibble[kPerWord] = {0, 2, 4, 6, 1, 3, 5, 7};
constexpr std::int64_t kNibbleOfRow[kPerWord] = {0, 4, 1, 5, 2, 6, 3, 7};

// A tile of words that is turned at a time: 64 bytes of each file row become 64 bytes of each of
// 128 rows of codes.
constexpr std::int64_t kTileWords = 16;
constexpr std::int64_t kTileColumns = kTileWords * kPerWord;

/// Swaps nibble k of word i and nibble i of word k, for 16 such squares side by side.
void transposeNibbles(std::uint32_t (&words)[kPerWord][kTileWords]) {
    constexpr std::uint32_t kMasks[] = {0x0000FFFF, 0x00FF00FF, 0x0F0F0F0F};
    for (int stage = 0; stage < 3; ++stage) {
        const int distance = 4 >> stage;
        const int shift = distance * 4;
        const std::uint32_t mask = kMasks[stage];
        for (int k = 0; k < kPerWord; ++k) {
            if ((k & distance) != 0)
                continue;
            std::uint32_t* const low = words[k];
            std::uint32_t* const high = words[k + distance];
            for (std::int64_t c = 0; c < kTileWords; ++c) {
                const std::uint32_t swapped = (low[c] >> shift ^ high[c]) & mask;
                high[c] ^= swapped;
                low[c] ^= swapped << shift;
            }
        }
    }
}

class AwqMatrix final : public GroupedMatrix {
public:
    AwqMatrix(std::string name, std::int64_t rows, std::int64_t columns, CodeForm whole,
              const TensorView& codes, const TensorView* zeros, const TensorView& scales)
        : GroupedMatrix(std::move(name), rows, columns,
                        {codes.data, scales.data,
                         zeros == nullptr ? std::span<const std::byte>() : zeros->data},
                        std::move(whole))
        , m_codes(codes.data.data())
        , m_zeros(zeros == nullptr ? nullptr : zeros->data.data())
        , m_scales(scales) {}

protected:
    Result<void> unpackCodes(const MatrixCut& cut, const CodeForm& form, std::byte* codes,
                             std::int64_t rowBytes) const override;
    void readScales(const GroupRange& range, float* scales, float* offsets) const override;

private:
    using Tile = std::uint32_t[kTileColumns][kTileWords];
    void fillTile(std::int64_t firstWord, std::int64_t firstColumn, std::int64_t columnCount,
                  Tile& tile) const;

    const std::byte* m_codes;
    const std::byte* m_zeros;
    TensorView m_scales;
};

/// Codes of 128 rows from word `firstWord` on, `columnCount` <= kTileColumns columns.
void AwqMatrix::fillTile(std::int64_t firstWord, std::int64_t firstColumn, std::int64_t columnCount,
                         Tile& tile) const {
    const std::int64_t wordsARow = rows() / kPerWord;
    const std::int64_t words = std::min(kTileWords, wordsARow - firstWord);
    std::uint32_t square[kPerWord][kTileWords] = {};
    for (std::int64_t block = 0; block * kPerWord < columnCount; ++block) {
        for (std::int64_t k = 0; k < kPerWord; ++k) {
            const std::int64_t column = block * kPerWord + k;
            if (column < columnCount)
                std::memcpy(square[k],
                            m_codes + ((firstColumn + column) * wordsARow + firstWord) * 4,
                            std::size_t(words) * 4);
            else
                std::fill(square[k], square[k] + kTileWords, 0U);
        }
        transposeNibbles(square);
        for (std::int64_t nibble = 0; nibble < kPerWord; ++nibble)
            for (std::int64_t c = 0; c < kTileWords; ++c)
                tile[c * kPerWord + kRowOfNibble[nibble]][block] = square[nibble][c];
    }
}

Result<void> AwqMatrix::unpackCodes(const MatrixCut& cut, const CodeForm& /*form*/,
                                    std::byte* codes, std::int64_t rowBytes) const {
    Tile tile;
    const std::int64_t endRow = cut.firstRow + cut.rowCount;
    // Along the file's rows: neighbouring lines of memory follow each other.
    for (std::int64_t column = 0; column < cut.columnCount; column += kTileColumns)
        for (std::int64_t row = cut.firstRow / kPerWord * kPerWord; row < endRow;
             row += kTileColumns) {
            const std::int64_t count = std::min(kTileColumns, cut.columnCount - column);
            fillTile(row / kPerWord, cut.firstColumn + column, count, tile);
            const std::int64_t first = std::max(row, cut.firstRow);
            for (std::int64_t r = first; r < std::min(row + kTileColumns, endRow); ++r)
                std::memcpy(codes + (r - cut.firstRow) * rowBytes + column / 2, tile[r - row],
                            std::size_t(codeBytes(count, 4)));
        }
    return {};
}

void AwqMatrix::readScales(const GroupRange& range, float* scales, float* offsets) const {
    std::vector<float> numbers(std::size_t(range.rowCount));
    for (std::int64_t group = 0; group < range.groupCount; ++group) {
        const std::int64_t fileRow = range.firstGroup + group;
        readNumbers(m_scales, fileRow * rows() + range.firstRow, range.rowCount, numbers.data());
        for (std::int64_t r = 0; r < range.rowCount; ++r) {
            const float scale = numbers[std::size_t(r)];
            scales[r * range.groupCount + group] = scale;
            if (offsets == nullptr)
                continue;
            const std::int64_t row = range.firstRow + r;
            std::uint32_t zero = 8;
            if (m_zeros != nullptr)
                zero = loadWord(m_zeros, fileRow * (rows() / kPerWord) + row / kPerWord) >>
                           4 * kNibbleOfRow[row % kPerWord] &
                       15U;
            offsets[r * range.groupCount + group] = -static_cast<float>(zero) * scale;
        }
    }
}

} // namespace

Result<LogicalTensor> readAwq(const QuantisationConfig& config, PartTable& table,
                              const std::string& module) {
    HEARTH_TRY_ASSIGN(const std::int64_t bits, config.integer("bits", 4, "w_bit"));
    if (bits != 4)
        return config.unsupported("bits", fmt::format("AWQ with {} bits", bits));
    HEARTH_TRY_ASSIGN(const TensorView* codes, table.require(module + ".qweight"));
    HEARTH_TRY_ASSIGN(const TensorView* scales, table.require(module + ".scales"));
    HEARTH_TRY(requireType(table, *codes, {DType::I32}));
    HEARTH_TRY(requireScales(table, *scales));
    if (codes->shape.size() != 2 || codes->shape[1] > (std::int64_t{1} << 40) ||
        codes->elements() == 0)
        return table.failure(ErrorCode::Corrupt, std::string(codes->name), "is no matrix");
    const std::int64_t columns = codes->shape[0];
    const std::int64_t rows = codes->shape[1] * kPerWord;
    HEARTH_TRY_ASSIGN(const std::int64_t configured,
                      config.integer("group_size", 128, "q_group_size"));
    CodeForm form;
    HEARTH_TRY_ASSIGN(form.groupSize, groupSizeOf(config, configured, columns));
    if (columns % form.groupSize != 0)
        return table.failure(ErrorCode::Unsupported, std::string(codes->name),
                             fmt::format("AWQ with {} columns, which are no whole number of groups "
                                         "of {}",
                                         columns, form.groupSize));
    const std::int64_t groupCount = columns / form.groupSize;
    const std::string reason =
        fmt::format("{} columns in groups of {} need", columns, form.groupSize);
    HEARTH_TRY(requireShape(table, *scales, {groupCount, rows}, reason));
    HEARTH_TRY_ASSIGN(const bool needsZeros, config.boolean("zero_point", false));
    if (needsZeros)
        HEARTH_TRY(table.require(module + ".qzeros"));
    const TensorView* zeros = table.take(module + ".qzeros");
    if (zeros != nullptr) {
        HEARTH_TRY(requireType(table, *zeros, {DType::I32}));
        HEARTH_TRY(requireShape(table, *zeros, {groupCount, rows / kPerWord}, reason));
    }
    form.hasOffsets = true;
    const std::string name = module + ".weight";
    const GroupFormat groups{4, form.groupSize};
    return LogicalTensor{
        name,
        {rows, columns},
        groups,
        std::make_shared<AwqMatrix>(name, rows, columns, std::move(form), *codes, zeros, *scales)};
}

} // namespace hearth
