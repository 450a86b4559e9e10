#include "cpu/matrix/packed_matrix.h"

#include "cpu/matrix/segment.h"

#include <algorithm>
#include <new>
#include <numeric>
#include <utility>

namespace hearth::kernels::cpu {

namespace {

/// True if all parts permute their columns in the same way: then one order of codes serves all.
bool haveOneOrder(std::span<const WeightSource> parts) {
    const auto orderOf = [](const WeightSource& part) {
        return part.groups ? part.groups->permutation : nullptr;
    };
    const WeightSource& first = parts.front();
    return std::all_of(parts.begin(), parts.end(), [&](const WeightSource& part) {
        return orderOf(part) && part.columns == first.columns &&
               std::equal(orderOf(part), orderOf(part) + part.columns, orderOf(first));
    });
}

} // namespace

PackedMatrix::~PackedMatrix() = default;

std::size_t PackedMatrix::ownedBytes() const {
    return std::accumulate(
        m_segments.begin(), m_segments.end(), std::size_t{0},
        [](std::size_t bytes, const auto& segment) { return bytes + segment->ownedBytes(); });
}

bool PackedMatrix::refersToSource() const {
    return std::any_of(m_segments.begin(), m_segments.end(),
                       [](const auto& segment) { return segment->ownedBytes() == 0; });
}

std::uint32_t PackedMatrix::layoutId() const {
    // FNV-1a over the segments' layouts.
    std::uint32_t hash = 2166136261U;
    for (const auto& segment : m_segments)
        hash = (hash ^ segment->layoutWord()) * 16777619U;
    return hash;
}

std::uint32_t PackedMatrix::layoutVersion() const {
    return 1;
}

bool PackedMatrix::readsCodes() const {
    return std::any_of(m_segments.begin(), m_segments.end(),
                       [](const auto& segment) { return segment->readsCodes(); });
}

bool PackedMatrix::readsValues() const {
    return !std::all_of(m_segments.begin(), m_segments.end(),
                        [](const auto& segment) { return segment->readsCodes(); });
}

std::span<const std::int32_t> PackedMatrix::order() const {
    for (const auto& segment : m_segments)
        if (!segment->order().empty())
            return segment->order();
    return {};
}

void PackedMatrix::dequantiseRow(std::int64_t row, float* out) const {
    for (const auto& segment : m_segments) {
        if (row < segment->rows()) {
            segment->expandRow(row, out);
            return;
        }
        row -= segment->rows();
    }
}

Status packMatrix(std::span<const WeightSource> parts, const PackOptions& options,
                  std::unique_ptr<PackedMatrix>& out) {
    if (parts.empty())
        return Status::InvalidArgument;
    if (!mayAllocate())
        return Status::OutOfMemory;
    try {
        std::unique_ptr<PackedMatrix> matrix(new PackedMatrix);
        matrix->m_feature = options.feature;
        matrix->m_columns = parts.front().columns;
        matrix->m_segments.reserve(parts.size());
        const SegmentOptions segmentOptions{options.feature, options.exactActivations,
                                            haveOneOrder(parts), options.pool};
        for (const WeightSource& part : parts) {
            if (part.columns != matrix->m_columns)
                return Status::InvalidArgument;
            std::unique_ptr<Segment> segment;
            const Status status = makeSegment(part, segmentOptions, segment);
            if (status != Status::Ok)
                return status;
            if (__builtin_add_overflow(matrix->m_rows, part.rows, &matrix->m_rows))
                return Status::InvalidArgument;
            matrix->m_segments.push_back(std::move(segment));
        }
        out = std::move(matrix);
    } catch (const std::bad_alloc&) {
        return Status::OutOfMemory;
    }
    return Status::Ok;
}

} // namespace hearth::kernels::cpu
