#pragma once

#include "cuda/device/cublas.h"
#include "cuda/device/tensor.h"
#include "cuda/weights/packed_matrix.h"

#include <cstddef>
#include <cstdint>

namespace hearth::kernels::cuda {

/// What products share besides their operands. Scratch is used in stream order.
struct MultiplyContext {
    cudaStream_t stream = nullptr;
    Cublas* cublas = nullptr;
    std::byte* scratch = nullptr; ///< At least multiplyScratchBytes() of every product.
    std::size_t scratchBytes = 0;
    bool deterministic = false; ///< Sums in an order that depends on nothing but K.
    std::int32_t multiprocessors = 1;
};

/// Scratch that a product of at most `maxRows` rows needs.
[[nodiscard]] std::size_t multiplyScratchBytes(const CudaMatrix& weights, std::int32_t maxRows,
                                               DType compute, bool deterministic);

/// out [rows, N] = in [rows, K] · Wᵀ (+ bias[N]) (+ out where `accumulate`). in has the compute
/// type; out has it too or is F32. Launches only: can be recorded in a graph.
Status multiply(const MultiplyContext& context, const CudaMatrix& weights, const DeviceRows& in,
                const DeviceRows& out, const float* bias, bool accumulate, std::int32_t rows);

/// out[i] = row ids[i] of the matrix * scale (+ out[i] where `accumulate`); ids in device memory.
Status expandRows(cudaStream_t stream, const CudaMatrix& matrix, const std::int32_t* ids,
                  std::int32_t count, float scale, const DeviceRows& out, bool accumulate);

} // namespace hearth::kernels::cuda
