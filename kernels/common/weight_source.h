#pragma once

#include "hearth/kernels/status.h"
#include "hearth/kernels/weights.h"

#include <cstdint>

/// What every backend asks of a WeightSource before it packs it.
namespace hearth::kernels {

/// Bytes of one row's numbers or packed codes; false if the columns are no whole number of blocks,
/// or too many to count.
[[nodiscard]] bool rowBytesOf(const WeightSource& source, std::int64_t& bytes);

/// True where a column permutation is given and names a column that isn't there.
[[nodiscard]] bool permutesOutside(const WeightSource& source);

/// A vector of one row or one column as float32. Unsupported types leave `out` half written.
[[nodiscard]] Status expandVector(const WeightSource& source, float* out);

} // namespace hearth::kernels
