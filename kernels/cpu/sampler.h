#pragma once

#include "common/allocation.h"
#include "cpu/row_sampler.h"
#include "cpu/thread_pool.h"
#include "hearth/kernels/cpu_backend.h"
#include "hearth/kernels/sampling.h"

#include <cstdint>
#include <span>

namespace hearth::kernels::cpu {

/// Logits [rows, vocabulary] of the last step.
struct LogitRows {
    const float* data = nullptr;
    std::int64_t stride = 0;
    std::int32_t vocabulary = 0;
};

/// Draws tokens, rows in parallel. Token ids outside of the vocabulary, in a history or a bias, are
/// passed over; tokens behind the end of a mask are not allowed.
class Sampler {
public:
    [[nodiscard]] Status reserve(std::int32_t vocabulary, std::int32_t threads, CpuFeature feature);
    [[nodiscard]] std::size_t bytes() const;

    [[nodiscard]] Status sample(ThreadPool& pool, const LogitRows& logits,
                                std::span<const SamplingRow> rows,
                                std::span<SampleResult> results) const;

private:
    std::int32_t m_vocabulary = 0;
    LogitKernels m_kernels;
    Buffer<float> m_floats;
    Buffer<std::uint32_t> m_counts;
    Buffer<std::int32_t> m_ids;
    Buffer<SamplingScratch> m_scratch;
};

} // namespace hearth::kernels::cpu
