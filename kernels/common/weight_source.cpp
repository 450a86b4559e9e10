#include "common/weight_source.h"

#include "hearth/kernels/dequantize.h"

#include <algorithm>

namespace hearth::kernels {

bool rowBytesOf(const WeightSource& source, std::int64_t& bytes) {
    const BlockSize block = blockSize(source.type);
    if (source.groups) {
        if (__builtin_mul_overflow(source.columns, std::int64_t{source.groups->bits}, &bytes))
            return false;
        bytes = bytes / 8 + (bytes % 8 != 0);
        return true;
    }
    return source.columns % block.elements == 0 &&
           !__builtin_mul_overflow(source.columns / block.elements, std::int64_t{block.bytes},
                                   &bytes);
}

bool permutesOutside(const WeightSource& source) {
    const std::int32_t* const order = source.groups ? source.groups->permutation : nullptr;
    return order && std::any_of(order, order + source.columns, [&](std::int32_t column) {
               return column < 0 || column >= source.columns;
           });
}

Status expandVector(const WeightSource& source, float* out) {
    if (source.rows == 1)
        return dequantize(source.type, source.data, out, std::size_t(source.columns))
                   ? Status::Ok
                   : Status::Unsupported;
    for (std::int64_t row = 0; row < source.rows; ++row)
        if (!dequantize(source.type, source.data + row * source.rowBytes, out + row, 1))
            return Status::Unsupported;
    return Status::Ok;
}

} // namespace hearth::kernels
