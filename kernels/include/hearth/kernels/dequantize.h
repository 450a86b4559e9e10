#pragma once

#include "hearth/kernels/dtype.h"

#include <cstddef>

namespace hearth::kernels {

/// Expands `elements` numbers at `blocks` (any alignment) to float32. The reference for every
/// quantised kernel: scalar, portable, and equal bit for bit to `gguf.quants.dequantize` of the
/// PyPI package gguf. Types: F32, F16, BF16, Q4_0, Q4_1, Q5_0, Q5_1, Q8_0, Q2_K to Q6_K, IQ4_NL,
/// IQ4_XS.
/// False, with `out` untouched, if the type is another one or `elements` is no whole number of
/// blocks.
[[nodiscard]] bool dequantize(DType type, const void* blocks, float* out, std::size_t elements);

} // namespace hearth::kernels
