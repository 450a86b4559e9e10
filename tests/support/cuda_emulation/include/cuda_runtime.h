#pragma once

// The toolkit's own header, and what nvcc adds to it.
#include_next <cuda_runtime.h>

#undef __shared__
#define __shared__ static
#undef __launch_bounds__
#define __launch_bounds__(...)
#undef __grid_constant__
#define __grid_constant__

extern uint3 threadIdx;
extern uint3 blockIdx;
extern dim3 blockDim;
extern dim3 gridDim;
inline constexpr int warpSize = 32;

#include "cuda_emulation/arithmetic.h"
#include "cuda_emulation/threads.h"
