#include "formats/quantised/compressed_tensors.h"

#include "formats/quantised/byte_matrix.h"
#include "formats/quantised/code_bits.h"
#include "formats/quantised/grouped_matrix.h"
#include "formats/quantised/nibble_matrix.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <utility>

#include <fmt/format.h>

namespace hearth {

namespace {

using kernels::DType;

/// Codes in words: all bits of a word are used, or it holds whole codes only.
enum class Packing : std::uint8_t { Dense, WholeCodes };

std::int64_t wordsOf(std::int64_t codes, std::int64_t bits, Packing packing) {
    return packing == Packing::Dense ? divideUp(codes * bits, 32) : divideUp(codes, 32 / bits);
}

/// Code `index` of a run of words that lie `stride` words apart.
std::uint8_t codeOf(const std::byte* words, std::int64_t stride, std::int64_t bits, Packing packing,
                    std::int64_t index) {
    const std::int64_t perWord = 32 / bits;
    const std::int64_t bit =
        packing == Packing::Dense ? index * bits : index / perWord * 32 + index % perWord * bits;
    std::uint64_t word = loadWord(words, bit / 32 * stride);
    if (bit % 32 + bits > 32)
        word |= std::uint64_t{loadWord(words, (bit / 32 + 1) * stride)} << 32;
    return static_cast<std::uint8_t>(word >> (bit % 32) & ((1U << bits) - 1));
}

struct PackedParts {
    const TensorView* codes = nullptr;
    const TensorView* scales = nullptr;
    const TensorView* zeros = nullptr;   ///< nullptr: symmetric.
    const TensorView* groupOf = nullptr; ///< nullptr: in order.
    Packing packing = Packing::Dense;
    Packing zeroPacking = Packing::Dense;
};

std::vector<std::span<const std::byte>> bytesOf(const PackedParts& parts) {
    std::vector<std::span<const std::byte>> bytes{parts.codes->data, parts.scales->data};
    if (parts.zeros != nullptr)
        bytes.push_back(parts.zeros->data);
    return bytes;
}

class CompressedMatrix final : public GroupedMatrix {
public:
    CompressedMatrix(std::string name, std::int64_t rows, std::int64_t columns, CodeForm whole,
                     const PackedParts& parts)
        : GroupedMatrix(std::move(name), rows, columns, bytesOf(parts), std::move(whole))
        , m_codes(parts.codes->data.data())
        , m_packing(parts.packing)
        , m_zeroPacking(parts.zeroPacking)
        , m_scales(*parts.scales)
        , m_oneScale(parts.scales->elements() == 1)
        , m_zeros(parts.zeros == nullptr ? TensorView() : *parts.zeros)
        , m_groupOf(parts.groupOf == nullptr ? nullptr : parts.groupOf->data.data()) {}

    [[nodiscard]] Result<CodeForm> form(std::int64_t firstColumn,
                                        std::int64_t columnCount) const override {
        return orderedForm(m_groupOf, firstColumn, columnCount);
    }

protected:
    Result<void> unpackCodes(const MatrixCut& cut, const CodeForm& form, std::byte* codes,
                             std::int64_t rowBytes) const override;
    void readScales(const GroupRange& range, float* scales, float* offsets) const override;

private:
    [[nodiscard]] int zeroPoint(std::int64_t row, std::int64_t group) const;

    const std::byte* m_codes;
    Packing m_packing;
    Packing m_zeroPacking;
    TensorView m_scales;
    bool m_oneScale;
    TensorView m_zeros;
    const std::byte* m_groupOf;
};

Result<void> CompressedMatrix::unpackCodes(const MatrixCut& cut, const CodeForm& form,
                                           std::byte* codes, std::int64_t rowBytes) const {
    const std::int64_t fileBytes = wordsOf(columns(), form.bits, m_packing) * 4;
    CodeSorter sorter(form.bits, form.permutation);
    std::vector<std::uint8_t> each;
    std::vector<std::byte> dense;
    for (std::int64_t row = 0; row < cut.rowCount; ++row) {
        const std::byte* from = m_codes + (cut.firstRow + row) * fileBytes;
        if (m_packing == Packing::WholeCodes && 32 % form.bits != 0) {
            each.resize(std::size_t(columns()));
            dense.resize(std::size_t(codeBytes(columns(), form.bits)));
            for (std::int64_t i = 0; i < columns(); ++i)
                each[std::size_t(i)] = codeOf(from, 1, form.bits, m_packing, i);
            packCodes(each.data(), form.bits, columns(), dense.data());
            from = dense.data();
        }
        sorter.copy(from, cut.firstColumn, cut.columnCount, codes + row * rowBytes);
    }
    return {};
}

int CompressedMatrix::zeroPoint(std::int64_t row, std::int64_t group) const {
    const std::uint8_t bits = whole().bits;
    if (m_zeros.type == DType::I32)
        return codeOf(m_zeros.data.data() + group * 4, groupCount(), bits, m_zeroPacking, row);
    const std::int64_t at = m_oneScale ? 0 : row * groupCount() + group;
    return static_cast<std::int8_t>(m_zeros.data[std::size_t(at)]) + (1 << (bits - 1));
}

void CompressedMatrix::readScales(const GroupRange& range, float* scales, float* offsets) const {
    for (std::int64_t r = 0; r < range.rowCount; ++r) {
        const std::int64_t row = range.firstRow + r;
        float* const out = scales + r * range.groupCount;
        readNumbers(m_scales, m_oneScale ? 0 : row * groupCount() + range.firstGroup,
                    range.groupCount, out);
        for (std::int64_t group = 0; group < range.groupCount; ++group) {
            const int zero = m_zeros.data.empty() ? 1 << (whole().bits - 1)
                                                  : zeroPoint(row, range.firstGroup + group);
            offsets[r * range.groupCount + group] = -static_cast<float>(zero) * out[group];
        }
    }
}

/// [N, K] of X.weight_shape.
Result<std::pair<std::int64_t, std::int64_t>> readShape(PartTable& table,
                                                        const std::string& module) {
    HEARTH_TRY_ASSIGN(const TensorView* shape, table.require(module + ".weight_shape"));
    HEARTH_TRY(requireType(table, *shape, {DType::I64, DType::I32}));
    HEARTH_TRY(requireShape(table, *shape, {2}));
    std::int64_t sizes[2] = {};
    for (int i = 0; i < 2; ++i) {
        if (shape->type == DType::I64)
            std::memcpy(&sizes[i], shape->data.data() + i * 8, 8);
        else
            sizes[i] = static_cast<std::int32_t>(loadWord(shape->data.data(), i));
        if (sizes[i] <= 0 || sizes[i] > (std::int64_t{1} << 30))
            return table.failure(ErrorCode::Corrupt, std::string(shape->name),
                                 fmt::format("{} is no size of a matrix", sizes[i]));
    }
    return std::pair(sizes[0], sizes[1]);
}

/// A pair of 4-bit floats a byte, and exponents or 8-bit floats as scales.
Result<LogicalTensor> readFloat4(PartTable& table, const std::string& module,
                                 const TensorView& codes) {
    HEARTH_TRY_ASSIGN(const TensorView* scales, table.require(module + ".weight_scale"));
    HEARTH_TRY(requireType(table, *scales, {DType::U8, DType::F8E4M3}));
    if (codes.shape.size() != 2 || codes.elements() == 0 ||
        codes.shape[1] > (std::int64_t{1} << 30))
        return table.failure(ErrorCode::Corrupt, std::string(codes.name), "is no matrix");
    const std::int64_t rows = codes.shape[0];
    const std::int64_t columns = codes.shape[1] * 2;
    const bool nvidia = scales->type == DType::F8E4M3;
    const std::int32_t group = nvidia ? 16 : 32;
    HEARTH_TRY(requireShape(table, *scales, {rows, divideUp(columns, group)},
                            fmt::format("{} columns in groups of {} need", columns, group)));
    float factor = 1.0F;
    if (nvidia) {
        HEARTH_TRY_ASSIGN(const TensorView* global, table.require(module + ".weight_global_scale"));
        HEARTH_TRY(requireType(table, *global, {DType::F32}));
        if (global->elements() != 1)
            return table.failure(ErrorCode::Corrupt, std::string(global->name),
                                 "is not one number");
        readNumbers(*global, 0, 1, &factor);
        factor = 1.0F / factor;
    }
    const std::string name = module + ".weight";
    return LogicalTensor{
        name,
        {rows, columns},
        {4, group, nvidia ? CodeKind::NvFloat4 : CodeKind::MxFloat4},
        std::make_shared<NibbleMatrix>(name, rows, columns, codes, *scales, group, factor)};
}

/// The first scheme whose codes and scales would have just these sizes, or else the first: then the
/// checks that follow name what is wrong.
const CompressedScheme& schemeOf(std::span<const CompressedScheme> schemes,
                                 const PackedParts& parts, std::int64_t columns) {
    const auto fits = [&](const CompressedScheme& scheme) {
        if (scheme.isFloat || scheme.bits < 2 || scheme.bits > 8)
            return false;
        const std::int64_t size = scheme.groupSize == -1 ? columns : scheme.groupSize;
        const bool words =
            parts.codes->shape[1] == wordsOf(columns, scheme.bits, Packing::Dense) ||
            parts.codes->shape[1] == wordsOf(columns, scheme.bits, Packing::WholeCodes);
        return words && (parts.scales->elements() == 1 ||
                         parts.scales->shape.back() == divideUp(columns, size));
    };
    const auto found = std::ranges::find_if(schemes, fits);
    return found == schemes.end() ? schemes.front() : *found;
}

Result<void> checkZeroPoints(const PartTable& table, PackedParts& parts, std::int64_t rows,
                             std::int64_t groups, std::int64_t bits) {
    const TensorView& zeros = *parts.zeros;
    HEARTH_TRY(requireType(table, zeros, {DType::I32, DType::I8}));
    if (zeros.type == DType::I8) {
        HEARTH_TRY(requireShape(table, zeros, parts.scales->shape));
        const int limit = 1 << (bits - 1);
        for (const std::byte value : zeros.data)
            if (const int zero = static_cast<std::int8_t>(value); zero < -limit || zero >= limit)
                return table.failure(ErrorCode::Corrupt, std::string(zeros.name),
                                     fmt::format("zero point {} does not fit {} bits", zero, bits));
        return {};
    }
    const std::int64_t whole = wordsOf(rows, bits, Packing::WholeCodes);
    if (zeros.shape == std::vector<std::int64_t>{whole, groups} &&
        whole != wordsOf(rows, bits, Packing::Dense)) {
        parts.zeroPacking = Packing::WholeCodes;
        return {};
    }
    return requireShape(table, zeros, {wordsOf(rows, bits, Packing::Dense), groups},
                        fmt::format("zero points of {} rows of {} bits need", rows, bits));
}

Result<void> checkPacked(const PartTable& table, PackedParts& parts, std::int64_t rows,
                         std::int64_t columns, const CodeForm& form) {
    if (parts.codes->shape ==
        std::vector<std::int64_t>{rows, wordsOf(columns, form.bits, Packing::WholeCodes)})
        parts.packing = parts.codes->shape[1] == wordsOf(columns, form.bits, Packing::Dense)
                            ? Packing::Dense
                            : Packing::WholeCodes;
    else
        HEARTH_TRY(requireShape(table, *parts.codes,
                                {rows, wordsOf(columns, form.bits, Packing::Dense)},
                                fmt::format("{} columns of {} bits need", columns, form.bits)));
    const std::int64_t groups = divideUp(columns, form.groupSize);
    if (parts.scales->elements() != 1 || rows * groups == 1)
        if (parts.scales->elements() != static_cast<std::uint64_t>(rows * groups))
            return requireShape(
                table, *parts.scales, {rows, groups},
                fmt::format("{} columns in groups of {} need", columns, form.groupSize));
    if (parts.scales->elements() == 1 && groups != 1)
        return table.failure(ErrorCode::Corrupt, std::string(parts.scales->name),
                             fmt::format("is one scale for groups of {}", form.groupSize));
    if (parts.groupOf != nullptr) {
        HEARTH_TRY(requireType(table, *parts.groupOf, {DType::I32}));
        HEARTH_TRY(requireShape(table, *parts.groupOf, {columns}));
        if (static_cast<std::int32_t>(loadWord(parts.groupOf->data.data(), 0)) == -1)
            parts.groupOf = nullptr; // written but never set
    }
    if (parts.zeros != nullptr)
        return checkZeroPoints(table, parts, rows, groups, form.bits);
    return {};
}

} // namespace

Result<LogicalTensor> readCompressedPacked(const QuantisationConfig& config,
                                           std::span<const CompressedScheme> schemes,
                                           PartTable& table, const std::string& module) {
    PackedParts parts;
    HEARTH_TRY_ASSIGN(parts.codes, table.require(module + ".weight_packed"));
    if (parts.codes->type == DType::U8)
        return readFloat4(table, module, *parts.codes);
    HEARTH_TRY_ASSIGN(parts.scales, table.require(module + ".weight_scale"));
    HEARTH_TRY_ASSIGN(const auto shape, readShape(table, module));
    const auto [rows, columns] = shape;
    parts.zeros = table.take(module + ".weight_zero_point");
    parts.groupOf = table.take(module + ".weight_g_idx");
    HEARTH_TRY(requireType(table, *parts.codes, {DType::I32}));
    HEARTH_TRY(requireScales(table, *parts.scales));
    if (parts.codes->shape.size() != 2 || parts.scales->elements() == 0)
        return table.failure(ErrorCode::Corrupt, std::string(parts.codes->name), "is no matrix");
    const CompressedScheme& scheme = schemeOf(schemes, parts, columns);
    if (scheme.isFloat || scheme.bits < 2 || scheme.bits > 8)
        return config.unsupported("config_groups",
                                  fmt::format("packed {} numbers of {} bits",
                                              scheme.isFloat ? "float" : "int", scheme.bits));
    CodeForm form;
    form.bits = static_cast<std::uint8_t>(scheme.bits);
    HEARTH_TRY_ASSIGN(form.groupSize, groupSizeOf(config, scheme.groupSize, columns));
    HEARTH_TRY(checkPacked(table, parts, rows, columns, form));
    form.hasOffsets = true;
    const std::string name = module + ".weight";
    const GroupFormat groups{form.bits, form.groupSize};
    return LogicalTensor{
        name,
        {rows, columns},
        groups,
        std::make_shared<CompressedMatrix>(name, rows, columns, std::move(form), parts)};
}

Result<LogicalTensor> readCompressedBytes(std::span<const CompressedScheme> schemes,
                                          PartTable& table, const TensorView& codes) {
    const std::string name(codes.name);
    ScaleGrid grid;
    HEARTH_TRY_ASSIGN(const TensorView* scales, table.require(name + "_scale"));
    grid.scales = *scales;
    if (const TensorView* zeros =
            codes.type == DType::I8 ? table.take(name + "_zero_point") : nullptr)
        grid.zeros = *zeros;
    table.take(codes.name);
    const auto fits = [&](const CompressedScheme& scheme) {
        return scheme.bits == 8 && scheme.isFloat == (codes.type != DType::I8);
    };
    const auto found = std::ranges::find_if(schemes, fits);
    const CompressedScheme scheme = found == schemes.end() ? CompressedScheme{} : *found;
    return makeByteMatrix(table, codes, std::move(grid), scheme.blockRows,
                          std::max<std::int64_t>(scheme.groupSize, 0));
}

} // namespace hearth
