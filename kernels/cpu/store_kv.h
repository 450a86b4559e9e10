#pragma once

#include "common/cache_format.h"
#include "hearth/kernels/cpu_backend.h"

#include <cstddef>
#include <cstdint>

namespace hearth::kernels::cpu {

/// Writes `width` numbers of one head and token in the cache's format. `parameters` is read for I8
/// only: it gets scale = (max - min) / 255 and zero = min as float16, and the codes are
/// round((x - zero) / scale), unsigned.
using StoreFunction = void (*)(const float* in, std::int32_t width, std::byte* row,
                               std::byte* parameters);
/// The way back: out[width].
using LoadFunction = void (*)(const std::byte* row, const std::byte* parameters, std::int32_t width,
                              float* out);

[[nodiscard]] StoreFunction storeFunction(CacheFormat format, CpuFeature feature);
[[nodiscard]] LoadFunction loadFunction(CacheFormat format, CpuFeature feature);

} // namespace hearth::kernels::cpu
