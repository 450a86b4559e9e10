#pragma once

#include "formats/quantised/part_table.h"
#include "formats/quantised/quantisation_config.h"
#include "hearth/result.h"

namespace hearth {

/// True for a matrix, or a stack of them, of 8-bit floats.
[[nodiscard]] bool isFloat8Matrix(const TensorView& tensor);

/// True for a tensor X of 8-bit floats beside which X_scale_inv or X_scale lies.
[[nodiscard]] bool isScaledFloat8(const PartTable& table, const TensorView& tensor);

/// The matrix of `codes` (quant_method "fp8" of DeepSeek and transformers, "fbgemm_fp8", vLLM's
/// per-tensor files): numbers [N, K] or [E, N, K] times X_scale_inv or X_scale, of which there is
/// one for the tensor, a row, or a block of weight_block_size.
/// Errors: Corrupt naming the part and the numbers.
Result<LogicalTensor> readFloat8(const QuantisationConfig& config, PartTable& table,
                                 const TensorView& codes);

} // namespace hearth
