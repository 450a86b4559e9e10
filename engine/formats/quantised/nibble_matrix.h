#pragma once

#include "formats/quantised/grouped_matrix.h"
#include "formats/quantised/part_table.h"

#include <string>

namespace hearth {

/// A matrix of FP4 numbers (E2M1), two a byte, the low nibble first, with a scale for every group
/// of columns: MXFP4 (8-bit exponents, groups of 32) and NVFP4 (8-bit floats, groups of 16, times
/// one number for the tensor).
class NibbleMatrix final : public GroupedMatrix {
public:
    /// `codes` hold rows * columns / 2 bytes, `scales` [rows, columns / groupSize] of U8
    /// (exponents) or F8E4M3.
    NibbleMatrix(std::string name, std::int64_t rows, std::int64_t columns, const TensorView& codes,
                 const TensorView& scales, std::int32_t groupSize, float factor);

protected:
    Result<void> unpackCodes(const MatrixCut& cut, const CodeForm& form, std::byte* codes,
                             std::int64_t rowBytes) const override;
    void readScales(const GroupRange& range, float* scales, float* offsets) const override;

private:
    const std::byte* m_codes;
    TensorView m_scales;
    float m_factor;
};

/// The experts' matrices X of gpt-oss (quant_method "mxfp4"): X_blocks U8 [E, N, K / 32, 16],
/// X_scales U8 [E, N, K / 32] (OCP Microscaling formats, version 1.0).
/// `name` is X. Errors: NotFound, Corrupt naming the part and the numbers.
Result<LogicalTensor> readMxfp4(PartTable& table, const std::string& name);

} // namespace hearth
