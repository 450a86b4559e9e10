#pragma once

#include "cuda/device/memory.h"
#include "cuda/device/tensor.h"

#include <cuda_runtime.h>

#include <cstdint>
#include <memory>
#include <string>

namespace hearth::kernels::cuda {

/// cuBLAS, found at run time so that a machine without it can say so. One handle and workspace;
/// one stream at a time.
class Cublas {
public:
    /// Empty if the library is there; else the reason.
    [[nodiscard]] static std::string whyMissing();

    static Status create(std::unique_ptr<Cublas>& out);
    virtual ~Cublas() = default;

    /// out [rows, N] = in [rows, K] · Wᵀ (+ out where `accumulate`), W [N, K] of in's type with a
    /// row stride of `weightStride` elements. Sums in float32, never TF32. `out` may be F32 or of
    /// in's type. Can be recorded in a graph.
    virtual Status multiply(cudaStream_t stream, const DeviceRows& in, const void* weights,
                            std::int64_t weightStride, const DeviceRows& out, std::int32_t rows,
                            bool accumulate) = 0;
    [[nodiscard]] virtual std::size_t workspaceBytes() const = 0;
};

} // namespace hearth::kernels::cuda
