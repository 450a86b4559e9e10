#pragma once

#include "hearth/kernels/backend.h"

#include <cstdint>
#include <span>

namespace hearth::kernels {

/// What a backend makes of a weight.
enum class WeightForm : std::uint8_t { Foreign, Matrix, Vector };
using WeightFormOf = WeightForm (*)(const PackedWeight& weight);

/// Ok if a program can be run as it stands: every index, width and shape fits, weights are the
/// backend's, and no activation is read before it was written.
[[nodiscard]] Status checkProgram(const Program& program,
                                  std::span<const PackedWeight* const> weights,
                                  std::span<const KvLayout> kv, const ExecutionLimits& limits,
                                  WeightFormOf formOf);

} // namespace hearth::kernels
