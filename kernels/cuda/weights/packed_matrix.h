#pragma once

#include "cuda/device/slabs.h"
#include "cuda/device/uploader.h"
#include "cuda/weights/layout.h"
#include "hearth/kernels/weights.h"

#include <cstdint>
#include <memory>
#include <span>
#include <vector>

namespace hearth::kernels::cuda {

/// Rows of one layout of a packed matrix.
struct MatrixSegment {
    std::int64_t firstRow = 0; ///< In the matrix.
    std::int64_t rows = 0;
    WeightLayout layout;                 ///< Strides and pointers into this segment's memory.
    const std::uint16_t* grid = nullptr; ///< Likewise: what its blocks were unpacked with.
    SlabPart memory;
};

/// A weight matrix [rows, columns] in device memory, for products x · Wᵀ: the joined parts' rows.
/// Neighbouring parts of one layout share a segment. Immutable.
class CudaMatrix final : public PackedWeight {
public:
    [[nodiscard]] std::int64_t rows() const override { return m_rows; }
    [[nodiscard]] std::int64_t columns() const override { return m_columns; }
    [[nodiscard]] std::size_t ownedBytes() const override;
    [[nodiscard]] bool refersToSource() const override { return false; }
    [[nodiscard]] std::uint32_t layoutId() const override;
    [[nodiscard]] std::uint32_t layoutVersion() const override { return 1; }

    [[nodiscard]] std::span<const MatrixSegment> segments() const { return m_segments; }

private:
    friend Status packMatrix(std::span<const WeightSource> parts, DType compute, Uploader& uploader,
                             std::unique_ptr<CudaMatrix>& out);
    CudaMatrix() = default;

    std::int64_t m_rows = 0;
    std::int64_t m_columns = 0;
    std::vector<MatrixSegment> m_segments;
};

/// Joins `parts` one below the other. F32, F16 and BF16 become `compute` (F32, F16 or BF16);
/// quantised types stay quantised in a layout of ours, without loss. Types: these three, every
/// block format of DType, U8 with GroupQuantisation, and F8E4M3 and F8E5M2, with scales in
/// GroupQuantisation or without. Others are Unsupported; shapes that contradict each other, columns
/// that are no whole number of blocks, and rows that overlap are InvalidArgument. A part without
/// data gets random numbers of its seed, made on the device.
Status packMatrix(std::span<const WeightSource> parts, DType compute, Uploader& uploader,
                  std::unique_ptr<CudaMatrix>& out);

} // namespace hearth::kernels::cuda
