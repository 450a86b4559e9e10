#pragma once

#include "formats/quantised/grouped_matrix.h"
#include "formats/quantised/part_table.h"

#include <cstdint>
#include <optional>
#include <span>
#include <string>

namespace hearth {

/// Scales (and zero points) of a matrix's blocks: [planes, ceil(planeRows / blockRows), columns /
/// groupSize], a plane being the matrix of one expert.
struct ScaleGrid {
    TensorView scales;
    std::optional<TensorView> zeros; ///< I8 as the codes.
    std::int64_t planeRows = 0;
    std::int64_t blockRows = 1;
    float factor = 1.0F; ///< Multiplies every scale.
};

/// A matrix of 8-bit floats or signed 8-bit integers, one byte a number.
class ByteMatrix final : public GroupedMatrix {
public:
    /// `codes` F8E4M3, F8E5M2 or I8, `groupSize` columns a scale.
    ByteMatrix(std::string name, std::int64_t rows, std::int64_t columns, const TensorView& codes,
               ScaleGrid grid, std::int32_t groupSize);

protected:
    Result<void> unpackCodes(const MatrixCut& cut, const CodeForm& form, std::byte* codes,
                             std::int64_t rowBytes) const override;
    void readScales(const GroupRange& range, float* scales, float* offsets) const override;

private:
    const std::byte* m_codes;
    ScaleGrid m_grid;
};

/// Puts a ByteMatrix together from `codes` of [N, K] or [E, N, K] and scales for the whole tensor
/// (or each expert), each row, groups of `groupSize` columns or blocks of `blockRows` x
/// `groupSize`, whatever the scales' shape says (0: not allowed). Errors: Corrupt naming the
/// scales, with both shapes; Unsupported for other types.
Result<LogicalTensor> makeByteMatrix(const PartTable& table, const TensorView& codes,
                                     ScaleGrid grid, std::int64_t blockRows,
                                     std::int64_t groupSize);

} // namespace hearth
