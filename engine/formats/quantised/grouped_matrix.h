#pragma once

#include "formats/quantised/stored_matrix.h"

#include <cstdint>

namespace hearth {

/// What every format shares: groups of equal size along a row, cut anywhere.
class GroupedMatrix : public StoredMatrix {
public:
    [[nodiscard]] Result<CodeForm> form(std::int64_t firstColumn,
                                        std::int64_t columnCount) const override;
    Result<void> unpack(const MatrixCut& cut, const CodeForm& form,
                        const CodeBuffers& out) const override;

protected:
    /// `whole` is the form of all columns; its group size may be that of a longer row.
    GroupedMatrix(std::string name, std::int64_t rows, std::int64_t columns,
                  std::vector<std::span<const std::byte>> parts, CodeForm whole);

    /// Whole groups of a run of rows.
    struct GroupRange {
        std::int64_t firstRow;
        std::int64_t rowCount;
        std::int64_t firstGroup;
        std::int64_t groupCount;
    };

    [[nodiscard]] const CodeForm& whole() const { return m_whole; }
    [[nodiscard]] std::int64_t groupCount() const;
    [[nodiscard]] Failure corrupt(std::string detail) const;
    /// form() of a matrix whose columns' groups are given: I32 [columns], or nullptr for groups in
    /// order. Errors: Corrupt if a group is not `groupSize` columns; Unsupported for a cut.
    [[nodiscard]] Result<CodeForm> orderedForm(const std::byte* groupOf, std::int64_t firstColumn,
                                               std::int64_t columnCount) const;

    /// Writes codes, densely packed and in stored order.
    virtual Result<void> unpackCodes(const MatrixCut& cut, const CodeForm& form, std::byte* codes,
                                     std::int64_t rowBytes) const = 0;
    /// Writes [rowCount, groupCount] scales and, where the form has them, offsets.
    virtual void readScales(const GroupRange& range, float* scales, float* offsets) const = 0;

private:
    [[nodiscard]] Result<std::vector<std::int32_t>> order(const std::byte* groupOf) const;
    Result<void> unpackScales(const MatrixCut& cut, std::int64_t groupSize, float* scales,
                              float* offsets) const;
    Result<void> checkFinite(const float* values, std::int64_t rows, std::int64_t groups,
                             std::int64_t firstRow, const char* what) const;

    CodeForm m_whole;
};

} // namespace hearth
