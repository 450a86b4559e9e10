#include "models/tensor_transform.h"

#include "formats/quantised/unpacked_matrix.h"
#include "hearth/kernels/dequantize.h"
#include "hearth/kernels/half.h"

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <cstring>
#include <utility>
#include <vector>

namespace hearth {

using namespace kernels;

namespace {

// Rows of the file that are widened at a time.
constexpr std::int64_t kRowsAtATime = 64;

bool isHalf(DType type) {
    return type == DType::F16 || type == DType::BF16;
}

/// Where numbers of the part's type are written.
class Writer {
public:
    Writer(DType type, std::int64_t count) {
        m_part.type = isHalf(type) ? type : DType::F32;
        m_part.numbers = std::make_unique_for_overwrite<std::byte[]>(
            static_cast<std::size_t>(count) * blockSize(m_part.type).bytes);
    }
    void set(std::int64_t index, float value) {
        if (!isHalf(m_part.type)) {
            std::memcpy(m_part.numbers.get() + index * 4, &value, 4);
            return;
        }
        const std::uint16_t bits = m_part.type == DType::F16 ? f32ToF16(value) : f32ToBf16(value);
        std::memcpy(m_part.numbers.get() + index * 2, &bits, 2);
    }
    TransformedPart take() { return std::move(m_part); }

private:
    TransformedPart m_part;
};

/// Rows [first, first + count) of the file's matrix as float32.
Result<void> expandRows(const TensorView& tensor, std::int64_t columns, std::int64_t first,
                        std::int64_t count, float* out) {
    if (tensor.stored) {
        HEARTH_TRY_ASSIGN(const auto rows,
                          UnpackedMatrix::unpack(*tensor.stored, {first, count, 0, columns}));
        for (std::int64_t row = 0; row < count; ++row)
            rows->expandRow(row, out + row * columns);
        return {};
    }
    const BlockSize block = blockSize(tensor.type);
    const std::int64_t rowBytes = columns / block.elements * block.bytes;
    if (!dequantize(tensor.type, tensor.data.data() + first * rowBytes, out,
                    static_cast<std::size_t>(count * columns)))
        return fail(ErrorCode::Unsupported, std::string(tensor.name));
    return {};
}

/// Divides a row by its L2 norm, with PyTorch's floor under the norm.
void normalise(float* row, std::int64_t columns) {
    double square = 0.0;
    for (std::int64_t i = 0; i < columns; ++i)
        square += double(row[i]) * row[i];
    const double norm = std::max(std::sqrt(square), 1e-12);
    for (std::int64_t i = 0; i < columns; ++i)
        row[i] = static_cast<float>(row[i] / norm);
}

Result<TransformedPart> transpose(const TensorView& tensor, const TensorPart& part) {
    Writer out(tensor.type, part.rowCount * part.columnCount);
    std::vector<float> lines(static_cast<std::size_t>(kRowsAtATime * part.rows));
    for (std::int64_t first = 0; first < part.columnCount; first += kRowsAtATime) {
        const std::int64_t count = std::min(kRowsAtATime, part.columnCount - first);
        HEARTH_TRY(expandRows(tensor, part.rows, part.firstColumn + first, count, lines.data()));
        for (std::int64_t row = 0; row < part.rowCount; ++row) {
            const std::int64_t from = part.firstRow + row * part.rowStep;
            for (std::int64_t line = 0; line < count; ++line)
                out.set(row * part.columnCount + first + line,
                        lines[static_cast<std::size_t>(line * part.rows + from)]);
        }
    }
    return out.take();
}

Result<TransformedPart> copyRows(const TensorView& tensor, const TensorPart& part) {
    // What is computed keeps its precision.
    const bool isComputed = part.transform == TensorTransform::NormalisedRows;
    Writer out(isComputed ? DType::F32 : tensor.type, part.rowCount * part.columnCount);
    std::vector<float> line(static_cast<std::size_t>(part.columns));
    for (std::int64_t row = 0; row < part.rowCount; ++row) {
        HEARTH_TRY(
            expandRows(tensor, part.columns, part.firstRow + row * part.rowStep, 1, line.data()));
        if (part.transform == TensorTransform::NormalisedRows)
            normalise(line.data(), part.columns);
        for (std::int64_t column = 0; column < part.columnCount; ++column)
            out.set(row * part.columnCount + column,
                    line[static_cast<std::size_t>(part.firstColumn + column)]);
    }
    return out.take();
}

Result<TransformedPart> pickNumbers(const TensorView& tensor, const TensorPart& part) {
    std::vector<float> all(static_cast<std::size_t>(part.rows * part.columns));
    HEARTH_TRY(expandRows(tensor, part.columns, 0, part.rows, all.data()));
    Writer out(tensor.type, part.rowCount);
    for (std::size_t i = 0; i < part.picked.size(); ++i)
        out.set(static_cast<std::int64_t>(i), all[static_cast<std::size_t>(part.picked[i])]);
    return out.take();
}

} // namespace

bool canTransform(const TensorView& tensor) {
    return tensor.stored || isHalf(tensor.type) || tensor.type == DType::F32 ||
           isBlockQuantised(tensor.type);
}

Result<TransformedPart> transformPart(const TensorView& tensor, const TensorPart& part) {
    if (part.transform == TensorTransform::Transposed)
        return transpose(tensor, part);
    if (part.transform == TensorTransform::Picked)
        return pickNumbers(tensor, part);
    return copyRows(tensor, part);
}

} // namespace hearth
