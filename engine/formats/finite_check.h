#pragma once

#include "hearth/kernels/dtype.h"

#include <cstddef>
#include <cstdint>
#include <optional>

namespace hearth {

/// Where a number is that is none.
struct BadNumber {
    std::int64_t row;
    std::int64_t column; ///< Of a block format that of its block's first.
};

/// The first row with a NaN or an infinity among `rows` rows of `columns` numbers (whole blocks)
/// that begin `rowBytes` apart: of plain types any number, of block formats any scale. Reads
/// several GB/s a core: meant to go over a tensor just before it is copied anyway.
[[nodiscard]] std::optional<BadNumber> findNonFinite(kernels::DType type, const std::byte* data,
                                                     std::int64_t rowBytes, std::int64_t rows,
                                                     std::int64_t columns);

} // namespace hearth
