#pragma once

#include "hearth/kernels/backend.h"

#include <span>

namespace hearth::kernels::cpu {

/// Ok if a program can be run as it stands: every index, width and shape fits, weights are this
/// backend's, and no activation is read before it was written.
[[nodiscard]] Status checkProgram(const Program& program,
                                  std::span<const PackedWeight* const> weights,
                                  std::span<const KvLayout> kv, const ExecutionLimits& limits);

} // namespace hearth::kernels::cpu
