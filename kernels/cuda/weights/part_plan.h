#pragma once

#include "cuda/weights/layout.h"
#include "cuda/weights/pack.h"
#include "hearth/kernels/status.h"
#include "hearth/kernels/weights.h"

#include <cstdint>
#include <span>
#include <vector>

namespace hearth::kernels::cuda {

/// How one part of a matrix will be stored. Parts whose plans are equal can share a segment.
struct PartPlan {
    WeightLayout layout; ///< Without pointers.
    std::vector<float> table;
    std::vector<std::int32_t> order;
    std::span<const std::uint16_t> grid; ///< gridOf() the source's type.
    DenseCodes dense;                    ///< Of U8 and the 8-bit floats.
    std::int64_t rowBytes = 0;           ///< Bytes of a row that count.
};

/// True where `a` and `b` differ in nothing but rows.
[[nodiscard]] bool sameLayout(const PartPlan& a, const PartPlan& b);

/// Checks a part and plans it. May throw std::bad_alloc.
Status planPart(const WeightSource& source, DType compute, PartPlan& out);

} // namespace hearth::kernels::cuda
