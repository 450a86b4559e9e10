#include "formats/quantised/byte_matrix.h"

#include "formats/quantised/code_bits.h"

#include <algorithm>
#include <utility>

#include <fmt/format.h>

namespace hearth {

namespace {

using kernels::DType;

std::vector<std::span<const std::byte>> partsOf(const TensorView& codes, const ScaleGrid& grid) {
    std::vector<std::span<const std::byte>> parts{codes.data, grid.scales.data};
    if (grid.zeros)
        parts.push_back(grid.zeros->data);
    return parts;
}

CodeForm formOf(DType type, std::int32_t groupSize) {
    CodeForm form;
    form.type = type == DType::I8 ? DType::U8 : type;
    form.bits = 8;
    form.groupSize = groupSize;
    form.hasOffsets = type == DType::I8;
    return form;
}

/// Copies 8-bit floats; the code that is the first NaN or infinity, without its sign, or above.
bool copyFinite(const std::byte* from, std::int64_t count, unsigned first, std::byte* to) {
    unsigned bad = 0;
    for (std::int64_t i = 0; i < count; ++i) {
        to[i] = from[i];
        bad |= (std::to_integer<unsigned>(from[i]) & 0x7FU) >= first ? 1U : 0U;
    }
    return bad == 0;
}

} // namespace

ByteMatrix::ByteMatrix(std::string name, std::int64_t rows, std::int64_t columns,
                       const TensorView& codes, ScaleGrid grid, std::int32_t groupSize)
    : GroupedMatrix(std::move(name), rows, columns, partsOf(codes, grid),
                    formOf(codes.type, groupSize))
    , m_codes(codes.data.data())
    , m_grid(std::move(grid)) {
}

Result<void> ByteMatrix::unpackCodes(const MatrixCut& cut, const CodeForm& form, std::byte* codes,
                                     std::int64_t rowBytes) const {
    for (std::int64_t row = 0; row < cut.rowCount; ++row) {
        const std::byte* const from = m_codes + (cut.firstRow + row) * columns() + cut.firstColumn;
        std::byte* const to = codes + row * rowBytes;
        if (form.type == DType::U8) {
            for (std::int64_t i = 0; i < cut.columnCount; ++i)
                to[i] = from[i] ^ std::byte{0x80}; // -128 becomes 0
        } else if (!copyFinite(from, cut.columnCount, form.type == DType::F8E4M3 ? 0x7FU : 0x7CU,
                               to)) {
            return corrupt(fmt::format("row {} holds NaN or infinity", cut.firstRow + row));
        }
    }
    return {};
}

void ByteMatrix::readScales(const GroupRange& range, float* scales, float* offsets) const {
    const std::int64_t planeBlocks = divideUp(m_grid.planeRows, m_grid.blockRows);
    for (std::int64_t r = 0; r < range.rowCount; ++r) {
        const std::int64_t row = range.firstRow + r;
        const std::int64_t block =
            row / m_grid.planeRows * planeBlocks + row % m_grid.planeRows / m_grid.blockRows;
        const std::int64_t first = block * groupCount() + range.firstGroup;
        float* const out = scales + r * range.groupCount;
        readNumbers(m_grid.scales, first, range.groupCount, out);
        for (std::int64_t group = 0; group < range.groupCount; ++group) {
            out[group] *= m_grid.factor;
            if (offsets == nullptr)
                continue;
            int zero = 128;
            if (m_grid.zeros)
                zero += static_cast<std::int8_t>(m_grid.zeros->data[std::size_t(first + group)]);
            offsets[r * range.groupCount + group] = -static_cast<float>(zero) * out[group];
        }
    }
}

namespace {

/// What the number of scales says they belong to; 0 columns where it fits nothing.
struct BlockShape {
    std::int64_t rows = 0;
    std::int64_t columns = 0;
};

BlockShape blockOf(const TensorView& scales, std::int64_t planes, std::int64_t rows,
                   std::int64_t columns, const BlockShape& wanted) {
    const auto count = static_cast<std::int64_t>(scales.elements());
    const auto fits = [&](std::int64_t blockRows, std::int64_t blockColumns) {
        return count == planes * divideUp(rows, blockRows) * divideUp(columns, blockColumns);
    };
    if (wanted.rows > 0 && wanted.columns > 0 && fits(wanted.rows, wanted.columns))
        return wanted;
    if (fits(rows, columns))
        return {rows, columns};
    if (fits(1, columns))
        return {1, columns};
    return {};
}

} // namespace

Result<LogicalTensor> makeByteMatrix(const PartTable& table, const TensorView& codes,
                                     ScaleGrid grid, std::int64_t blockRows,
                                     std::int64_t groupSize) {
    HEARTH_TRY(requireType(table, codes, {DType::F8E4M3, DType::F8E5M2, DType::I8}));
    HEARTH_TRY(requireType(table, grid.scales, {DType::F32, DType::F16, DType::BF16, DType::U8}));
    const std::size_t axes = codes.shape.size();
    if (axes < 2 || axes > 3 || codes.elements() == 0)
        return table.failure(ErrorCode::Corrupt, std::string(codes.name), "is no matrix");
    const std::int64_t columns = codes.shape[axes - 1];
    const std::int64_t rows = codes.shape[axes - 2];
    const std::int64_t planes = axes == 3 ? codes.shape[0] : 1;
    if (columns > (std::int64_t{1} << 30))
        return table.failure(ErrorCode::Corrupt, std::string(codes.name), "is too wide");
    const BlockShape block =
        blockOf(grid.scales, planes, rows, columns, {blockRows, std::min(groupSize, columns)});
    if (block.columns == 0)
        return table.failure(
            ErrorCode::Corrupt, std::string(grid.scales.name),
            fmt::format("{} scales fit no blocks of {} x {} in {} x {} numbers, nor rows",
                        grid.scales.elements(), blockRows, groupSize, planes * rows, columns));
    if (grid.zeros) {
        HEARTH_TRY(requireType(table, *grid.zeros, {DType::I8}));
        HEARTH_TRY(requireShape(table, *grid.zeros, grid.scales.shape));
    }
    grid.planeRows = rows;
    grid.blockRows = block.rows;
    const auto size = static_cast<std::int32_t>(block.columns);
    GroupFormat groups{8, size};
    if (codes.type != DType::I8)
        groups.kind = codes.type == DType::F8E4M3 ? CodeKind::Float8 : CodeKind::Float8Wide;
    std::string name(codes.name);
    return LogicalTensor{
        name, codes.shape, groups,
        std::make_shared<ByteMatrix>(name, planes * rows, columns, codes, std::move(grid), size)};
}

} // namespace hearth
