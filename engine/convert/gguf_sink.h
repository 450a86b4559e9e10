#pragma once

#include "convert/gguf_export.h"
#include "convert/gguf_tensors.h"
#include "convert/gguf_writer.h"
#include "convert/weight_sink.h"

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

namespace hearth {

/// Writes the tensors of a GGUF file as they come from the checkpoint.
class GgufSink final : public WeightSink {
public:
    /// All three must outlive the sink. The writer's header has been written.
    GgufSink(GgufWriter& writer, std::span<const GgufTensorJob> jobs,
             const ExportObserver& observer)
        : m_writer(writer), m_jobs(jobs), m_observer(observer) {}

    Result<void> take(WeightShape shape, std::span<const kernels::WeightSource> parts) override;

private:
    Result<void> writeMatrix(const GgufTensorJob& job,
                             std::span<const kernels::WeightSource> parts);
    Result<void> writeVector(const GgufTensorJob& job,
                             std::span<const kernels::WeightSource> parts);
    Result<void> writeRow(const GgufTensorJob& job, const kernels::WeightSource& source,
                          std::int64_t row);

    GgufWriter& m_writer;
    std::span<const GgufTensorJob> m_jobs;
    const ExportObserver& m_observer;
    std::size_t m_next = 0;
    std::vector<float> m_numbers;
    std::vector<std::byte> m_row;
};

} // namespace hearth
