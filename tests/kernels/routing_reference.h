#pragma once

#include "hearth/kernels/program.h"

#include <span>
#include <vector>

namespace hearth::kernels::testing {

/// RouteOp for one row of logits, in double: [2 * topK], expert indices, then weights. `choiceBias`
/// is empty where the operation has none.
[[nodiscard]] std::vector<double> routeReference(const RouteOp& op, std::span<const double> logits,
                                                 std::span<const double> choiceBias);

/// An activation function of one number, or of a pair where it is gated.
[[nodiscard]] double activateReference(Activation kind, double gate, const double* up);

} // namespace hearth::kernels::testing
