#include "convert/workspace_writer.h"

#include "hearth/kernels/half.h"

#include <algorithm>
#include <cstring>
#include <utility>

namespace hearth {

using namespace kernels;

namespace {

constexpr std::uint64_t kNumbersAlignment = 64;

/// True if rows of both can stand in one segment.
bool sameForm(const WeightSource& a, const WeightSource& b) {
    if (a.type != b.type || a.columns != b.columns ||
        (a.groups == nullptr) != (b.groups == nullptr))
        return false;
    if (a.groups == nullptr)
        return true;
    const GroupQuantisation& x = *a.groups;
    const GroupQuantisation& y = *b.groups;
    const std::size_t words = std::size_t{1} << x.bits;
    return x.bits == y.bits && x.groupSize == y.groupSize &&
           (x.offsets == nullptr) == (y.offsets == nullptr) && x.permutation == nullptr &&
           y.permutation == nullptr && (x.codebook == nullptr) == (y.codebook == nullptr) &&
           (x.codebook == nullptr || std::equal(x.codebook, x.codebook + words, y.codebook));
}

std::int64_t groupsOf(const WeightSource& source) {
    return (source.columns + source.groups->groupSize - 1) / source.groups->groupSize;
}

/// True if all scales are float16 numbers.
bool areHalves(std::span<const WeightSource> run) {
    for (const WeightSource& source : run) {
        const float* scales = source.groups->scales;
        if (!std::all_of(scales, scales + source.rows * groupsOf(source),
                         [](float scale) { return f16ToF32(f32ToF16(scale)) == scale; }))
            return false;
    }
    return true;
}

/// Panels that the form allows: `wanted`, or one where a panel would end inside of a block.
std::int32_t panelsOf(const WeightSource& source, std::int32_t wanted) {
    if (wanted < 2 || source.columns % wanted != 0)
        return 1;
    const std::int64_t columns = source.columns / wanted;
    if (source.groups == nullptr)
        return columns % blockSize(source.type).elements == 0 ? wanted : 1;
    const bool whole = source.groups->permutation == nullptr &&
                       columns % source.groups->groupSize == 0 &&
                       columns * source.groups->bits % 8 == 0;
    return whole ? wanted : 1;
}

WorkspaceSource sourceOf(const TensorPart& part) {
    return {part.name,        part.firstRow,    part.rowCount,
            part.rowStep,     part.firstColumn, part.columnCount,
            static_cast<std::uint8_t>(part.transform)};
}

/// A vector's numbers as rows of one column.
WeightSource asColumn(const WeightSource& source) {
    WeightSource column = source;
    if (source.rows == 1) {
        column.rows = source.columns;
        column.columns = 1;
        column.rowBytes = blockSize(source.type).bytes;
    }
    return column;
}

} // namespace

WorkspaceWriter::WorkspaceWriter(OutputFile file, std::span<const WeightRequest> requests,
                                 std::vector<std::int32_t> panels, std::vector<bool> isCut,
                                 WeightObserver observer)
    : m_file(std::move(file))
    , m_requests(requests)
    , m_panels(std::move(panels))
    , m_isCut(std::move(isCut))
    , m_observer(std::move(observer)) {}

Result<void> WorkspaceWriter::take(WeightShape shape, std::span<const WeightSource> parts) {
    const std::size_t number = m_index.entries.size();
    WorkspaceEntry entry;
    entry.name = m_requests[number].name;
    for (const TensorPart& part : m_requests[number].parts)
        entry.sources.push_back(sourceOf(part));
    std::vector<WeightSource> rows(parts.begin(), parts.end());
    if (shape == WeightShape::Vector)
        std::transform(rows.begin(), rows.end(), rows.begin(), asColumn);
    const std::span<const WeightSource> all(rows);
    for (std::size_t first = 0; first < all.size();) {
        std::size_t end = first + 1;
        while (end < all.size() && sameForm(all[first], all[end]))
            ++end;
        HEARTH_TRY(writeRun(all.subspan(first, end - first),
                            panelsOf(all[first], m_panels[number]), entry));
        first = end;
    }
    if (m_observer)
        m_observer(entry, m_isCut[number]);
    m_index.entries.push_back(std::move(entry));
    return {};
}

Result<void> WorkspaceWriter::writeRun(std::span<const WeightSource> run, std::int32_t panels,
                                       WorkspaceEntry& entry) {
    HEARTH_TRY(m_file.align(kWorkspaceAlignment));
    WorkspaceSegment segment;
    segment.type = run.front().type;
    segment.columns = run.front().columns;
    segment.panels = panels;
    segment.offset = m_file.position();
    for (const WeightSource& source : run)
        segment.rows += source.rows;
    if (run.front().groups != nullptr) {
        segment.groups.emplace();
        segment.groups->bits = run.front().groups->bits;
        segment.groups->groupSize = run.front().groups->groupSize;
    }
    HEARTH_TRY(writeNumbers(run, segment));
    if (segment.groups) {
        HEARTH_TRY(writeGroups(run, segment));
    }
    segment.bytes = m_file.position() - segment.offset;
    entry.segments.push_back(std::move(segment));
    return {};
}

Result<void> WorkspaceWriter::writeNumbers(std::span<const WeightSource> run,
                                           const WorkspaceSegment& segment) {
    const std::int64_t rowBytes = segment.rowBytes();
    for (std::int64_t panel = 0; panel < segment.panels; ++panel)
        for (const WeightSource& source : run) {
            const std::byte* row = source.data + panel * rowBytes;
            if (source.rowBytes == rowBytes) {
                HEARTH_TRY(m_file.write({row, static_cast<std::size_t>(source.rows * rowBytes)}));
                continue;
            }
            for (std::int64_t i = 0; i < source.rows; ++i, row += source.rowBytes)
                HEARTH_TRY(m_file.write({row, static_cast<std::size_t>(rowBytes)}));
        }
    return {};
}

Result<void> WorkspaceWriter::writeGroups(std::span<const WeightSource> run,
                                          WorkspaceSegment& segment) {
    WorkspaceGroups& groups = *segment.groups;
    const GroupQuantisation& form = *run.front().groups;
    groups.scaleType = areHalves(run) ? DType::F16 : DType::F32;
    HEARTH_TRY_ASSIGN(groups.scales, writeScales(run, segment, false, groups.scaleType));
    if (form.offsets != nullptr) {
        HEARTH_TRY_ASSIGN(groups.offsets, writeScales(run, segment, true, DType::F32));
    }
    if (form.codebook != nullptr)
        groups.codebook.assign(form.codebook, form.codebook + (std::size_t{1} << form.bits));
    if (form.permutation != nullptr) {
        HEARTH_TRY(m_file.align(kNumbersAlignment));
        groups.permutation = m_file.position();
        HEARTH_TRY(m_file.write(std::as_bytes(
            std::span(form.permutation, static_cast<std::size_t>(segment.columns)))));
    }
    return {};
}

Result<std::uint64_t> WorkspaceWriter::writeScales(std::span<const WeightSource> run,
                                                   const WorkspaceSegment& segment, bool offsets,
                                                   DType type) {
    HEARTH_TRY(m_file.align(kNumbersAlignment));
    const std::uint64_t begin = m_file.position();
    const std::int64_t count = segment.rowGroups();
    std::vector<std::uint16_t> halves(static_cast<std::size_t>(count));
    for (std::int64_t panel = 0; panel < segment.panels; ++panel)
        for (const WeightSource& source : run) {
            const float* numbers = offsets ? source.groups->offsets : source.groups->scales;
            for (std::int64_t row = 0; row < source.rows; ++row) {
                const float* first = numbers + row * groupsOf(source) + panel * count;
                if (type == DType::F32) {
                    HEARTH_TRY(m_file.write(
                        std::as_bytes(std::span(first, static_cast<std::size_t>(count)))));
                    continue;
                }
                std::transform(first, first + count, halves.begin(), f32ToF16);
                HEARTH_TRY(m_file.write(std::as_bytes(std::span(halves))));
            }
        }
    return begin;
}

Result<WorkspaceIndex> WorkspaceWriter::finish() {
    HEARTH_TRY(m_file.align(kWorkspaceAlignment));
    m_index.fileBytes = m_file.position();
    HEARTH_TRY(m_file.close());
    return std::move(m_index);
}

} // namespace hearth
