#pragma once

#include "cuda/device/memory.h"
#include "cuda/device/tensor.h"
#include "hearth/kernels/sampling.h"

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>

namespace hearth::kernels::cuda {

/// Draws tokens on the device: what sampling.h says, logprobs included. Only results come back to
/// the host. Memory is reserved for `maxRows` rows at once; what rows bring along (histories,
/// biases, masks) grows its buffers when a step needs more.
class CudaSampler {
public:
    static Status create(std::int32_t vocabulary, std::int32_t maxRows, cudaStream_t stream,
                         std::unique_ptr<CudaSampler>& out);
    virtual ~CudaSampler() = default;

    [[nodiscard]] virtual std::size_t bytes() const = 0; ///< Device memory.
    /// results[i] belongs to rows[i], which reads row i of `logits` (F32). Waits for the device.
    virtual Status sample(const DeviceRows& logits, std::span<const SamplingRow> rows,
                          std::span<SampleResult> results) = 0;
};

} // namespace hearth::kernels::cuda
