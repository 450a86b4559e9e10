#pragma once

#include "hearth/kernels/weights.h"
#include "hearth/result.h"

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

namespace hearth {

/// The numbers of a row, whatever its format; `out` has source.columns. False for a type that
/// nobody can expand.
[[nodiscard]] bool expandRow(const kernels::WeightSource& source, std::int64_t row, float* out);

/// Types that storeRow() writes: F32, F16, BF16, Q8_0.
[[nodiscard]] bool canStore(kernels::DType type);

/// Numbers in a type, appended to `out`; Q8_0 blocks are scaled to their largest number, as ggml's
/// reference does. The numbers are a whole count of blocks.
void storeRow(std::span<const float> numbers, kernels::DType type, std::vector<std::byte>& out);

} // namespace hearth
