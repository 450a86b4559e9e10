#include "convert/gguf_tensor_list.h"

#include <utility>

namespace hearth {

GgufTensorList::GgufTensorList(const NormSpec& norm, const Checkpoint& checkpoint)
    : m_builder(checkpoint, Shard{})
    , m_norm(norm) {}

void GgufTensorList::collect() {
    for (; m_taken < m_builder.weights.size(); ++m_taken) {
        GgufTensorJob job;
        job.request = m_builder.weights[m_taken];
        std::int64_t rows = 0;
        for (const TensorPart& part : job.request.parts)
            rows += part.rowCount;
        job.dims = {rows};
        if (job.request.shape == WeightShape::Matrix)
            job.dims = {job.request.parts.front().columnCount, rows};
        m_jobs.push_back(std::move(job));
    }
}

void GgufTensorList::addMatrix(const std::string& role, const std::vector<MatrixSource>& sources) {
    m_builder.addMatrix(role, sources, Cut::None);
    m_builder.addBias(role, sources, Cut::None);
    collect();
}

void GgufTensorList::addTable(const std::string& role, TensorRows rows, std::int64_t columns) {
    const MatrixRows source{std::move(rows)};
    m_builder.addMatrix(role, {{source, columns}}, Cut::None);
    collect();
}

void GgufTensorList::addNorm(const std::string& role, const std::string& name,
                             std::int64_t width) {
    if (name.empty())
        return;
    // The builder knows whether there is a bias.
    const kernels::View none{0, 0, static_cast<std::int32_t>(width)};
    m_builder.addNorm(m_norm, none, none, static_cast<std::int32_t>(width), role, name);
    const std::size_t first = m_jobs.size();
    collect();
    m_jobs[first].offset = m_norm.gainOffset;
}

} // namespace hearth
