#include "cuda/matmul/grouped.h"

#include "cuda/matmul/tensor/tensor_product.h"

#include <algorithm>
#include <iterator>

namespace hearth::kernels::cuda {

namespace {

constexpr std::int32_t kFewRows = 8;
constexpr std::int32_t kManyRows = 32;

bool sameForm(const WeightLayout& a, const WeightLayout& b) {
    return a.codes == b.codes && a.scales == b.scales && a.type == b.type &&
           a.groupShift == b.groupShift && a.columns == b.columns;
}

/// Rows [firstRow, firstRow + rows) of a layout, from the tile of 16 rows on in which they begin.
GroupEntry entryOf(const WeightLayout& all, std::int64_t firstRow, std::int64_t rows) {
    GroupEntry entry;
    entry.layout = all;
    if (all.codes == Codes::Plain) {
        entry.layout.rows = rows;
        entry.layout.data += firstRow * all.columns * std::int64_t(blockSize(all.type).bytes);
        return entry;
    }
    const std::int64_t tile = firstRow / kTileRows;
    entry.skip = static_cast<std::int32_t>(firstRow % kTileRows);
    entry.layout.rows = entry.skip + rows;
    entry.layout.data += tile * columnTiles(all) * tileBytes(all.codes);
    entry.layout.entries += tile * groupCount(all) * kTileRows * entryBytes(all.scales);
    if (all.scales == Scales::Super)
        entry.layout.supers += tile * superCount(all) * kTileRows * 4;
    return entry;
}

} // namespace

void GroupPlan::add(std::int32_t group, const CudaMatrix& matrix, std::int64_t firstRow,
                    std::int64_t rows, const float* bias) {
    for (const MatrixSegment& segment : matrix.segments()) {
        const std::int64_t begin = std::max(firstRow, segment.firstRow);
        const std::int64_t end = std::min(firstRow + rows, segment.firstRow + segment.rows);
        if (begin >= end)
            continue;
        GroupEntry entry = entryOf(segment.layout, begin - segment.firstRow, end - begin);
        entry.firstColumn = static_cast<std::int32_t>(begin - firstRow);
        entry.bias = bias ? bias + entry.firstColumn : nullptr;
        Class& found = classFor(segment.layout, group);
        found.form.rows = std::max(found.form.rows, entry.layout.rows);
        found.entries[std::size_t(group)] = entry;
    }
}

GroupPlan::Class& GroupPlan::classFor(const WeightLayout& layout, std::int32_t group) {
    const auto found = std::find_if(m_classes.begin(), m_classes.end(), [&](const Class& one) {
        return sameForm(one.form, layout) && !one.entries[std::size_t(group)].layout.data;
    });
    if (found != m_classes.end())
        return *found;
    Class& made = m_classes.emplace_back();
    made.form = layout;
    made.form.rows = 0;
    made.entries.resize(std::size_t(m_groups));
    return made;
}

std::vector<GroupClass> GroupPlan::finish(std::vector<GroupEntry>& all) {
    std::vector<GroupClass> classes;
    for (const Class& one : m_classes) {
        classes.push_back({one.form, all.size()});
        all.insert(all.end(), one.entries.begin(), one.entries.end());
    }
    m_classes.clear();
    return classes;
}

std::int32_t groupTileRows(DType compute, std::int64_t rows) {
    return compute == DType::F32 || rows <= kFewRows ? kFewRows : kManyRows;
}

Status launchGroups(const GroupContext& context, std::span<const GroupClass> classes,
                    const GroupEntry* entries, GroupedRows rows) {
    if (rows.rows <= 0 && !rows.tiles)
        return Status::Ok;
    const bool isFloat = rows.in.type == DType::F32;
    if (rows.out.type != rows.in.type && rows.out.type != DType::F32)
        return Status::InvalidArgument;
    const std::int64_t vector = 16 / std::int64_t(blockSize(rows.in.type).bytes);
    const bool aligned = reinterpret_cast<std::uintptr_t>(rows.in.data) % 16 == 0 &&
                         rows.in.stride % vector == 0 && rows.inGroup % vector == 0;
    for (const GroupClass& one : classes) {
        rows.entries = entries + one.firstEntry;
        if (isFloat) {
            HEARTH_CUDA_TRY(launchFloatGroups(context.stream, one, rows, aligned));
            continue;
        }
        TensorGroups call;
        call.rows = rows;
        call.columns = rows.in.width;
        call.aligned = aligned;
        call.floatOut = rows.out.type == DType::F32;
        HEARTH_CUDA_TRY(launchTensorGroups(context.stream, rows.in.type, one, call,
                                           context.deterministic, context.multiprocessors));
    }
    return Status::Ok;
}

} // namespace hearth::kernels::cuda
