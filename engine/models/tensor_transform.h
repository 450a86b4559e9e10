#pragma once

#include "formats/tensor_view.h"
#include "models/weight_request.h"

#include <cstddef>
#include <vector>

namespace hearth {

/// True for plain types: the numbers of one lie apart from the others'.
[[nodiscard]] bool canTransform(const TensorView& tensor);

/// The numbers of a part, [rowCount, columnCount], rearranged as it says, in the tensor's type.
[[nodiscard]] std::vector<std::byte> transformPart(const TensorView& tensor,
                                                   const TensorPart& part);

} // namespace hearth
