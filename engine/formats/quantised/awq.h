#pragma once

#include "formats/quantised/part_table.h"
#include "formats/quantised/quantisation_config.h"
#include "hearth/result.h"

#include <string>

namespace hearth {

/// The matrix "X.weight" of AWQ's "gemm" layout (AutoAWQ, `WQLinear_GEMM`): X.qweight I32 [K, N/8],
/// X.qzeros I32 [K/g, N/8], X.scales [K/g, N]; nibble i of word c belongs to row
/// 8c + {0, 2, 4, 6, 1, 3, 5, 7}[i] of the matrix; w = (q - z) * s.
/// `module` is X. Errors: NotFound, Corrupt naming the part and the numbers; Unsupported for other
/// widths than 4 bits.
Result<LogicalTensor> readAwq(const QuantisationConfig& config, PartTable& table,
                              const std::string& module);

} // namespace hearth
