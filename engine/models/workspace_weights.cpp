#include "models/workspace_weights.h"

#include "formats/format_error.h"
#include "hearth/kernels/half.h"
#include "models/tensor_transform.h"

#include <algorithm>
#include <cstring>
#include <utility>

#include <fmt/format.h>

namespace hearth {

namespace {

using namespace kernels;

/// Tables of which numbers are picked are kept as they are.
WorkspaceSource sourceOf(const TensorPart& part) {
    if (part.transform == TensorTransform::Picked)
        return {part.name, 0, part.rows, 1, 0, part.columns,
                static_cast<std::uint8_t>(TensorTransform::None)};
    return {part.name,        part.firstRow,    part.rowCount,
            part.rowStep,     part.firstColumn, part.columnCount,
            static_cast<std::uint8_t>(part.transform)};
}

/// Columns that cannot be parted: a block's, a group's, or those that share a byte of codes.
std::int64_t unitOf(const WorkspaceSegment& segment) {
    if (segment.groups)
        return segment.groups->groupSize;
    return std::int64_t{blockSize(segment.type).elements};
}

bool canCut(const WorkspaceSlice& slice) {
    const WorkspaceSegment& segment = *slice.segment;
    if (slice.columnCount == segment.columns && segment.panels == 1)
        return true;
    const std::int64_t unit = unitOf(segment);
    const bool wholeBytes =
        !segment.groups || segment.groups->groupSize * segment.groups->bits % 8 == 0;
    return wholeBytes && !(segment.groups && segment.groups->permutation) &&
           slice.firstColumn % unit == 0 && slice.columnCount % unit == 0 &&
           segment.panelColumns() % unit == 0;
}

/// The slices of a request's parts, those that touch joined.
Result<std::vector<WorkspaceSlice>> slicesOf(const Workspace& workspace,
                                             const WeightRequest& request) {
    std::vector<WorkspaceSlice> slices;
    for (const TensorPart& part : request.parts) {
        const auto found = workspace.find(sourceOf(part));
        if (!found)
            return fileFailure(ErrorCode::NotFound, workspace.indexPath(), part.name,
                               fmt::format("rows of it, for {}, are not in this workspace",
                                           request.name));
        if (!canCut(*found))
            return fileFailure(ErrorCode::Unsupported, workspace.indexPath(), part.name,
                               fmt::format("blocks of {} cannot be cut at column {}",
                                           unitOf(*found->segment), found->firstColumn));
        if (!slices.empty()) {
            WorkspaceSlice& last = slices.back();
            if (last.segment == found->segment && last.firstColumn == found->firstColumn &&
                last.columnCount == found->columnCount &&
                last.firstRow + last.rowCount == found->firstRow) {
                last.rowCount += found->rowCount;
                continue;
            }
        }
        slices.push_back(*found);
    }
    return slices;
}

/// Builds the parcel slice by slice.
class Gatherer {
public:
    Gatherer(const Workspace& workspace, WeightShape shape, WorkspaceParcel& parcel)
        : m_workspace(workspace), m_shape(shape), m_parcel(parcel) {}

    void add(const WorkspaceSlice& slice, std::size_t index) {
        const WorkspaceSegment& segment = *slice.segment;
        WeightSource source;
        source.type = segment.type;
        source.rows = slice.rowCount;
        source.columns = slice.columnCount;
        if (segment.groups)
            source.groups = addGroups(slice, index);
        placeNumbers(slice, source);
        if (m_shape == WeightShape::Vector)
            std::swap(source.rows, source.columns); // one row of plain numbers
        m_parcel.sources.push_back(source);
    }

private:
    [[nodiscard]] std::int64_t bytesOf(const WorkspaceSegment& segment,
                                       std::int64_t columns) const {
        if (segment.groups)
            return (columns * segment.groups->bits + 7) / 8;
        const BlockSize block = blockSize(segment.type);
        return columns / block.elements * block.bytes;
    }

    /// Copies or points at rows of `unitColumns`-wide things that lie panel by panel.
    struct Panels {
        const std::byte* data;
        std::int64_t rowBytes;   ///< Of a panel's row.
        std::int64_t first;      ///< Bytes into the whole row, as the next.
        std::int64_t count;
    };
    static void copyRows(const WorkspaceSlice& slice, const Panels& from, std::byte* out) {
        const std::int64_t panelBytes = from.rowBytes * slice.segment->rows;
        for (std::int64_t row = slice.firstRow; row < slice.firstRow + slice.rowCount; ++row)
            for (std::int64_t at = from.first; at < from.first + from.count;) {
                const std::int64_t panel = at / from.rowBytes;
                const std::int64_t inside = at - panel * from.rowBytes;
                const std::int64_t size =
                    std::min(from.rowBytes - inside, from.first + from.count - at);
                std::memcpy(out, from.data + panel * panelBytes + row * from.rowBytes + inside,
                            static_cast<std::size_t>(size));
                out += size;
                at += size;
            }
    }

    void placeNumbers(const WorkspaceSlice& slice, WeightSource& source) {
        const WorkspaceSegment& segment = *slice.segment;
        const std::int64_t rowBytes = segment.rowBytes();
        const std::int64_t first = bytesOf(segment, slice.firstColumn);
        const std::int64_t count = bytesOf(segment, slice.columnCount);
        const std::byte* data = m_workspace.file().bytes().data() + segment.offset;
        const std::int64_t panel = first / rowBytes;
        if (first + count <= (panel + 1) * rowBytes) {
            source.data = data + panel * rowBytes * segment.rows + slice.firstRow * rowBytes +
                          (first - panel * rowBytes);
            source.rowBytes = rowBytes;
            return;
        }
        std::vector<std::byte>& buffer = m_parcel.buffers.emplace_back(
            static_cast<std::size_t>(count * slice.rowCount));
        copyRows(slice, {data, rowBytes, first, count}, buffer.data());
        source.data = buffer.data();
        source.rowBytes = count;
    }

    const float* addNumbers(const WorkspaceSlice& slice, std::uint64_t offset, DType type) {
        const std::int64_t size = blockSize(type).bytes;
        const std::int64_t groupSize = slice.segment->groups->groupSize;
        const std::int64_t count = (slice.columnCount + groupSize - 1) / groupSize;
        const auto numbers = static_cast<std::size_t>(count * slice.rowCount);
        std::vector<std::byte> stored(numbers * static_cast<std::size_t>(size));
        copyRows(slice,
                 {m_workspace.file().bytes().data() + offset, slice.segment->rowGroups() * size,
                  slice.firstColumn / groupSize * size, count * size},
                 stored.data());
        if (type == DType::F16) {
            std::vector<std::byte> wide(numbers * sizeof(float));
            for (std::size_t i = 0; i < numbers; ++i) {
                std::uint16_t half = 0;
                std::memcpy(&half, stored.data() + i * sizeof half, sizeof half);
                const float value = f16ToF32(half);
                std::memcpy(wide.data() + i * sizeof value, &value, sizeof value);
            }
            stored = std::move(wide);
        }
        m_parcel.buffers.push_back(std::move(stored));
        return reinterpret_cast<const float*>(m_parcel.buffers.back().data());
    }

    const GroupQuantisation* addGroups(const WorkspaceSlice& slice, std::size_t index) {
        const WorkspaceGroups& stored = *slice.segment->groups;
        GroupQuantisation& groups = m_parcel.groups[index].emplace();
        groups.bits = stored.bits;
        groups.groupSize = stored.groupSize;
        groups.scales = addNumbers(slice, stored.scales, stored.scaleType);
        if (stored.offsets)
            groups.offsets = addNumbers(slice, *stored.offsets, DType::F32);
        if (!stored.codebook.empty())
            groups.codebook = stored.codebook.data();
        if (stored.permutation)
            groups.permutation = reinterpret_cast<const std::int32_t*>(
                m_workspace.file().bytes().data() + *stored.permutation);
        return &groups;
    }

    const Workspace& m_workspace;
    const WeightShape m_shape;
    WorkspaceParcel& m_parcel;
};

TensorView viewOf(const Workspace& workspace, const WorkspaceSegment& segment) {
    TensorView view;
    view.type = segment.type;
    view.shape = {segment.rows, segment.columns};
    view.data = workspace.bytes(segment.offset, segment.bytes);
    return view;
}

/// The slice's share of its segment.
std::uint64_t bytesOf(const WorkspaceSlice& slice) {
    const WorkspaceSegment& segment = *slice.segment;
    const double share = double(slice.rowCount) / double(segment.rows) *
                         (double(slice.columnCount) / double(segment.columns));
    return static_cast<std::uint64_t>(double(segment.bytes) * share);
}

bool picksNumbers(const WeightRequest& request) {
    return request.parts.front().transform == TensorTransform::Picked;
}

/// Picks numbers of the table that the parcel's only source is.
Result<WorkspaceParcel> picked(WorkspaceParcel parcel, const TensorPart& part) {
    WeightSource& source = parcel.sources.front();
    TensorView table;
    table.name = part.name;
    table.type = source.type;
    table.shape = {part.rows, part.columns};
    table.data = {source.data, static_cast<std::size_t>(part.rows * source.rowBytes)};
    if (source.groups != nullptr || !canTransform(table))
        return fileFailure(ErrorCode::Unsupported, {}, part.name,
                           fmt::format("weights of type {} cannot be rearranged",
                                       name(source.type)));
    HEARTH_TRY_ASSIGN(const TransformedPart chosen, transformPart(table, part));
    source.type = chosen.type;
    source.rows = 1;
    source.columns = part.rowCount;
    source.rowBytes = part.rowCount * std::int64_t{blockSize(chosen.type).bytes};
    source.data = parcel.buffers
                      .emplace_back(chosen.numbers.get(), chosen.numbers.get() + source.rowBytes)
                      .data();
    return Result<WorkspaceParcel>(std::move(parcel));
}

} // namespace

Result<WorkspaceParcel> gatherFromWorkspace(const Workspace& workspace,
                                            const WeightRequest& request) {
    HEARTH_TRY_ASSIGN(const std::vector<WorkspaceSlice> slices, slicesOf(workspace, request));
    const WeightShape shape = picksNumbers(request) ? WeightShape::Matrix : request.shape;
    WorkspaceParcel parcel;
    parcel.groups.resize(slices.size());
    Gatherer gatherer(workspace, shape, parcel);
    for (std::size_t i = 0; i < slices.size(); ++i) {
        gatherer.add(slices[i], i);
        parcel.tensors.push_back(viewOf(workspace, *slices[i].segment));
        parcel.bytes += bytesOf(slices[i]);
        parcel.parameters += static_cast<std::uint64_t>(slices[i].rowCount * slices[i].columnCount);
    }
    if (picksNumbers(request))
        return picked(std::move(parcel), request.parts.front());
    return Result<WorkspaceParcel>(std::move(parcel)); // a copy's sources would point into this one
}

Result<void> checkWorkspaceRequest(const Workspace& workspace, const WeightRequest& request) {
    HEARTH_TRY(slicesOf(workspace, request));
    return {};
}

std::uint64_t workspaceBytes(const Workspace& workspace, const WeightRequest& request,
                             std::optional<DType> compute) {
    const auto slices = slicesOf(workspace, request);
    std::uint64_t bytes = 0;
    if (!slices)
        return bytes;
    for (const WorkspaceSlice& slice : *slices) {
        const auto taken = static_cast<std::uint64_t>(
            picksNumbers(request) ? request.parts.front().rowCount
                                  : slice.rowCount * slice.columnCount);
        const DType type = slice.segment->type;
        const bool plain = type == DType::F32 || type == DType::F16 || type == DType::BF16;
        if (compute && request.shape == WeightShape::Vector)
            bytes += taken * blockSize(DType::F32).bytes;
        else if (compute && plain)
            bytes += taken * blockSize(*compute).bytes;
        else
            bytes += bytesOf(slice);
    }
    return bytes;
}

std::vector<TensorView> segmentsOf(const Workspace& workspace, const WeightRequest& request) {
    std::vector<TensorView> views;
    if (const auto slices = slicesOf(workspace, request))
        for (const WorkspaceSlice& slice : *slices)
            views.push_back(viewOf(workspace, *slice.segment));
    return views;
}

} // namespace hearth
