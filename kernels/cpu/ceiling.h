#pragma once

#include "cpu/thread_pool.h"

namespace hearth::kernels::cpu {

/// Bytes a second that the pool's threads read together from memory; 0 without memory to read.
[[nodiscard]] double measureReadBandwidth(ThreadPool& pool);

/// Float32 operations a second (a multiply and an add count two) that they reach together.
[[nodiscard]] double measureMultiplyAddRate(ThreadPool& pool);

} // namespace hearth::kernels::cpu
