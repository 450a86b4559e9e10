#pragma once

#include "hearth/kernels/dtype.h"
#include "hearth/result.h"

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <utility>
#include <vector>

namespace hearth {

/// Rows [firstRow, firstRow + rowCount) and columns [firstColumn, firstColumn + columnCount).
struct MatrixCut {
    std::int64_t firstRow = 0;
    std::int64_t rowCount = 0;
    std::int64_t firstColumn = 0;
    std::int64_t columnCount = 0;
};

/// How the codes of some columns are to be read: what kernels::GroupQuantisation says, without the
/// numbers of single rows.
struct CodeForm {
    kernels::DType type = kernels::DType::U8; ///< Or F8E4M3.
    std::uint8_t bits = 4;
    std::int32_t groupSize = 128;
    bool hasOffsets = false;
    std::vector<float> codebook;           ///< [2^bits], or empty.
    std::vector<std::int32_t> permutation; ///< [columns], or empty.
};

/// Where unpacked rows go: codes as GroupQuantisation wants them, `rowBytes` a row; scales and
/// offsets [rows, ceil(columns / groupSize)].
struct CodeBuffers {
    std::byte* codes = nullptr;
    std::int64_t rowBytes = 0;
    float* scales = nullptr;
    float* offsets = nullptr; ///< Only where the form has offsets.
};

/// A quantised matrix [rows, columns] as the several tensors in which a checkpoint keeps it. Owns
/// nothing of the file, which must outlive it. Immutable: any thread may unpack any rows.
class StoredMatrix {
public:
    /// `name` is the logical tensor's, for errors; `parts` all bytes in the file.
    StoredMatrix(std::string name, std::int64_t rows, std::int64_t columns,
                 std::vector<std::span<const std::byte>> parts)
        : m_name(std::move(name))
        , m_rows(rows)
        , m_columns(columns)
        , m_parts(std::move(parts)) {}
    virtual ~StoredMatrix() = default;
    StoredMatrix(const StoredMatrix&) = delete;
    StoredMatrix& operator=(const StoredMatrix&) = delete;

    [[nodiscard]] const std::string& name() const { return m_name; }
    [[nodiscard]] std::int64_t rows() const { return m_rows; }
    [[nodiscard]] std::int64_t columns() const { return m_columns; }
    [[nodiscard]] std::span<const std::span<const std::byte>> parts() const { return m_parts; }
    [[nodiscard]] std::uint64_t fileBytes() const;

    /// The form of these columns. A cut inside of a group gives smaller groups. Errors: Unsupported
    /// for a cut of columns whose order follows their activations.
    [[nodiscard]] virtual Result<CodeForm> form(std::int64_t firstColumn,
                                                std::int64_t columnCount) const = 0;
    /// Writes the rows of a cut inside of the matrix, in the form that form() gave for its columns.
    /// Errors: Corrupt naming a scale or code that is no finite number.
    virtual Result<void> unpack(const MatrixCut& cut, const CodeForm& form,
                                const CodeBuffers& out) const = 0;

private:
    std::string m_name;
    std::int64_t m_rows;
    std::int64_t m_columns;
    std::vector<std::span<const std::byte>> m_parts;
};

} // namespace hearth
