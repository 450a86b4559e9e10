#pragma once

#include "cuda/device/cublas.h"
#include "cuda/runtime/device_turn.h"
#include "hearth/kernels/dtype.h"

namespace hearth::kernels::cuda {

/// Bytes a second of a long streaming read, the best of a few; 0 where it can't be measured.
[[nodiscard]] double measureReadBandwidth(DeviceTurn& turn);

/// Operations a second of a large product of random numbers, the best of a few; 0 likewise.
[[nodiscard]] double measureProductRate(DeviceTurn& turn, Cublas& cublas, DType compute);

} // namespace hearth::kernels::cuda
