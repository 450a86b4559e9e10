#include "formats/quantised/grouped_matrix.h"

#include "formats/format_error.h"
#include "formats/quantised/code_bits.h"

#include <algorithm>
#include <bit>
#include <numeric>
#include <utility>

#include <fmt/format.h>

namespace hearth {

namespace {

// Rows whose scales are spread at a time where a cut makes smaller groups.
constexpr std::int64_t kRowsAtATime = 64;

/// std::isfinite() as integer arithmetic, which vectorises.
bool isFinite(float value) {
    return (std::bit_cast<std::uint32_t>(value) & 0x7F800000U) != 0x7F800000U;
}

} // namespace

std::uint64_t StoredMatrix::fileBytes() const {
    return std::accumulate(m_parts.begin(), m_parts.end(), std::uint64_t{0},
                           [](std::uint64_t sum, const auto& part) { return sum + part.size(); });
}

GroupedMatrix::GroupedMatrix(std::string name, std::int64_t rows, std::int64_t columns,
                             std::vector<std::span<const std::byte>> parts, CodeForm whole)
    : StoredMatrix(std::move(name), rows, columns, std::move(parts))
    , m_whole(std::move(whole)) {
}

std::int64_t GroupedMatrix::groupCount() const {
    return divideUp(columns(), m_whole.groupSize);
}

Failure GroupedMatrix::corrupt(std::string detail) const {
    return fileFailure(ErrorCode::Corrupt, {}, name(), std::move(detail));
}

/// Columns sorted by their groups; empty where they are sorted already.
Result<std::vector<std::int32_t>> GroupedMatrix::order(const std::byte* groupOf) const {
    const std::int64_t size = m_whole.groupSize;
    std::vector<std::int64_t> next(static_cast<std::size_t>(groupCount()));
    for (std::size_t group = 0; group < next.size(); ++group)
        next[group] = std::int64_t(group) * size;
    std::vector<std::int32_t> order(static_cast<std::size_t>(columns()));
    bool sorted = true;
    for (std::int64_t column = 0; column < columns(); ++column) {
        const auto group = static_cast<std::int32_t>(loadWord(groupOf, column));
        if (group < 0 || group >= groupCount())
            return corrupt(fmt::format("g_idx puts column {} into group {} of {}", column, group,
                                       groupCount()));
        const std::int64_t place = next[std::size_t(group)]++;
        if (place >= std::min((group + 1) * size, columns()))
            return corrupt(
                fmt::format("g_idx puts more than {} columns into group {}", size, group));
        order[std::size_t(place)] = static_cast<std::int32_t>(column);
        sorted = sorted && place == column;
    }
    if (sorted)
        order.clear();
    return order;
}

Result<CodeForm> GroupedMatrix::orderedForm(const std::byte* groupOf, std::int64_t firstColumn,
                                            std::int64_t columnCount) const {
    CodeForm form = m_whole;
    if (groupOf != nullptr) {
        HEARTH_TRY_ASSIGN(form.permutation, order(groupOf));
    }
    if (columnCount == columns())
        return form;
    if (!form.permutation.empty())
        return fileFailure(ErrorCode::Unsupported, {}, name(),
                           fmt::format("columns ordered by their activations (desc_act) cannot be "
                                       "cut at column {}",
                                       firstColumn));
    // A cut inside of a group: the largest groups that begin at the cut and at every old border.
    form.groupSize = static_cast<std::int32_t>(
        std::gcd(std::int64_t{m_whole.groupSize}, firstColumn % m_whole.groupSize));
    return form;
}

Result<CodeForm> GroupedMatrix::form(std::int64_t firstColumn, std::int64_t columnCount) const {
    return orderedForm(nullptr, firstColumn, columnCount);
}

Result<void> GroupedMatrix::checkFinite(const float* values, std::int64_t rows, std::int64_t groups,
                                        std::int64_t firstRow, const char* what) const {
    std::uint32_t bad = 0;
    for (std::int64_t i = 0; i < rows * groups; ++i)
        bad |= isFinite(values[i]) ? 0U : 1U;
    if (bad == 0)
        return {};
    const float* const first = std::find_if_not(values, values + rows * groups,
                                                [](float value) { return isFinite(value); });
    const std::int64_t at = first - values;
    return corrupt(fmt::format("the {} of row {}, group {} is {}", what, firstRow + at / groups,
                               at % groups, *first));
}

Result<void> GroupedMatrix::unpackScales(const MatrixCut& cut, std::int64_t groupSize,
                                         float* scales, float* offsets) const {
    const std::int64_t whole = m_whole.groupSize;
    GroupRange range{cut.firstRow, cut.rowCount, cut.firstColumn / whole, 0};
    range.groupCount = divideUp(cut.firstColumn + cut.columnCount, whole) - range.firstGroup;
    if (groupSize == whole) {
        readScales(range, scales, offsets);
        HEARTH_TRY(checkFinite(scales, range.rowCount, range.groupCount, cut.firstRow, "scale"));
        return offsets == nullptr ? Result<void>()
                                  : checkFinite(offsets, range.rowCount, range.groupCount,
                                                cut.firstRow, "zero point");
    }
    const std::int64_t groups = divideUp(cut.columnCount, groupSize);
    std::vector<float> wholeScales(std::size_t(kRowsAtATime * range.groupCount));
    std::vector<float> wholeOffsets(offsets == nullptr ? 0 : wholeScales.size());
    for (std::int64_t row = 0; row < cut.rowCount; row += kRowsAtATime) {
        range.firstRow = cut.firstRow + row;
        range.rowCount = std::min(kRowsAtATime, cut.rowCount - row);
        readScales(range, wholeScales.data(), offsets == nullptr ? nullptr : wholeOffsets.data());
        HEARTH_TRY(checkFinite(wholeScales.data(), range.rowCount, range.groupCount, range.firstRow,
                               "scale"));
        for (std::int64_t r = 0; r < range.rowCount; ++r)
            for (std::int64_t group = 0; group < groups; ++group) {
                const std::int64_t from = r * range.groupCount +
                                          (cut.firstColumn + group * groupSize) / whole -
                                          range.firstGroup;
                scales[(row + r) * groups + group] = wholeScales[std::size_t(from)];
                if (offsets != nullptr)
                    offsets[(row + r) * groups + group] = wholeOffsets[std::size_t(from)];
            }
    }
    return {};
}

Result<void> GroupedMatrix::unpack(const MatrixCut& cut, const CodeForm& form,
                                   const CodeBuffers& out) const {
    HEARTH_TRY(
        unpackScales(cut, form.groupSize, out.scales, form.hasOffsets ? out.offsets : nullptr));
    return unpackCodes(cut, form, out.codes, out.rowBytes);
}

} // namespace hearth
