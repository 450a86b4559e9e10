#pragma once

#include "cpu/matrix/activations.h"
#include "cpu/thread_pool.h"
#include "hearth/kernels/cpu_backend.h"
#include "hearth/kernels/weights.h"

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <vector>

namespace hearth::kernels::cpu {

struct PackOptions {
    CpuFeature feature = CpuFeature::Scalar; ///< The path that products will take.
    bool exactActivations = false; ///< Quantised weights meet float32 activations, not int8.
    ThreadPool* pool = nullptr;    ///< Shares out the packing; nullptr: the caller alone.
};

class Segment;

/// A weight matrix [rows, columns] for products x · Wᵀ, made of the joined parts' rows. Plain types
/// (F32, F16, BF16), 8-bit floats and codes that fit no tile stay where they lie; other quantised
/// ones are repacked without loss into tiles of rows that are interleaved for the path's vectors.
/// Immutable, so any thread may read it.
class PackedMatrix final : public PackedWeight {
public:
    ~PackedMatrix() override;

    [[nodiscard]] std::int64_t rows() const override { return m_rows; }
    [[nodiscard]] std::int64_t columns() const override { return m_columns; }
    [[nodiscard]] std::size_t ownedBytes() const override;
    [[nodiscard]] bool refersToSource() const override;
    [[nodiscard]] std::uint32_t layoutId() const override;
    [[nodiscard]] std::uint32_t layoutVersion() const override;

    /// True if a product reads the int8 form of its activations, which must then be filled.
    [[nodiscard]] bool readsCodes() const;
    /// True if a product reads the activations' own numbers; both where parts' types differ.
    [[nodiscard]] bool readsValues() const;
    /// The column of the activations that each code belongs to (act order); empty: its own.
    [[nodiscard]] std::span<const std::int32_t> order() const;
    [[nodiscard]] CpuFeature feature() const { return m_feature; }

    /// Writes row `row` as float32 to out[columns].
    void dequantiseRow(std::int64_t row, float* out) const;

    [[nodiscard]] std::span<const std::unique_ptr<Segment>> segments() const { return m_segments; }

private:
    friend Status packMatrix(std::span<const WeightSource> parts, const PackOptions& options,
                             std::unique_ptr<PackedMatrix>& out);
    PackedMatrix() = default;

    CpuFeature m_feature = CpuFeature::Scalar;
    std::int64_t m_rows = 0;
    std::int64_t m_columns = 0;
    std::vector<std::unique_ptr<Segment>> m_segments; ///< One a part, in order.
};

/// Joins `parts`, which must have the same number of columns, one below the other. Types: F32, F16,
/// BF16, every block format of DType, U8 with GroupQuantisation, and F8E4M3 and F8E5M2 with or
/// without (8 bits, no codebook). Others are Unsupported; shapes
/// that contradict each other, columns that are no whole number of blocks, and rows that overlap
/// are InvalidArgument.
Status packMatrix(std::span<const WeightSource> parts, const PackOptions& options,
                  std::unique_ptr<PackedMatrix>& out);

/// Where a product goes: out[t * stride + n] = sum (+ bias[n]) (+ what was there).
struct Destination {
    float* out = nullptr;
    std::int64_t stride = 0;     ///< Floats from token to token.
    const float* bias = nullptr; ///< [N], nullptr: none.
    bool accumulate = false;
};

/// Rows [first, first + count) of a matrix.
struct MatrixRows {
    const PackedMatrix& matrix;
    std::int64_t first = 0;
    std::int64_t count = 0;
};

/// Products one after another without barriers between them, which all threads of a region go
/// through in the same order; each has one by itself, made where the phase begins.
class ProductQueue {
public:
    explicit ProductQueue(ThreadPool::Worker& worker)
        : m_worker(worker)
        , m_task(worker.claim()) {}

    /// As multiply() below, with some rows as N.
    void multiply(const MatrixRows& weights, const Activations& activations,
                  const Destination& destination);

private:
    ThreadPool::Worker& m_worker;
    std::int64_t m_task;      ///< Claimed, not yet done.
    std::int64_t m_begin = 0; ///< The first task of the product at hand.
};

/// [T, N] = activations [T, K] · Wᵀ. Called by all threads of a region, as a phase of its own: a
/// barrier before it (after the activations were filled) and one before its result is read.
/// A result depends on its own row of activations and its own row of weights alone: not on T, nor
/// on the number of threads. Activations that are not finite give results that are not.
void multiply(ThreadPool::Worker& worker, const PackedMatrix& weights,
              const Activations& activations, const Destination& destination);

} // namespace hearth::kernels::cpu
