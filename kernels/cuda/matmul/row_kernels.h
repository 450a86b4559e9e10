#pragma once

#include "cuda/device/status.h"
#include "cuda/device/tensor.h"
#include "cuda/weights/layout.h"

#include <cuda_runtime.h>

#include <cstdint>

/// Small kernels around products.
namespace hearth::kernels::cuda {

/// out[r, k] = in[r, order[k]], 0 where order[k] is -1.
Status gatherColumns(cudaStream_t stream, const DeviceRows& in, const std::int32_t* order,
                     const DeviceRows& out, std::int32_t rows);

/// out += bias[column].
Status addBias(cudaStream_t stream, const DeviceRows& out, const float* bias, std::int32_t rows);

/// out = sum over splits of partials [splits, rows, out.width] (+ bias) (+ out).
Status addSplits(cudaStream_t stream, const float* partials, std::int32_t splits, std::int32_t rows,
                 const DeviceRows& out, const float* bias, bool accumulate);

/// Rows [firstRow, firstRow + rows) of quantised weights as float32 with a row stride of
/// layout.columns; firstRow is a multiple of 16.
Status expandBand(cudaStream_t stream, const WeightLayout& layout, std::int64_t firstRow,
                  std::int64_t rows, void* out);

/// Products of float32 rows of x, for every layout of weights: out = in · Wᵀ (+ bias) (+ out), all
/// F32. A sum's order depends on K alone.
Status floatProduct(cudaStream_t stream, const WeightLayout& weights, const DeviceRows& in,
                    const DeviceRows& out, const float* bias, bool accumulate, std::int32_t rows);

} // namespace hearth::kernels::cuda
