#pragma once

#include "formats/quantised/compressed_scheme.h"
#include "formats/quantised/part_table.h"
#include "formats/quantised/quantisation_config.h"
#include "hearth/result.h"

#include <span>
#include <string>

namespace hearth {

/// The matrix "X.weight" of compressed-tensors' pack-quantized: X.weight_packed I32 [N, K * b /
/// 32], codes + 2^(b-1) of a row packed densely (older versions: whole codes a word),
/// X.weight_scale [N, K / g], [N, 1] or [1], X.weight_zero_point packed likewise along N,
/// X.weight_shape [2], X.weight_g_idx I32 [K] as GPTQ's; w = (q - z) * s. Or of nvfp4- and
/// mxfp4-pack-quantized: X.weight_packed U8 [N, K / 2]. `module` is X. Errors: NotFound, Corrupt
/// naming the part and the numbers; Unsupported.
Result<LogicalTensor> readCompressedPacked(const QuantisationConfig& config,
                                           std::span<const CompressedScheme> schemes,
                                           PartTable& table, const std::string& module);

/// That of float- and int-quantized: `codes` of one byte a number beside X.weight_scale and perhaps
/// X.weight_zero_point.
Result<LogicalTensor> readCompressedBytes(std::span<const CompressedScheme> schemes,
                                          PartTable& table, const TensorView& codes);

} // namespace hearth
