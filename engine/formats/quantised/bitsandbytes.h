#pragma once

#include "formats/quantised/part_table.h"
#include "hearth/result.h"

namespace hearth {

/// True for a tensor that bitsandbytes quantised: X.weight beside X.SCB (LLM.int8), or beside
/// X.weight.quant_state.bitsandbytes__nf4 or __fp4.
[[nodiscard]] bool isBitsAndBytes(const PartTable& table, const TensorView& tensor);

/// LLM.int8: X.weight I8 [N, K] * X.SCB F32 [N] / 127. Activations stay as they are: columns that
/// bitsandbytes would keep in float16 need no exception.
/// 4 bits: X.weight U8 [N * K / 2, 1], the first number in the high nibble, which indexes
/// X.weight.quant_map F32 [16]; times X.weight.absmax of each block of 64 numbers, whatever row
/// they are in. Nested: absmax U8 indexes X.weight.nested_quant_map F32 [256], times
/// X.weight.nested_absmax of 256 of them, plus nested_offset. X.weight.quant_state…: JSON as bytes.
/// Errors: NotFound, Corrupt naming the part and the numbers.
Result<LogicalTensor> readBitsAndBytes(PartTable& table, const TensorView& codes);

} // namespace hearth
