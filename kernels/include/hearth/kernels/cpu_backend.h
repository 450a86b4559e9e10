#pragma once

#include "hearth/kernels/backend.h"

#include <cstdint>
#include <memory>

namespace hearth::kernels {

/// Instruction sets of which the CPU backend has paths, weakest first.
enum class CpuFeature : std::uint8_t { Scalar, Avx2, Avx512Vnni };

struct CpuOptions {
    std::int32_t threads = 0; ///< 0: one a physical core.
    /// The strongest path to use; the machine's own limit holds besides. For tests.
    CpuFeature maximumFeature = CpuFeature::Avx512Vnni;
    /// Multiplies quantised weights against activations in float32, not int8. For exactness tests.
    bool exactActivations = false;
};

[[nodiscard]] Status createCpuBackend(const CpuOptions& options, std::unique_ptr<Backend>& out);

} // namespace hearth::kernels
