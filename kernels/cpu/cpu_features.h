#pragma once

#include "hearth/kernels/cpu_backend.h"

#include <cstdint>
#include <string>

namespace hearth::kernels::cpu {

/// The strongest path that this processor and its operating system can run, no higher than `limit`.
/// Avx2 stands for AVX2, FMA and F16C together; Avx512Vnni for AVX-512 F, BW, VL and VNNI besides.
[[nodiscard]] CpuFeature detectFeature(CpuFeature limit = CpuFeature::Avx512Vnni);

/// For people: "AVX2", "AVX-512 VNNI", "scalar".
[[nodiscard]] std::string featureName(CpuFeature feature);

/// The processor's brand, "AMD EPYC 7763"; empty if it cannot be told.
[[nodiscard]] std::string processorName();

/// Physical cores that this process may run on, at least 1.
[[nodiscard]] std::int32_t physicalCores();

} // namespace hearth::kernels::cpu
