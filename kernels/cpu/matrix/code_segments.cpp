#include "cpu/matrix/code_segments.h"

#include "common/weight_source.h"
#include "hearth/kernels/dequantize.h"

#include <algorithm>

namespace hearth::kernels::cpu {

namespace {

// From here on 8-bit floats are expanded once rather than for every few tokens.
constexpr std::int64_t kTokensThatPayExpanding = 8;

} // namespace

Float8Segment::Float8Segment(const WeightSource& source, CpuFeature feature)
    : Segment(source.rows, source.columns, kPlainRows)
    , m_source(source)
    , m_groups(source.groups ? *source.groups : GroupQuantisation{})
    , m_groupSize(source.groups ? std::min<std::int64_t>(source.columns, m_groups.groupSize)
                                : source.columns)
    , m_groupCount((source.columns + m_groupSize - 1) / m_groupSize)
    , m_scales(m_groups.scales)
    , m_unit(source.type == DType::F8E4M3 ? kE4m3Unit : 1.0F)
    , m_function(plainFunction(feature, source.type))
    , m_expandedFunction(plainFunction(feature, DType::F32)) {
    WeightSource numbers = source;
    numbers.groups = nullptr;
    m_expand = expandFunction(numbers, feature);
}

bool Float8Segment::serves(const WeightSource& source) {
    // Sums of shorter groups cost more than expanding them.
    constexpr std::int32_t kLeastGroup = 64;
    const GroupQuantisation* const groups = source.groups;
    return isFloat8(source.type) &&
           (!groups || (!groups->offsets && !groups->permutation &&
                        (groups->groupSize >= kLeastGroup || groups->groupSize >= source.columns)));
}

std::uint32_t Float8Segment::layoutWord() const {
    return 0x300U + static_cast<std::uint32_t>(m_source.type);
}

/// Adds sums of up to kExpandedColumns columns of one group at a time. Many tokens multiply numbers
/// that were expanded once: the same numbers in the same order, so that sums don't depend on it.
void Float8Segment::multiply(std::int64_t tile, const Activations& activations,
                             std::int64_t firstToken, std::int64_t tokens, float* sums) const {
    alignas(64) float weights[kPlainRows * kExpandedColumns];
    alignas(64) float partial[kTokenTile * kPlainRows] = {};
    const bool expands = tokens >= kTokensThatPayExpanding;
    const std::int64_t firstRow = tile * kPlainRows;
    PlainCall call;
    call.rowBytes = expands ? kExpandedColumns * 4 : m_source.rowBytes;
    call.rowCount = std::min(kPlainRows, rows() - firstRow);
    call.stride = activations.stride;
    call.tokens = tokens;
    call.sums = partial;
    std::fill(sums, sums + tokens * kPlainRows, 0.0F);
    for (std::int64_t first = 0; first < columns(); first += call.columns) {
        const std::int64_t group = first / m_groupSize;
        const std::int64_t end = std::min((group + 1) * m_groupSize, columns());
        call.columns = std::min(kExpandedColumns, end - first);
        call.rows = m_source.data + firstRow * m_source.rowBytes + first;
        call.values = activations.values + firstToken * activations.stride + first;
        float scales[kPlainRows] = {};
        for (std::int64_t row = 0; row < call.rowCount; ++row) {
            scales[row] = scale(firstRow + row, group) * (expands ? 1.0F : m_unit);
            if (expands)
                m_expand({call.rows + row * m_source.rowBytes, call.columns, m_source.type}, 0,
                         call.columns, weights + row * kExpandedColumns);
        }
        if (expands)
            call.rows = reinterpret_cast<const std::byte*>(weights);
        (expands ? m_expandedFunction : m_function)(call);
        for (std::int64_t token = 0; token < tokens; ++token)
            for (std::int64_t row = 0; row < kPlainRows; ++row)
                sums[token * kPlainRows + row] += partial[token * kPlainRows + row] * scales[row];
    }
}

void Float8Segment::expandRow(std::int64_t row, float* out) const {
    // Cannot fail: the type is known and has blocks of one element.
    (void)dequantize(m_source.type, m_source.data + row * m_source.rowBytes, out,
                     static_cast<std::size_t>(columns()));
    for (std::int64_t column = 0; m_scales && column < columns(); ++column)
        out[column] *= m_scales[row * m_groupCount + column / m_groupSize];
}

CodeSegment::CodeSegment(const WeightSource& source, CpuFeature feature)
    : ExpandedSegment(source.rows, source.columns, feature)
    , m_source(source)
    , m_groups(source.groups ? *source.groups : GroupQuantisation{})
    , m_hasGroups(source.groups != nullptr)
    , m_expand(expandFunction(source, feature)) {
    static_cast<void>(rowBytesOf(source, m_rowBytes));
    m_groupCount = (source.columns + m_groups.groupSize - 1) / m_groups.groupSize;
}

std::uint32_t CodeSegment::layoutWord() const {
    return 0x200U + (m_hasGroups ? m_groups.bits : 0U) +
           (static_cast<std::uint32_t>(m_source.type) << 16);
}

void CodeSegment::expandRow(std::int64_t row, float* out) const {
    if (!m_groups.permutation) {
        expand(row, 0, columns(), out);
        return;
    }
    float part[32];
    for (std::int64_t first = 0; first < columns(); first += 32) {
        const std::int64_t count = std::min<std::int64_t>(32, columns() - first);
        expand(row, first, count, part);
        for (std::int64_t i = 0; i < count; ++i)
            out[m_groups.permutation[first + i]] = part[i];
    }
}

void CodeSegment::expand(std::int64_t row, std::int64_t first, std::int64_t count,
                         float* out) const {
    m_expand({m_source.data + row * m_source.rowBytes, m_rowBytes, m_source.type,
              m_hasGroups ? &m_groups : nullptr, row * m_groupCount},
             first, count, out);
}

BlockSegment::BlockSegment(const WeightSource& source, CpuFeature feature)
    : ExpandedSegment(source.rows, source.columns, feature)
    , m_source(source) {
}

std::uint32_t BlockSegment::layoutWord() const {
    return 0x400U + static_cast<std::uint32_t>(m_source.type);
}

void BlockSegment::expandRow(std::int64_t row, float* out) const {
    expand(row, 0, columns(), out);
}

void BlockSegment::expand(std::int64_t row, std::int64_t first, std::int64_t count,
                          float* out) const {
    const BlockSize block = blockSize(m_source.type);
    // Cannot fail: the type is known, and `first` and `count` are whole blocks.
    (void)dequantize(m_source.type,
                     m_source.data + row * m_source.rowBytes + first / block.elements * block.bytes,
                     out, static_cast<std::size_t>(count));
}

} // namespace hearth::kernels::cpu
