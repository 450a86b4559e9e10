#include "cuda/weights/packed_matrix.h"

#include "cuda/weights/part_plan.h"

#include <algorithm>
#include <cmath>
#include <new>
#include <numeric>
#include <utility>

namespace hearth::kernels::cuda {

namespace {

constexpr std::size_t kPartAlignment = 256;

/// Where the parts of a segment's memory begin, counted in bytes.
class MemoryMap {
public:
    /// Offset of `count` elements of `bytes`.
    std::size_t add(std::int64_t count, std::int64_t bytes) {
        std::size_t size = 0;
        const std::size_t offset = m_bytes;
        m_overflow =
            m_overflow || __builtin_mul_overflow(count, bytes, &size) ||
            __builtin_add_overflow(size, kPartAlignment - 1, &size) ||
            __builtin_add_overflow(m_bytes, size / kPartAlignment * kPartAlignment, &m_bytes);
        return offset;
    }
    [[nodiscard]] std::size_t bytes() const { return m_bytes; }
    [[nodiscard]] bool overflow() const { return m_overflow; }

private:
    std::size_t m_bytes = 0;
    bool m_overflow = false;
};

Uploader::Source flat(const void* data, std::size_t bytes) {
    return {static_cast<const std::byte*>(data), bytes, bytes, 1};
}

Uploader::Source rowsOf(const WeightSource& source, std::int64_t rowBytes) {
    return {source.data, std::size_t(rowBytes), std::size_t(std::max(source.rowBytes, rowBytes)),
            std::size_t(source.rows)};
}

/// Allocates a segment's memory and fills in what its parts share.
Status layOut(const PartPlan& plan, std::int64_t rows, Uploader& uploader, MatrixSegment& segment) {
    WeightLayout layout = plan.layout;
    layout.rows = rows;
    const bool plain = layout.codes == Codes::Plain;
    if (rows > (std::int64_t{1} << 40))
        return Status::OutOfMemory;
    const std::int64_t tiles = rowTiles(rows);
    MemoryMap map;
    const std::size_t dataAt = plain
                                   ? map.add(rows, layout.columns * blockSize(layout.type).bytes)
                                   : map.add(tiles, columnTiles(layout) * tileBytes(layout.codes));
    const std::int64_t entrySize = entryBytes(layout.scales) * kTileRows;
    const std::size_t entriesAt = map.add(plain ? 0 : tiles * groupCount(layout), entrySize);
    const bool super = layout.scales == Scales::Super;
    const std::size_t supersAt = map.add(super ? tiles * superCount(layout) : 0, 4 * kTileRows);
    const std::size_t tableAt = map.add(std::int64_t(plan.table.size()), sizeof(float));
    const std::size_t orderAt = map.add(std::int64_t(plan.order.size()), sizeof(std::int32_t));
    const std::size_t gridAt = map.add(std::int64_t(plan.grid.size()), sizeof(std::uint16_t));
    if (map.overflow())
        return Status::OutOfMemory;
    HEARTH_CUDA_TRY(uploader.slabs().allocate(map.bytes(), segment.memory));
    std::byte* base = segment.memory.data();
    layout.data = base + dataAt;
    layout.entries = base + entriesAt;
    layout.supers = base + supersAt;
    if (!plan.table.empty()) {
        layout.table = reinterpret_cast<const float*>(base + tableAt);
        HEARTH_CUDA_TRY(uploader.copy(flat(plan.table.data(), plan.table.size() * sizeof(float)),
                                      base + tableAt, plan.table.size() * sizeof(float)));
    }
    if (!plan.order.empty()) {
        layout.order = reinterpret_cast<const std::int32_t*>(base + orderAt);
        const std::size_t bytes = plan.order.size() * sizeof(std::int32_t);
        HEARTH_CUDA_TRY(uploader.copy(flat(plan.order.data(), bytes), base + orderAt, bytes));
    }
    if (!plan.grid.empty()) {
        segment.grid = reinterpret_cast<const std::uint16_t*>(base + gridAt);
        HEARTH_CUDA_TRY(uploader.copy(flat(plan.grid.data(), plan.grid.size_bytes()), base + gridAt,
                                      plan.grid.size_bytes()));
    }
    segment.rows = rows;
    segment.layout = layout;
    return Status::Ok;
}

RawRows rawRows(const std::byte* raw, std::int64_t rowBytes, std::int64_t partRow,
                std::size_t firstRow, std::size_t rows) {
    return {raw, rowBytes, partRow + std::int64_t(firstRow), std::int64_t(rows)};
}

/// Numbers of the right type go straight to their place, others through a kernel.
Status fillPlain(const WeightSource& source, std::int64_t rowBytes, std::int64_t firstRow,
                 const WeightLayout& layout, Uploader& uploader) {
    const std::int64_t pitch = layout.columns * blockSize(layout.type).bytes;
    if (source.type != layout.type)
        return uploader.convert(
            rowsOf(source, rowBytes),
            [&](const std::byte* raw, std::size_t first, std::size_t rows, cudaStream_t stream) {
                return packPlain(stream, source.type, source.columns,
                                 rawRows(raw, rowBytes, firstRow, first, rows), layout);
            });
    auto* out = const_cast<std::byte*>(layout.data) + firstRow * pitch;
    if (pitch != rowBytes)
        HEARTH_CUDA_TRY(
            toStatus(cudaMemsetAsync(out, 0, std::size_t(pitch * source.rows), uploader.stream())));
    HEARTH_CUDA_TRY(uploader.copy(rowsOf(source, rowBytes), out, std::size_t(pitch)));
    return uploader.numbers().look(uploader.stream(), layout.type, out, pitch * source.rows);
}

Status fillGroupScales(const WeightSource& source, const DenseCodes& dense, const float* values,
                       int field, std::int64_t firstRow, const WeightLayout& layout,
                       Uploader& uploader) {
    const std::int64_t bytes =
        (source.columns + dense.groupSize - 1) / dense.groupSize * std::int64_t(sizeof(float));
    const Uploader::Source floats{reinterpret_cast<const std::byte*>(values), std::size_t(bytes),
                                  std::size_t(bytes), std::size_t(source.rows)};
    return uploader.convert(floats, [&](const std::byte* raw, std::size_t first, std::size_t rows,
                                        cudaStream_t stream) {
        return packScales(stream, dense, field, rawRows(raw, bytes, firstRow, first, rows), layout);
    });
}

Status fillDense(const WeightSource& source, const PartPlan& plan, std::int64_t firstRow,
                 const WeightLayout& layout, Uploader& uploader) {
    const GroupQuantisation* groups = source.groups;
    HEARTH_CUDA_TRY(fillScales(uploader.stream(), 1.0F, -0.0F, firstRow, source.rows, layout));
    if (groups && groups->scales)
        HEARTH_CUDA_TRY(
            fillGroupScales(source, plan.dense, groups->scales, 0, firstRow, layout, uploader));
    if (groups && groups->offsets)
        HEARTH_CUDA_TRY(
            fillGroupScales(source, plan.dense, groups->offsets, 1, firstRow, layout, uploader));
    // After the scales, of which a code that is no number overwrites its group's.
    return uploader.convert(
        rowsOf(source, plan.rowBytes),
        [&](const std::byte* raw, std::size_t first, std::size_t rows, cudaStream_t stream) {
            return packDense(stream, plan.dense, rawRows(raw, plan.rowBytes, firstRow, first, rows),
                             layout);
        });
}

/// Mean and standard deviation of a random code's value.
std::pair<float, float> codeStatistics(const PartPlan& plan) {
    switch (plan.layout.codes) {
    case Codes::Bits4:
        return {7.5F - float(plan.layout.zero), 4.61F};
    case Codes::Bits8:
        return {127.5F - float(plan.layout.zero), 73.9F};
    case Codes::E4m3:
        return {0.0F, 0.6F};
    default:
        break;
    }
    double square = 0.0;
    for (const float value : plan.table)
        square += std::isfinite(value) ? double(value) * value : 0.0;
    return {0.0F, float(std::sqrt(square / double(std::max<std::size_t>(plan.table.size(), 1))))};
}

Status fillRandom(const WeightSource& source, const PartPlan& plan, std::int64_t firstRow,
                  const WeightLayout& layout, Uploader& uploader) {
    constexpr float kDeviation = 0.02F;
    if (layout.codes == Codes::Plain)
        return fillRandomPlain(uploader.stream(), source.seed, source.columns, firstRow,
                               source.rows, layout);
    const auto [mean, deviation] = codeStatistics(plan);
    const float scale = deviation > 0.0F ? kDeviation / deviation : 1.0F;
    HEARTH_CUDA_TRY(
        fillScales(uploader.stream(), scale, -mean * scale, firstRow, source.rows, layout));
    return fillRandomCodes(uploader.stream(), source.seed, firstRow, source.rows, layout);
}

Status fillPart(const WeightSource& source, const PartPlan& plan, std::int64_t firstRow,
                const MatrixSegment& segment, Uploader& uploader) {
    const WeightLayout& layout = segment.layout;
    if (!source.data)
        return fillRandom(source, plan, firstRow, layout, uploader);
    if (layout.codes == Codes::Plain)
        return fillPlain(source, plan.rowBytes, firstRow, layout, uploader);
    if (plan.dense.columns > 0)
        return fillDense(source, plan, firstRow, layout, uploader);
    return uploader.convert(
        rowsOf(source, plan.rowBytes),
        [&](const std::byte* raw, std::size_t first, std::size_t rows, cudaStream_t stream) {
            RawRows piece = rawRows(raw, plan.rowBytes, firstRow, first, rows);
            piece.grid = segment.grid;
            return packBlocks(stream, source.type, piece, layout);
        });
}

/// Plans every part and adds up rows.
Status planParts(std::span<const WeightSource> parts, DType compute, std::vector<PartPlan>& plans,
                 std::int64_t& rows) {
    for (const WeightSource& part : parts) {
        if (part.columns != parts.front().columns)
            return Status::InvalidArgument;
        HEARTH_CUDA_TRY(planPart(part, compute, plans.emplace_back()));
        if (__builtin_add_overflow(rows, part.rows, &rows))
            return Status::InvalidArgument;
    }
    return Status::Ok;
}

} // namespace

std::size_t CudaMatrix::ownedBytes() const {
    return std::accumulate(m_segments.begin(), m_segments.end(), std::size_t{0},
                           [](std::size_t bytes, const MatrixSegment& segment) {
                               return bytes + segment.memory.bytes();
                           });
}

std::uint32_t CudaMatrix::layoutId() const {
    // FNV-1a over the segments' layouts.
    std::uint32_t hash = 2166136261U;
    for (const MatrixSegment& segment : m_segments) {
        const WeightLayout& layout = segment.layout;
        for (const std::int32_t word :
             {std::int32_t(layout.codes), std::int32_t(layout.scales), std::int32_t(layout.type),
              layout.groupShift, layout.zero, std::int32_t(layout.order != nullptr)})
            hash = (hash ^ static_cast<std::uint32_t>(word)) * 16777619U;
    }
    return hash;
}

Status packMatrix(std::span<const WeightSource> parts, DType compute, Uploader& uploader,
                  std::unique_ptr<CudaMatrix>& out) {
    if (parts.empty())
        return Status::InvalidArgument;
    if (!mayAllocate())
        return Status::OutOfMemory;
    try {
        std::unique_ptr<CudaMatrix> matrix(new CudaMatrix);
        std::vector<PartPlan> plans;
        plans.reserve(parts.size());
        HEARTH_CUDA_TRY(planParts(parts, compute, plans, matrix->m_rows));
        matrix->m_columns = parts.front().columns;
        for (std::size_t first = 0; first < parts.size();) {
            std::size_t end = first + 1;
            std::int64_t rows = parts[first].rows;
            while (end < parts.size() && sameLayout(plans[first], plans[end]))
                rows += parts[end++].rows;
            MatrixSegment segment;
            HEARTH_CUDA_TRY(layOut(plans[first], rows, uploader, segment));
            segment.firstRow = matrix->m_segments.empty() ? 0
                                                          : matrix->m_segments.back().firstRow +
                                                                matrix->m_segments.back().rows;
            for (std::int64_t row = 0; first < end; row += parts[first++].rows)
                HEARTH_CUDA_TRY(fillPart(parts[first], plans[first], row, segment, uploader));
            matrix->m_segments.push_back(std::move(segment));
        }
        out = std::move(matrix);
    } catch (const std::bad_alloc&) {
        return Status::OutOfMemory;
    }
    return Status::Ok;
}

} // namespace hearth::kernels::cuda
