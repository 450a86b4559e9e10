#pragma once

#include "formats/quantised/stored_matrix.h"
#include "hearth/kernels/weights.h"
#include "hearth/result.h"

#include <cstddef>
#include <cstdint>
#include <memory>

namespace hearth {

/// Rows of a StoredMatrix in memory of their own, as a backend takes them. Stays at its address,
/// into which source() points. Immutable once made.
class UnpackedMatrix {
public:
    /// Rows cut.firstRow, cut.firstRow + rowStep, … of which there are cut.rowCount, all inside of
    /// the matrix; large ones on several threads. Errors as StoredMatrix.
    static Result<std::unique_ptr<const UnpackedMatrix>>
    unpack(const StoredMatrix& matrix, const MatrixCut& cut, std::int64_t rowStep = 1);

    UnpackedMatrix(const UnpackedMatrix&) = delete;
    UnpackedMatrix& operator=(const UnpackedMatrix&) = delete;

    [[nodiscard]] const kernels::WeightSource& source() const { return m_source; }
    /// One row as float32, [columns] in the columns' own order.
    void expandRow(std::int64_t row, float* out) const;

private:
    explicit UnpackedMatrix(const MatrixCut& cut, CodeForm form);
    Result<void> fill(const StoredMatrix& matrix, const MatrixCut& cut, std::int64_t rowStep);
    Result<void> fillRows(const StoredMatrix& matrix, const MatrixCut& cut, std::int64_t rowStep,
                          std::int64_t first, std::int64_t count);
    [[nodiscard]] CodeBuffers buffersAt(std::int64_t row) const;

    CodeForm m_form;
    std::int64_t m_groupCount;
    std::unique_ptr<std::byte[]> m_codes;
    std::unique_ptr<float[]> m_scales;
    std::unique_ptr<float[]> m_offsets;
    kernels::GroupQuantisation m_groups;
    kernels::WeightSource m_source;
};

} // namespace hearth
