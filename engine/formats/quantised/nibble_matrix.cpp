#include "formats/quantised/nibble_matrix.h"

#include "formats/quantised/code_bits.h"
#include "formats/quantised/small_floats.h"

#include <utility>

#include <fmt/format.h>

namespace hearth {

using kernels::DType;

namespace {

const std::vector<float> kE2m1{0.0F,  0.5F,  1.0F,  1.5F,  2.0F,  3.0F,  4.0F,  6.0F,
                               -0.0F, -0.5F, -1.0F, -1.5F, -2.0F, -3.0F, -4.0F, -6.0F};

CodeForm formOf(std::int32_t groupSize) {
    CodeForm form;
    form.groupSize = groupSize;
    form.codebook = kE2m1;
    return form;
}

} // namespace

NibbleMatrix::NibbleMatrix(std::string name, std::int64_t rows, std::int64_t columns,
                           const TensorView& codes, const TensorView& scales,
                           std::int32_t groupSize, float factor)
    : GroupedMatrix(std::move(name), rows, columns, {codes.data, scales.data}, formOf(groupSize))
    , m_codes(codes.data.data())
    , m_scales(scales)
    , m_factor(factor) {
}

Result<void> NibbleMatrix::unpackCodes(const MatrixCut& cut, const CodeForm& /*form*/,
                                       std::byte* codes, std::int64_t rowBytes) const {
    for (std::int64_t row = 0; row < cut.rowCount; ++row)
        copyCodes(m_codes + (cut.firstRow + row) * (columns() / 2), 4, cut.firstColumn,
                  cut.columnCount, codes + row * rowBytes);
    return {};
}

void NibbleMatrix::readScales(const GroupRange& range, float* scales, float* /*offsets*/) const {
    for (std::int64_t r = 0; r < range.rowCount; ++r) {
        const std::int64_t first = (range.firstRow + r) * groupCount() + range.firstGroup;
        float* const out = scales + r * range.groupCount;
        if (m_scales.type != DType::F8E4M3) {
            readNumbers(m_scales, first, range.groupCount, out);
            continue;
        }
        for (std::int64_t group = 0; group < range.groupCount; ++group)
            out[group] = e4m3ToF32(m_scales.data[std::size_t(first + group)]) * m_factor;
    }
}

Result<LogicalTensor> readMxfp4(PartTable& table, const std::string& name) {
    constexpr std::int32_t kGroup = 32;
    HEARTH_TRY_ASSIGN(const TensorView* blocks, table.require(name + "_blocks"));
    HEARTH_TRY_ASSIGN(const TensorView* scales, table.require(name + "_scales"));
    HEARTH_TRY(requireType(table, *blocks, {DType::U8}));
    HEARTH_TRY(requireType(table, *scales, {DType::U8}));
    const std::vector<std::int64_t>& shape = blocks->shape;
    if (shape.size() != 4 || shape[3] != kGroup / 2 || blocks->elements() == 0 ||
        shape[2] > (std::int64_t{1} << 24))
        return table.failure(ErrorCode::Corrupt, std::string(blocks->name),
                             "is no array [experts, rows, blocks, 16]");
    HEARTH_TRY(requireShape(table, *scales, {shape[0], shape[1], shape[2]}));
    const std::int64_t columns = shape[2] * kGroup;
    return LogicalTensor{name,
                         {shape[0], shape[1], columns},
                         {4, kGroup, CodeKind::MxFloat4},
                         std::make_shared<NibbleMatrix>(name, shape[0] * shape[1], columns, *blocks,
                                                        *scales, kGroup, 1.0F)};
}

} // namespace hearth
