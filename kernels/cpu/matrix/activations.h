#pragma once

#include "common/allocation.h"
#include "cpu/thread_pool.h"
#include "hearth/kernels/cpu_backend.h"
#include "hearth/kernels/status.h"

#include <cstddef>
#include <cstdint>
#include <span>

namespace hearth::kernels::cpu {

/// Columns that share a scale in a quantised activation; the last block is padded with zeros.
inline constexpr std::int64_t kBlockColumns = 32;

[[nodiscard]] constexpr std::int64_t blockCount(std::int64_t columns) {
    return (columns + kBlockColumns - 1) / kBlockColumns;
}

/// Each activation has two int8 codes: value = (coarse + fine / kFineSteps) * scale. The second one
/// makes up for the rounding of the first (|error| <= largest / 65,000 in place of / 254), without
/// which one large activation drowns the 31 beside it; unpacking the weights, the larger part of
/// the work, is shared by both.
inline constexpr std::int64_t kBlockCodes = 2 * kBlockColumns;
inline constexpr float kFineSteps = 254.0F;

/// What belongs to a block's codes: its scale, and the sums of the values that the codes stand for.
/// Scale and sums are NaN if any of the 32 activations is not finite.
struct BlockScale {
    float scale = 0.0F;
    float sum = 0.0F;     ///< Of all 32.
    float lowSum = 0.0F;  ///< Of the first 16.
    float highSum = 0.0F; ///< Of the last 16.
};

/// Activations [rows, columns] as a product reads them: float32 where they lie, and int8 codes in
/// blocks. Owns nothing. Codes are [blocks, rows, 2, 32], coarse before fine, so that a tile of
/// tokens reads one run.
struct Activations {
    const float* values = nullptr;
    std::int64_t stride = 0; ///< Floats from row to row of `values`.
    std::int64_t rows = 0;
    std::int64_t columns = 0;
    std::int8_t* codes = nullptr;
    BlockScale* scales = nullptr; ///< [blocks, rows]
};

/// Memory for the int8 form of one activation, made once and used for every product.
class QuantisedActivations {
public:
    /// Makes room for any shape up to [maxRows, maxColumns]; nothing stays of what was there.
    Status reserve(std::int64_t maxRows, std::int64_t maxColumns);
    /// The same for a number of blocks, rows * blockCount(columns); false where there is no memory.
    [[nodiscard]] bool reserve(std::int64_t blocks);

    [[nodiscard]] std::size_t bytes() const { return m_codes.bytes() + m_scales.bytes(); }

    /// The activations at `values`, with this memory from block `firstBlock` on for their codes.
    /// Any thread may call it; equal arguments give equal views.
    [[nodiscard]] Activations view(const float* values, std::int64_t stride, std::int64_t rows,
                                   std::int64_t columns, std::int64_t firstBlock = 0) const;

private:
    Buffer<std::int8_t> m_codes;
    Buffer<BlockScale> m_scales;
};

/// Fills codes and scales of one row of `activations` from `values` [columns]: the largest
/// magnitude of a block becomes 127, the rest is rounded to nearest, then what rounding left. Code
/// k belongs to values[order[k]] where an order is given. Threads may take different rows.
void quantiseRow(const float* values, const Activations& activations, std::int64_t row,
                 CpuFeature feature, std::span<const std::int32_t> order = {});

/// The same for some of the activations' own rows.
void quantise(const Activations& activations, std::int64_t firstRow, std::int64_t rowCount,
              CpuFeature feature, std::span<const std::int32_t> order = {});

/// The same for all rows, by all threads of a region (a phase of its own: barriers before and
/// after).
void quantise(ThreadPool::Worker& worker, const Activations& activations, CpuFeature feature,
              std::span<const std::int32_t> order = {});

} // namespace hearth::kernels::cpu
