#pragma once

#include "hearth/kernels/cpu_backend.h"
#include "hearth/kernels/weights.h"

#include <cstddef>
#include <cstdint>

/// Codes with group quantisation and 8-bit floats, expanded to float32 in the order in which they
/// are stored.
namespace hearth::kernels::cpu {

/// One row of a weight: U8 with groups, or F8E4M3 or F8E5M2 with or without.
struct CodeRow {
    const std::byte* codes = nullptr;
    std::int64_t bytes = 0; ///< That may be read.
    DType type = DType::U8;
    const GroupQuantisation* groups = nullptr; ///< nullptr: the numbers themselves.
    std::int64_t firstGroup = 0;               ///< Index of the row's first scale.
};

/// Expands columns [first, first + count); `first` is a multiple of 8.
using ExpandFunction = void (*)(const CodeRow& row, std::int64_t first, std::int64_t count,
                                float* out);

/// For weights like `source`, which must have passed makeSegment()'s checks.
[[nodiscard]] ExpandFunction expandFunction(const WeightSource& source, CpuFeature feature);

} // namespace hearth::kernels::cpu
