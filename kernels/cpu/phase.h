#pragma once

#include "common/staged_step.h"
#include "cpu/attention/attention.h"
#include "cpu/experts/expert_rows.h"
#include "cpu/matrix/packed_matrix.h"
#include "cpu/thread_pool.h"
#include "hearth/kernels/program.h"

#include <cstddef>
#include <cstdint>
#include <memory>
#include <vector>

namespace hearth::kernels::cpu {

/// Where a view of an activation lies in the scratch memory: floats from its begin, set before the
/// first step. Views of one activation share it.
struct Place {
    std::int64_t offset = 0; ///< Of the activation's first row.
    std::int64_t stride = 0; ///< Floats a row, whole cache lines.
    Rows rows = Rows::Tokens;
};

struct Operand {
    const Place* place = nullptr;
    std::int32_t column = 0;
    std::int32_t width = 0;
};

/// Columns of every head of an operand.
struct HeadsOperand {
    Operand all;
    std::int32_t headWidth = 0;
    std::int32_t offset = 0;
    std::int32_t width = 0;

    [[nodiscard]] std::int32_t heads() const { return all.width / headWidth; }
    [[nodiscard]] Operand columns(std::int32_t head) const {
        return {all.place, all.column + head * headWidth + offset, width};
    }
};

/// What operations see of a step while it runs.
struct StepContext {
    const StagedStep& step;
    float* activations = nullptr;                ///< Begin of the scratch memory.
    std::byte* const* caches = nullptr;          ///< First block of each KV group's arena.
    QuantisedActivations* quantised = nullptr;   ///< Codes of the activation that a product reads.
    AttentionScratch* attention = nullptr;       ///< [threads]
    QuantisedActivations* expertCodes = nullptr; ///< Codes of rows sorted by expert.
    ExpertRows* expertRows = nullptr;            ///< [threads]

    [[nodiscard]] float* row(const Operand& operand, std::int32_t index) const {
        return activations + operand.place->offset + operand.place->stride * index + operand.column;
    }
    [[nodiscard]] Activations view(const Operand& operand) const {
        return quantised->view(row(operand, 0), operand.place->stride,
                               step.rows(operand.place->rows), operand.width);
    }
    /// One head of an operand as an activation; its codes lie behind those of the heads before it.
    [[nodiscard]] Activations view(const HeadsOperand& operand, std::int32_t head) const {
        const Operand columns = operand.columns(head);
        const std::int64_t rows = step.rows(columns.place->rows);
        return quantised->view(row(columns, 0), columns.place->stride, rows, columns.width,
                               head * rows * blockCount(columns.width));
    }
};

/// Rows [begin, end), and the index of the thread that works on them.
struct RowRange {
    std::int32_t begin = 0;
    std::int32_t end = 0;
    std::int32_t thread = 0;
};

/// An operation in which every row of the result depends on the same row of its operands alone.
class RowOperation {
public:
    virtual ~RowOperation() = default;
    virtual void run(const StepContext& context, const RowRange& range) const = 0;
};

/// What all threads do between two barriers.
class Phase {
public:
    virtual ~Phase() = default;
    /// False where the step has nothing for it to do.
    [[nodiscard]] virtual bool wanted(const StagedStep& step) const = 0;
    virtual void run(ThreadPool::Worker& worker, const StepContext& context) const = 0;
};

/// Row operations one after another without barriers: each thread takes rows through all of them.
class RowPhase final : public Phase {
public:
    explicit RowPhase(Rows rows)
        : m_rows(rows) {}

    [[nodiscard]] Rows rows() const { return m_rows; }
    void add(std::unique_ptr<RowOperation> operation) {
        m_operations.push_back(std::move(operation));
    }
    [[nodiscard]] bool wanted(const StagedStep& step) const override {
        return step.rows(m_rows) > 0;
    }
    void run(ThreadPool::Worker& worker, const StepContext& context) const override;

private:
    Rows m_rows;
    std::vector<std::unique_ptr<RowOperation>> m_operations;
};

class ProductPhase final : public Phase {
public:
    ProductPhase(const PackedMatrix& weights, const float* bias, const Operand& in,
                 const Operand& out, bool accumulate)
        : m_weights(weights)
        , m_bias(bias)
        , m_in(in)
        , m_out(out)
        , m_accumulate(accumulate) {}

    [[nodiscard]] bool wanted(const StagedStep& step) const override {
        return step.rows(m_in.place->rows) > 0;
    }
    void run(ThreadPool::Worker& worker, const StepContext& context) const override;

private:
    const PackedMatrix& m_weights;
    const float* m_bias;
    Operand m_in;
    Operand m_out;
    bool m_accumulate;
};

/// HeadLinearOp: every head with its rows of the weights.
class HeadProductPhase final : public Phase {
public:
    HeadProductPhase(const PackedMatrix& weights, const HeadsOperand& in, const HeadsOperand& out)
        : m_weights(weights)
        , m_in(in)
        , m_out(out) {}

    [[nodiscard]] bool wanted(const StagedStep& step) const override {
        return step.rows(m_in.all.place->rows) > 0;
    }
    void run(ThreadPool::Worker& worker, const StepContext& context) const override;

private:
    const PackedMatrix& m_weights;
    HeadsOperand m_in;
    HeadsOperand m_out;
};

class AttentionPhase final : public Phase {
public:
    AttentionPhase(const Attention& attention, const AttentionPlan& plan, const Operand& queries,
                   const Operand& out)
        : m_attention(attention)
        , m_plan(plan)
        , m_queries(queries)
        , m_out(out) {}

    [[nodiscard]] bool wanted(const StagedStep&) const override { return true; }
    void run(ThreadPool::Worker& worker, const StepContext& context) const override;

private:
    Attention m_attention;
    const AttentionPlan& m_plan;
    Operand m_queries;
    Operand m_out;
};

} // namespace hearth::kernels::cpu
