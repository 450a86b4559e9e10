#include "cpu/sampler.h"

#include "common/sampling_row.h"

#include <algorithm>
#include <cmath>

namespace hearth::kernels::cpu {

Status Sampler::reserve(std::int32_t vocabulary, std::int32_t threads, CpuFeature feature) {
    m_vocabulary = vocabulary;
    m_kernels = logitKernels(feature);
    const std::size_t width = std::size_t(vocabulary);
    const std::size_t chunks = std::size_t(logitChunks(vocabulary));
    const std::size_t count = std::size_t(threads);
    if (!m_floats.allocate(count * (2 * width + chunks)) || !m_counts.allocate(count * width) ||
        !m_ids.allocate(count * width) || !m_scratch.allocate(count))
        return Status::OutOfMemory;
    std::fill_n(m_counts.data(), m_counts.size(), 0U);
    for (std::size_t i = 0; i < count; ++i) {
        float* const floats = m_floats.data() + i * (2 * width + chunks);
        m_scratch[i] = {floats, floats + width, m_counts.data() + i * width,
                        m_ids.data() + i * width, floats + 2 * width};
    }
    return Status::Ok;
}

std::size_t Sampler::bytes() const {
    return m_floats.bytes() + m_counts.bytes() + m_ids.bytes() + m_scratch.bytes();
}

Status Sampler::sample(ThreadPool& pool, const LogitRows& logits, std::span<const SamplingRow> rows,
                       std::span<SampleResult> results) const {
    for (std::size_t i = 0; i < rows.size(); ++i) {
        if (!isValidRow(rows[i], m_vocabulary))
            return Status::InvalidArgument;
        results[i] = {};
        // Threads of the pool must not allocate.
        if (rows[i].logprobs > 0) {
            if (!mayAllocate())
                return Status::OutOfMemory;
            results[i].top.reserve(std::size_t(std::min(rows[i].logprobs, m_vocabulary)));
        }
    }
    pool.run([&](ThreadPool::Worker& worker) {
        worker.forEach(std::int64_t(rows.size()), [&](std::int64_t index) {
            RowSampler(m_kernels, m_vocabulary, m_scratch[std::size_t(worker.index())])
                .sample(logits.data + index * logits.stride, rows[std::size_t(index)],
                        results[std::size_t(index)]);
        });
    });
    return Status::Ok;
}

} // namespace hearth::kernels::cpu
