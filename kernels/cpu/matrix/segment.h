#pragma once

#include "common/allocation.h"
#include "cpu/matrix/activations.h"
#include "cpu/matrix/kernels.h"
#include "cpu/matrix/tile_layout.h"
#include "cpu/thread_pool.h"
#include "hearth/kernels/cpu_backend.h"
#include "hearth/kernels/weights.h"

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <vector>

namespace hearth::kernels::cpu {

/// One part of a packed matrix: rows of one type. Immutable once packed.
class Segment {
public:
    Segment(std::int64_t rows, std::int64_t columns, std::int64_t tileRows)
        : m_rows(rows)
        , m_columns(columns)
        , m_tileRows(tileRows) {}
    virtual ~Segment() = default;

    [[nodiscard]] std::int64_t rows() const { return m_rows; }
    [[nodiscard]] std::int64_t columns() const { return m_columns; }
    /// Rows that multiply() takes at a time, at most kMaxTileRows.
    [[nodiscard]] std::int64_t tileRows() const { return m_tileRows; }
    [[nodiscard]] std::int64_t tiles() const { return (m_rows + m_tileRows - 1) / m_tileRows; }

    [[nodiscard]] virtual std::size_t ownedBytes() const = 0;
    [[nodiscard]] virtual bool readsCodes() const = 0;
    /// The activation that each stored column's code belongs to; empty: its own. Codes must be in
    /// this order for multiply().
    [[nodiscard]] virtual std::span<const std::int32_t> order() const { return {}; }
    /// Tells layouts apart in PackedMatrix::layoutId().
    [[nodiscard]] virtual std::uint32_t layoutWord() const = 0;

    /// Rows of tile `tile` times tokens [firstToken, firstToken + tokens), at most kTokenTile:
    /// sums[token * tileRows() + row]. Rows beyond the last are written with anything.
    virtual void multiply(std::int64_t tile, const Activations& activations,
                          std::int64_t firstToken, std::int64_t tokens, float* sums) const = 0;
    /// Writes row `row` to out[columns()].
    virtual void expandRow(std::int64_t row, float* out) const = 0;

private:
    std::int64_t m_rows;
    std::int64_t m_columns;
    std::int64_t m_tileRows;
};

/// F32, F16 or BF16 where they lie.
class PlainSegment final : public Segment {
public:
    PlainSegment(const WeightSource& source, CpuFeature feature);

    [[nodiscard]] std::size_t ownedBytes() const override { return 0; }
    [[nodiscard]] bool readsCodes() const override { return false; }
    [[nodiscard]] std::uint32_t layoutWord() const override;
    void multiply(std::int64_t tile, const Activations& activations, std::int64_t firstToken,
                  std::int64_t tokens, float* sums) const override;
    void expandRow(std::int64_t row, float* out) const override;

private:
    WeightSource m_source;
    PlainFunction m_function;
};

/// Columns that are expanded at a time: with kPlainRows rows they fit the first-level cache. Whole
/// blocks of every format.
inline constexpr std::int64_t kExpandedColumns = 512;

/// Products of float32 activations with weights that are expanded a few columns at a time: slower
/// than the others, but exact and for any code.
class ExpandedSegment : public Segment {
public:
    ExpandedSegment(std::int64_t rows, std::int64_t columns, CpuFeature feature);

    [[nodiscard]] bool readsCodes() const override { return false; }
    void multiply(std::int64_t tile, const Activations& activations, std::int64_t firstToken,
                  std::int64_t tokens, float* sums) const override;

protected:
    /// Expands columns [first, first + count) of a row in the order in which they are stored;
    /// `first` is a multiple of 32.
    virtual void expand(std::int64_t row, std::int64_t first, std::int64_t count,
                        float* out) const = 0;
    /// The activation of each stored column; nullptr: their own.
    [[nodiscard]] virtual const std::int32_t* permutation() const { return nullptr; }

private:
    PlainFunction m_function;
};

/// Tiles of quantised rows, which are multiplied with int8 or, for exactness, float32 activations.
class TileStore {
public:
    /// Packs all rows of `source`; OutOfMemory leaves it empty.
    Status pack(const WeightSource& source, const TileLayout& layout, ThreadPool* pool);

    [[nodiscard]] const TileLayout& layout() const { return m_layout; }
    [[nodiscard]] const std::byte* tile(std::int64_t index) const {
        return m_memory.data() + index * m_layout.tileBytes();
    }
    [[nodiscard]] std::size_t bytes() const { return m_memory.bytes(); }
    [[nodiscard]] std::uint32_t layoutWord() const;

private:
    TileLayout m_layout;
    Buffer<std::byte> m_memory;
};

class TiledSegment final : public Segment {
public:
    /// `order` [columns], empty: the columns' own.
    TiledSegment(std::int64_t rows, std::int64_t columns, TileStore store,
                 Buffer<std::int32_t> order, CpuFeature feature);

    [[nodiscard]] std::size_t ownedBytes() const override {
        return m_store.bytes() + m_order.bytes();
    }
    [[nodiscard]] std::span<const std::int32_t> order() const override {
        return {m_order.data(), m_order.size()};
    }
    [[nodiscard]] bool readsCodes() const override { return true; }
    [[nodiscard]] std::uint32_t layoutWord() const override { return m_store.layoutWord(); }
    void multiply(std::int64_t tile, const Activations& activations, std::int64_t firstToken,
                  std::int64_t tokens, float* sums) const override;
    void expandRow(std::int64_t row, float* out) const override;

private:
    TileStore m_store;
    Buffer<std::int32_t> m_order;
    TileFunction m_function;
};

class ExactTiledSegment final : public ExpandedSegment {
public:
    ExactTiledSegment(std::int64_t rows, std::int64_t columns, TileStore store, CpuFeature feature);

    [[nodiscard]] std::size_t ownedBytes() const override { return m_store.bytes(); }
    [[nodiscard]] std::uint32_t layoutWord() const override { return m_store.layoutWord(); }
    void expandRow(std::int64_t row, float* out) const override;

protected:
    void expand(std::int64_t row, std::int64_t first, std::int64_t count,
                float* out) const override;

private:
    TileStore m_store;
};

struct SegmentOptions {
    CpuFeature feature = CpuFeature::Scalar;
    bool exactActivations = false;
    bool orderedCodes = false; ///< A permutation may become Segment::order().
    ThreadPool* pool = nullptr;
};

/// Checks and packs one part.
Status makeSegment(const WeightSource& source, const SegmentOptions& options,
                   std::unique_ptr<Segment>& out);

} // namespace hearth::kernels::cpu
