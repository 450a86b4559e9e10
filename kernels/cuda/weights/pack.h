#pragma once

#include "cuda/device/status.h"
#include "cuda/weights/layout.h"

#include <cstddef>
#include <cstdint>

/// Launchers that write a layout's memory. Rows of a source lie packed at `raw` on the device and
/// go to rows [firstRow, firstRow + rows) of the layout.
namespace hearth::kernels::cuda {

struct RawRows {
    const std::byte* data = nullptr;
    std::int64_t rowBytes = 0;
    std::int64_t firstRow = 0;
    std::int64_t rows = 0;
    const std::uint16_t* grid = nullptr; ///< In device memory: gridOf() a block type.
};

/// A block type of GGUF into its blockLayout().
Status packBlocks(cudaStream_t stream, DType type, const RawRows& raw, const WeightLayout& layout);

/// F32, F16 or BF16 numbers, `columns` a row, into the plain type of the layout.
Status packPlain(cudaStream_t stream, DType type, std::int64_t columns, const RawRows& raw,
                 const WeightLayout& layout);

/// Codes of 2 to 8 bits, packed densely. Groups of `groupSize` columns begin at multiples of
/// `storedGroupSize` of the layout.
struct DenseCodes {
    std::int64_t columns = 0;
    std::int64_t groupSize = 0;
    std::int64_t storedGroupSize = 0;
    std::int32_t bits = 8;
    std::int32_t added = 0; ///< To each code.
};
Status packDense(cudaStream_t stream, const DenseCodes& codes, const RawRows& raw,
                 const WeightLayout& layout);

/// One float a group of the source: field 0 of the entries are scales, 1 offsets. Pair or Float.
Status packScales(cudaStream_t stream, const DenseCodes& codes, int field, const RawRows& raw,
                  const WeightLayout& layout);

/// The same scale and offset for every group of some rows.
Status fillScales(cudaStream_t stream, float scale, float offset, std::int64_t firstRow,
                  std::int64_t rows, const WeightLayout& layout);

/// Random numbers of a standard deviation of 0.02 for some rows: plain ones are normal.
Status fillRandomPlain(cudaStream_t stream, std::uint64_t seed, std::int64_t columns,
                       std::int64_t firstRow, std::int64_t rows, const WeightLayout& layout);
/// Random codes for all tiles that hold some of these rows.
Status fillRandomCodes(cudaStream_t stream, std::uint64_t seed, std::int64_t firstRow,
                       std::int64_t rows, const WeightLayout& layout);

} // namespace hearth::kernels::cuda
