#include "cpu/matrix/activations.h"

#include <algorithm>

namespace hearth::kernels::cpu {

Status QuantisedActivations::reserve(std::int64_t maxRows, std::int64_t maxColumns) {
    if (maxRows < 0 || maxColumns < 0)
        return Status::InvalidArgument;
    std::size_t scales = 0;
    std::size_t codes = 0;
    if (__builtin_mul_overflow(static_cast<std::size_t>(maxRows), blockCount(maxColumns),
                               &scales) ||
        __builtin_mul_overflow(scales, kBlockColumns, &codes) || !m_codes.allocate(codes) ||
        !m_scales.allocate(scales))
        return Status::OutOfMemory;
    return Status::Ok;
}

Activations QuantisedActivations::view(const float* values, std::int64_t stride, std::int64_t rows,
                                       std::int64_t columns) const {
    return {values, stride, rows, columns, m_codes.data(), m_scales.data()};
}

} // namespace hearth::kernels::cpu
