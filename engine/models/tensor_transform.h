#pragma once

#include "formats/tensor_view.h"
#include "hearth/result.h"
#include "models/weight_request.h"

#include <cstddef>
#include <memory>

namespace hearth {

/// True for what transformPart() can read: plain numbers, blocks, and matrices in parts.
[[nodiscard]] bool canTransform(const TensorView& tensor);

/// Numbers in memory of their own.
struct TransformedPart {
    kernels::DType type = kernels::DType::F32;
    std::unique_ptr<std::byte[]> numbers;
};

/// The numbers of a part, [rowCount, columnCount], rearranged as it says: F16 and BF16 stay what
/// they are unless they are normalised, all else becomes F32. Errors as StoredMatrix::unpack().
Result<TransformedPart> transformPart(const TensorView& tensor, const TensorPart& part);

} // namespace hearth
