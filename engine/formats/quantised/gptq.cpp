#include "formats/quantised/gptq.h"

#include "formats/quantised/code_bits.h"
#include "formats/quantised/grouped_matrix.h"

#include <algorithm>
#include <utility>

#include <fmt/format.h>

namespace hearth {

namespace {

using kernels::DType;

// Rows of codes that are gathered at a time: 128 bytes of each row of the file.
constexpr std::int64_t kTile = 32;
// Columns after which codes of any width begin at a word again.
constexpr std::int64_t kPeriod = 32;

enum class ZeroPoints : std::uint8_t { LessOne, Themselves };

struct GptqParts {
    const TensorView* codes;
    const TensorView* zeros;
    const TensorView* scales;
    const TensorView* groupOf; ///< nullptr: in order.
};

class GptqMatrix final : public GroupedMatrix {
public:
    GptqMatrix(std::string name, std::int64_t rows, std::int64_t columns, CodeForm whole,
               const GptqParts& parts, ZeroPoints zeroPoints)
        : GroupedMatrix(std::move(name), rows, columns,
                        {parts.codes->data, parts.zeros->data, parts.scales->data}, whole)
        , m_codes(parts.codes->data.data())
        , m_zeros(parts.zeros->data.data())
        , m_scales(*parts.scales)
        , m_groupOf(parts.groupOf == nullptr ? nullptr : parts.groupOf->data.data())
        , m_added(zeroPoints == ZeroPoints::LessOne ? 1 : 0) {}

    [[nodiscard]] Result<CodeForm> form(std::int64_t firstColumn,
                                        std::int64_t columnCount) const override;

protected:
    Result<void> unpackCodes(const MatrixCut& cut, const CodeForm& form, std::byte* codes,
                             std::int64_t rowBytes) const override;
    void readScales(const GroupRange& range, float* scales, float* offsets) const override;

private:
    void gather(std::int64_t firstRow, std::int64_t rowCount, std::int64_t firstWord,
                std::int64_t wordCount, std::uint32_t* out) const;

    const std::byte* m_codes;
    const std::byte* m_zeros;
    TensorView m_scales;
    const std::byte* m_groupOf;
    std::uint32_t m_added;
};

Result<CodeForm> GptqMatrix::form(std::int64_t firstColumn, std::int64_t columnCount) const {
    return orderedForm(m_groupOf, firstColumn, columnCount);
}

/// Words [firstWord, firstWord + wordCount) of the file's columns `firstRow`…: [kTile, wordCount].
void GptqMatrix::gather(std::int64_t firstRow, std::int64_t rowCount, std::int64_t firstWord,
                        std::int64_t wordCount, std::uint32_t* out) const {
    std::uint32_t tile[kTile][kTile];
    std::uint32_t line[kTile] = {};
    for (std::int64_t word = 0; word < wordCount; word += kTile) {
        const std::int64_t words = std::min(kTile, wordCount - word);
        for (std::int64_t w = 0; w < words; ++w) {
            std::memcpy(line, m_codes + ((firstWord + word + w) * rows() + firstRow) * 4,
                        std::size_t(rowCount) * 4);
            for (std::int64_t r = 0; r < kTile; ++r)
                tile[r][w] = line[r];
        }
        for (std::int64_t r = 0; r < rowCount; ++r)
            std::memcpy(out + r * wordCount + word, tile[r], std::size_t(words) * 4);
    }
}

Result<void> GptqMatrix::unpackCodes(const MatrixCut& cut, const CodeForm& form, std::byte* codes,
                                     std::int64_t rowBytes) const {
    const std::uint8_t bits = form.bits;
    const std::int64_t period = cut.firstColumn / kPeriod;
    const std::int64_t firstWord = period * bits;
    const std::int64_t firstCode = cut.firstColumn - period * kPeriod;
    const std::int64_t wordCount = ((firstCode + cut.columnCount) * bits + 31) / 32;
    std::vector<std::uint32_t> words(std::size_t(kTile * wordCount));
    CodeSorter sorter(bits, form.permutation);
    for (std::int64_t row = 0; row < cut.rowCount; row += kTile) {
        const std::int64_t count = std::min(kTile, cut.rowCount - row);
        gather(cut.firstRow + row, count, firstWord, wordCount, words.data());
        for (std::int64_t r = 0; r < count; ++r) {
            const auto* from = reinterpret_cast<const std::byte*>(words.data() + r * wordCount);
            std::byte* const to = codes + (row + r) * rowBytes;
            sorter.copy(from, firstCode, cut.columnCount, to);
        }
    }
    return {};
}

void GptqMatrix::readScales(const GroupRange& range, float* scales, float* offsets) const {
    const std::uint8_t bits = whole().bits;
    const std::uint32_t mask = (1U << bits) - 1;
    const std::int64_t zeroBytes = rows() * bits / 8;
    std::vector<float> numbers(std::size_t(range.rowCount));
    for (std::int64_t group = 0; group < range.groupCount; ++group) {
        const std::int64_t fileRow = range.firstGroup + group;
        readNumbers(m_scales, fileRow * rows() + range.firstRow, range.rowCount, numbers.data());
        const std::byte* const zeros = m_zeros + fileRow * zeroBytes;
        for (std::int64_t r = 0; r < range.rowCount; ++r) {
            const float scale = numbers[std::size_t(r)];
            const std::uint32_t zero = (codeAt(zeros, bits, range.firstRow + r) + m_added) & mask;
            scales[r * range.groupCount + group] = scale;
            offsets[r * range.groupCount + group] = -static_cast<float>(zero) * scale;
        }
    }
}

/// What the config says, unless a symmetric matrix's zero points, which are known, say otherwise.
Result<ZeroPoints> zeroPointsOf(const QuantisationConfig& config, const TensorView& zeros,
                                std::uint8_t bits) {
    HEARTH_TRY_ASSIGN(const std::string fallback, config.text("format", "gptq"));
    HEARTH_TRY_ASSIGN(const std::string format, config.text("checkpoint_format", fallback));
    if (format == "gptq_v2")
        return ZeroPoints::Themselves;
    if (format != "gptq" && format != "auto_round:auto_gptq")
        return config.unsupported("checkpoint_format", format);
    HEARTH_TRY_ASSIGN(const bool symmetric, config.boolean("sym", true));
    const std::uint8_t first = codeAt(zeros.data.data(), bits, 0);
    return symmetric && first == 1U << (bits - 1U) ? ZeroPoints::Themselves : ZeroPoints::LessOne;
}

/// The width of the codes: as configured, or as the shapes say where single modules may differ.
Result<std::uint8_t> bitsOf(const QuantisationConfig& config, const PartTable& table,
                            const GptqParts& parts) {
    const std::int64_t rows = parts.codes->shape[1];
    const std::int64_t shaped = parts.zeros->shape[1] * 32 / rows;
    HEARTH_TRY_ASSIGN(const std::int64_t stated, config.integer("bits", shaped));
    const std::int64_t bits = config.find("dynamic") != nullptr ? shaped : stated;
    for (const std::int64_t each : {stated, bits})
        if (each != 2 && each != 3 && each != 4 && each != 8)
            return config.unsupported("bits", fmt::format("GPTQ with {} bits", each));
    const bool whole = rows * bits % 32 == 0 && (bits != 3 || parts.codes->shape[0] % 3 == 0);
    if (!whole)
        return table.failure(ErrorCode::Corrupt, std::string(parts.codes->name),
                             fmt::format("shape [{}, {}] holds no whole words of {} bits",
                                         parts.codes->shape[0], rows, bits));
    return static_cast<std::uint8_t>(bits);
}

Result<GptqParts> takeParts(PartTable& table, const std::string& module) {
    GptqParts parts{};
    HEARTH_TRY_ASSIGN(parts.codes, table.require(module + ".qweight"));
    HEARTH_TRY_ASSIGN(parts.zeros, table.require(module + ".qzeros"));
    HEARTH_TRY_ASSIGN(parts.scales, table.require(module + ".scales"));
    parts.groupOf = table.take(module + ".g_idx");
    HEARTH_TRY(requireType(table, *parts.codes, {DType::I32}));
    HEARTH_TRY(requireType(table, *parts.zeros, {DType::I32}));
    HEARTH_TRY(requireScales(table, *parts.scales));
    for (const TensorView* part : {parts.codes, parts.zeros, parts.scales})
        if (part->shape.size() != 2 || part->elements() == 0)
            return table.failure(ErrorCode::Corrupt, std::string(part->name), "is no matrix");
    return parts;
}

} // namespace

Result<LogicalTensor> readGptq(const QuantisationConfig& config, PartTable& table,
                               const std::string& module) {
    HEARTH_TRY_ASSIGN(const GptqParts parts, takeParts(table, module));
    CodeForm form;
    HEARTH_TRY_ASSIGN(form.bits, bitsOf(config, table, parts));
    const std::int64_t rows = parts.codes->shape[1];
    const std::int64_t columns =
        parts.codes->shape[0] / (form.bits == 3 ? 3 : 1) * 32 / (form.bits == 3 ? 1 : form.bits);
    HEARTH_TRY_ASSIGN(const std::int64_t configured, config.integer("group_size", 128));
    HEARTH_TRY_ASSIGN(form.groupSize, groupSizeOf(config, configured, columns));
    const std::int64_t groups = (columns + form.groupSize - 1) / form.groupSize;
    const std::string reason =
        fmt::format("{} columns in groups of {} need", columns, form.groupSize);
    HEARTH_TRY(requireShape(table, *parts.scales, {groups, rows}, reason));
    HEARTH_TRY(requireShape(table, *parts.zeros, {groups, rows * form.bits / 32}, reason));
    if (parts.groupOf != nullptr) {
        HEARTH_TRY(requireType(table, *parts.groupOf, {DType::I32}));
        HEARTH_TRY(requireShape(table, *parts.groupOf, {columns}));
    }
    HEARTH_TRY_ASSIGN(const ZeroPoints zeroPoints, zeroPointsOf(config, *parts.zeros, form.bits));
    form.hasOffsets = true;
    const std::string name = module + ".weight";
    const GroupFormat format{form.bits, form.groupSize};
    return LogicalTensor{
        name,
        {rows, columns},
        format,
        std::make_shared<GptqMatrix>(name, rows, columns, std::move(form), parts, zeroPoints)};
}

} // namespace hearth
