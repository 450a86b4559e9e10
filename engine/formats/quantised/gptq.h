#pragma once

#include "formats/quantised/part_table.h"
#include "formats/quantised/quantisation_config.h"
#include "hearth/result.h"

#include <string>

namespace hearth {

/// The matrix "X.weight" of GPTQ (AutoGPTQ, GPTQModel): X.qweight I32 [K * b / 32, N], codes of
/// consecutive columns packed densely along the first dimension; X.qzeros I32 [G, N * b / 32],
/// packed along the second, one less than the zero point ("gptq") or itself ("gptq_v2"); X.scales
/// [G, N]; X.g_idx I32 [K] or absent: the group of each column. b = 2, 3, 4 or 8;
/// w = (q - z) * s. Some v2 files call themselves v1: a symmetric one's zero point tells.
/// `module` is X. Errors: NotFound, Corrupt naming the part and the numbers; Unsupported.
Result<LogicalTensor> readGptq(const QuantisationConfig& config, PartTable& table,
                               const std::string& module);

} // namespace hearth
