#include "models/tensor_transform.h"

#include "hearth/kernels/dtype.h"
#include "hearth/kernels/half.h"

#include <algorithm>
#include <cmath>
#include <cstring>

namespace hearth {

using namespace kernels;

namespace {

float numberAt(const std::byte* at, DType type) {
    if (type == DType::F32) {
        float value = 0.0F;
        std::memcpy(&value, at, sizeof value);
        return value;
    }
    std::uint16_t bits = 0;
    std::memcpy(&bits, at, sizeof bits);
    return type == DType::F16 ? f16ToF32(bits) : bf16ToF32(bits);
}

void setNumber(std::byte* at, DType type, float value) {
    if (type == DType::F32) {
        std::memcpy(at, &value, sizeof value);
        return;
    }
    const std::uint16_t bits =
        type == DType::F16 ? f32ToF16(value) : f32ToBf16(value);
    std::memcpy(at, &bits, sizeof bits);
}

/// Divides each row by its L2 norm, with PyTorch's floor under the norm.
void normaliseRows(std::vector<std::byte>& numbers, DType type, std::int64_t columns) {
    const std::size_t size = blockSize(type).bytes;
    const std::size_t rowBytes = static_cast<std::size_t>(columns) * size;
    for (std::size_t row = 0; row < numbers.size(); row += rowBytes) {
        double square = 0.0;
        for (std::size_t at = row; at < row + rowBytes; at += size) {
            const double value = numberAt(numbers.data() + at, type);
            square += value * value;
        }
        const double norm = std::max(std::sqrt(square), 1e-12);
        for (std::size_t at = row; at < row + rowBytes; at += size)
            setNumber(numbers.data() + at, type,
                      static_cast<float>(numberAt(numbers.data() + at, type) / norm));
    }
}

} // namespace

bool canTransform(const TensorView& tensor) {
    return tensor.type == DType::F32 || tensor.type == DType::F16 || tensor.type == DType::BF16;
}

std::vector<std::byte> transformPart(const TensorView& tensor, const TensorPart& part) {
    const std::size_t size = blockSize(tensor.type).bytes;
    const bool transposed = part.transform == TensorTransform::Transposed;
    // Bytes from row to row, and from column to column, of the tensor as it is stored.
    const std::int64_t rowStride = transposed ? 1 : part.columns;
    const std::int64_t columnStride = transposed ? part.rows : 1;
    std::vector<std::byte> numbers(static_cast<std::size_t>(part.rowCount * part.columnCount) *
                                   size);
    std::byte* out = numbers.data();
    for (std::int64_t row = 0; row < part.rowCount; ++row) {
        const std::int64_t first = (part.firstRow + row * part.rowStep) * rowStride +
                                   part.firstColumn * columnStride;
        for (std::int64_t column = 0; column < part.columnCount; ++column, out += size)
            std::memcpy(out,
                        tensor.data.data() +
                            static_cast<std::size_t>(first + column * columnStride) * size,
                        size);
    }
    if (part.transform == TensorTransform::NormalisedRows)
        normaliseRows(numbers, tensor.type, part.columnCount);
    return numbers;
}

} // namespace hearth
