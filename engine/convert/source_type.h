#pragma once

#include "formats/checkpoint.h"
#include "hearth/kernels/dtype.h"
#include "models/weight_request.h"

#include <optional>

namespace hearth {

/// The type that all parts of a request have in the checkpoint; nothing if they differ, or are
/// codes in groups.
[[nodiscard]] std::optional<kernels::DType> commonType(const Checkpoint& checkpoint,
                                                       const WeightRequest& request);

} // namespace hearth
