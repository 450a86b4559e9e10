#include "convert/gguf_sink.h"

#include "convert/row_conversion.h"
#include "formats/format_error.h"

#include <algorithm>

#include <fmt/format.h>
#include <fmt/ranges.h>

namespace hearth {

using namespace kernels;

namespace {

/// The row of the checkpoint that becomes row `row`.
std::int64_t sourceRow(const GgufTensorJob& job, std::int64_t row) {
    if (job.order == HeadOrder::Same)
        return row;
    const std::int64_t inHead = row % job.headWidth;
    if (inHead >= job.rotaryRows)
        return row;
    const std::int64_t half = job.rotaryRows / 2;
    const std::int64_t from = job.order == HeadOrder::HalvesToAdjacent
                                  ? inHead % 2 * half + inHead / 2
                                  : inHead % half * 2 + inHead / half;
    return row - inHead + from;
}

void adjust(const GgufTensorJob& job, std::span<float> numbers) {
    if (job.offset != 0.0F || job.factor != 1.0F)
        for (float& number : numbers)
            number = (number + job.offset) * job.factor;
}

} // namespace

Result<void> GgufSink::take(WeightShape shape, std::span<const WeightSource> parts) {
    const GgufTensorJob& job = m_jobs[m_next++];
    if (shape == WeightShape::Vector)
        HEARTH_TRY(writeVector(job, parts));
    else
        HEARTH_TRY(writeMatrix(job, parts));
    HEARTH_TRY(m_writer.endTensor());
    if (m_observer.tensor)
        m_observer.tensor(job.request.name, fmt::format("{{{}}}", fmt::join(job.dims, ", ")),
                          std::string(name(job.type)));
    return {};
}

Result<void> GgufSink::writeMatrix(const GgufTensorJob& job,
                                   std::span<const WeightSource> parts) {
    std::vector<std::int64_t> begins; // of the parts' rows
    std::int64_t rows = 0;
    for (const WeightSource& part : parts) {
        begins.push_back(rows);
        rows += part.rows;
    }
    for (std::int64_t row = 0; row < rows; ++row) {
        const std::int64_t from = sourceRow(job, row);
        const auto part = std::upper_bound(begins.begin(), begins.end(), from) - begins.begin() - 1;
        HEARTH_TRY(writeRow(job, parts[static_cast<std::size_t>(part)],
                            from - begins[static_cast<std::size_t>(part)]));
    }
    return {};
}

Result<void> GgufSink::writeRow(const GgufTensorJob& job, const WeightSource& source,
                                std::int64_t row) {
    const bool same = source.groups == nullptr && source.type == job.type && job.offset == 0.0F &&
                      job.factor == 1.0F;
    if (same) {
        const BlockSize block = blockSize(source.type);
        return m_writer.write({source.data + row * source.rowBytes,
                               static_cast<std::size_t>(source.columns / block.elements *
                                                        block.bytes)});
    }
    m_numbers.resize(static_cast<std::size_t>(source.columns));
    if (!expandRow(source, row, m_numbers.data()) || !canStore(job.type))
        return fileFailure(ErrorCode::Unsupported, {}, job.request.name,
                           fmt::format("weights of type {} as {}", name(source.type),
                                       name(job.type)));
    adjust(job, m_numbers);
    m_row.clear();
    storeRow(m_numbers, job.type, m_row);
    return m_writer.write(m_row);
}

Result<void> GgufSink::writeVector(const GgufTensorJob& job,
                                   std::span<const WeightSource> parts) {
    std::vector<float> all;
    for (const WeightSource& part : parts) {
        // One row of numbers, or a column of them.
        WeightSource row = part;
        const std::int64_t rows = part.rows;
        if (rows > 1)
            row.columns = 1;
        const std::size_t before = all.size();
        all.resize(before + static_cast<std::size_t>(rows * row.columns));
        for (std::int64_t i = 0; i < rows; ++i)
            if (!expandRow(row, i, all.data() + before + static_cast<std::size_t>(i * row.columns)))
                return fileFailure(ErrorCode::Unsupported, {}, job.request.name,
                                   fmt::format("a vector of type {}", name(part.type)));
    }
    std::vector<float> ordered(all.size());
    for (std::size_t i = 0; i < all.size(); ++i)
        ordered[i] = all[static_cast<std::size_t>(sourceRow(job, static_cast<std::int64_t>(i)))];
    adjust(job, ordered);
    return m_writer.write(std::as_bytes(std::span(ordered)));
}

} // namespace hearth
