#include "cuda/weights/part_plan.h"

#include "common/weight_source.h"
#include "cuda/weights/source_blocks.h"
#include "hearth/kernels/half.h"

#include <algorithm>
#include <bit>
#include <cstring>
#include <limits>

namespace hearth::kernels::cuda {

namespace {

constexpr std::int64_t kGranularity = 16; // Columns that the narrowest groups of a layout have.
constexpr std::int32_t kWholeRow = 30;    // A shift that makes one group of any row.

bool isPlain(DType type) {
    return type == DType::F32 || type == DType::F16 || type == DType::BF16;
}

bool isFloat8(DType type) {
    return type == DType::F8E4M3 || type == DType::F8E5M2;
}

std::int64_t roundUp(std::int64_t value, std::int64_t multiple) {
    return (value + multiple - 1) / multiple * multiple;
}

Status checkGroups(const WeightSource& source) {
    const GroupQuantisation& groups = *source.groups;
    if ((source.type != DType::U8 && !isFloat8(source.type)) || groups.bits < 2 ||
        groups.bits > 8 || (isFloat8(source.type) && (groups.bits != 8 || groups.codebook)))
        return Status::Unsupported;
    if (groups.groupSize <= 0 || (!groups.scales && source.data))
        return Status::InvalidArgument;
    return permutesOutside(source) ? Status::InvalidArgument : Status::Ok;
}

Status check(const WeightSource& source, std::int64_t& rowBytes) {
    const bool known = isPlain(source.type) || isFloat8(source.type) ||
                       blockLayout(source.type).codes != Codes::Plain;
    if (!source.groups && !known)
        return Status::Unsupported;
    if (source.rows <= 0 || source.columns <= 0 ||
        source.columns > std::numeric_limits<std::int32_t>::max() / 64)
        return Status::InvalidArgument;
    if (source.groups) {
        if (const Status status = checkGroups(source); status != Status::Ok)
            return status;
    }
    if (!rowBytesOf(source, rowBytes) ||
        (source.data && source.rows > 1 && source.rowBytes < rowBytes))
        return Status::InvalidArgument;
    return Status::Ok;
}

bool isHalf(float value) {
    return std::bit_cast<std::uint32_t>(f16ToF32(f32ToF16(value))) ==
           std::bit_cast<std::uint32_t>(value);
}

bool areHalves(const float* values, std::int64_t count) {
    return !values || std::all_of(values, values + count, isHalf);
}

/// Columns of a group that the layout stores, and their shift: groups whose size is no multiple of
/// 16 are padded; those whose size is no power of two are stored as several of equal scale.
void planGroups(const WeightSource& source, PartPlan& plan) {
    DenseCodes& dense = plan.dense;
    dense.columns = source.columns;
    const std::int64_t wanted = source.groups ? source.groups->groupSize : source.columns;
    if (wanted >= source.columns) {
        dense.groupSize = dense.storedGroupSize = source.columns;
        plan.layout.columns = roundUp(source.columns, kTileColumns);
        dense.storedGroupSize = plan.layout.columns;
        plan.layout.groupShift = kWholeRow;
        return;
    }
    dense.groupSize = wanted;
    dense.storedGroupSize = roundUp(wanted, kGranularity);
    const std::int64_t groups = (source.columns + wanted - 1) / wanted;
    const std::int64_t columns =
        dense.storedGroupSize == wanted ? source.columns : groups * dense.storedGroupSize;
    plan.layout.columns = roundUp(columns, kTileColumns);
    plan.layout.groupShift = std::countr_zero(static_cast<std::uint64_t>(dense.storedGroupSize));
}

/// Which activation each stored column reads, where it isn't its own.
void planOrder(const WeightSource& source, PartPlan& plan) {
    const DenseCodes& dense = plan.dense;
    const std::int32_t* permutation = source.groups ? source.groups->permutation : nullptr;
    const bool padded =
        dense.storedGroupSize != dense.groupSize && dense.groupSize < source.columns;
    if (!permutation && !padded)
        return;
    plan.order.assign(static_cast<std::size_t>(plan.layout.columns), -1);
    for (std::int64_t stored = 0; stored < plan.layout.columns; ++stored) {
        const std::int64_t inGroup = stored % dense.storedGroupSize;
        const std::int64_t column = stored / dense.storedGroupSize * dense.groupSize + inGroup;
        if (inGroup < dense.groupSize && column < source.columns)
            plan.order[static_cast<std::size_t>(stored)] =
                permutation ? permutation[column] : static_cast<std::int32_t>(column);
    }
}

void planScales(const WeightSource& source, PartPlan& plan) {
    const GroupQuantisation* groups = source.groups;
    const bool narrow = plan.layout.groupShift < 5;
    const bool coded = plan.layout.codes == Codes::Bits4 || plan.layout.codes == Codes::Bits8;
    plan.layout.scales = Scales::Float;
    if (!groups || narrow || !coded)
        return;
    const std::int64_t count =
        source.rows * ((source.columns + groups->groupSize - 1) / groups->groupSize);
    if (!source.data || (areHalves(groups->scales, count) && areHalves(groups->offsets, count)))
        plan.layout.scales = Scales::Pair;
}

/// The values of F8E5M2's codes: a code is the upper byte of a half.
std::vector<float> e5m2Table() {
    std::vector<float> table(256);
    for (std::size_t code = 0; code < table.size(); ++code)
        table[code] = f16ToF32(static_cast<std::uint16_t>(code << 8));
    return table;
}

void planDense(const WeightSource& source, PartPlan& plan) {
    plan.dense.bits = source.groups ? source.groups->bits : 8;
    if (source.type == DType::F8E4M3) {
        plan.layout.codes = Codes::E4m3;
    } else if (source.type == DType::F8E5M2) {
        plan.layout.codes = Codes::Table8;
        plan.table = e5m2Table();
    } else if (const float* codebook = source.groups->codebook) {
        const std::size_t stored = plan.dense.bits <= 4 ? 16 : 256;
        plan.layout.codes = stored == 16 ? Codes::Table4 : Codes::Table8;
        plan.table.assign(codebook, codebook + (std::size_t{1} << plan.dense.bits));
        plan.table.resize(stored, 0.0F);
    } else if (plan.dense.bits <= 4) {
        plan.layout.codes = Codes::Bits4;
    } else {
        plan.layout.codes = Codes::Bits8;
        plan.layout.zero = plan.dense.bits == 8 ? 0 : 128;
        plan.dense.added = plan.layout.zero;
    }
    planGroups(source, plan);
    planOrder(source, plan);
    planScales(source, plan);
}

/// Tables may hold NaN.
bool sameBits(const std::vector<float>& a, const std::vector<float>& b) {
    return a.size() == b.size() &&
           (a.empty() || std::memcmp(a.data(), b.data(), a.size() * sizeof(float)) == 0);
}

} // namespace

bool sameLayout(const PartPlan& a, const PartPlan& b) {
    return a.layout.codes == b.layout.codes && a.layout.scales == b.layout.scales &&
           a.layout.type == b.layout.type && a.layout.groupShift == b.layout.groupShift &&
           a.layout.zero == b.layout.zero && a.layout.columns == b.layout.columns &&
           sameBits(a.table, b.table) && a.order == b.order;
}

Status planPart(const WeightSource& source, DType compute, PartPlan& out) {
    PartPlan plan;
    if (const Status status = check(source, plan.rowBytes); status != Status::Ok)
        return status;
    if (source.groups || isFloat8(source.type)) {
        planDense(source, plan);
    } else {
        plan.layout = blockLayout(source.type);
        plan.layout.columns = roundUp(source.columns, kTileColumns);
        if (source.type == DType::MXFP4)
            plan.table.assign(std::begin(kTwiceE2M1), std::end(kTwiceE2M1));
        else if (plan.layout.codes == Codes::Table4)
            plan.table.assign(std::begin(kIq4Table), std::end(kIq4Table));
        plan.grid = gridOf(source.type);
    }
    plan.layout.type = isPlain(source.type) ? compute : source.type;
    if (source.groups)
        plan.layout.type = DType::U8;
    plan.layout.rows = source.rows;
    out = std::move(plan);
    return Status::Ok;
}

} // namespace hearth::kernels::cuda
