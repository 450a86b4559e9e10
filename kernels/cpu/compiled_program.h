#pragma once

#include "cpu/phase.h"
#include "cpu/row_operations.h"
#include "hearth/kernels/backend.h"

#include <deque>
#include <memory>
#include <span>
#include <vector>

namespace hearth::kernels::cpu {

/// A program as phases between barriers, with a place in scratch memory for every activation.
/// Refers to the weights.
class CompiledProgram {
public:
    struct Environment {
        std::span<const PackedWeight* const> weights;
        std::span<const KvLayout> kv;
        ExecutionLimits limits;
        CpuFeature feature = CpuFeature::Scalar;
        std::int32_t threads = 1;
    };

    /// `program` must have passed checkProgram().
    [[nodiscard]] Status compile(const Program& program, const Environment& environment);

    [[nodiscard]] std::span<const std::unique_ptr<Phase>> phases() const { return m_phases; }
    [[nodiscard]] std::deque<AttentionPlan>& plans() { return m_plans; }
    /// Memory besides the activations.
    [[nodiscard]] std::size_t tableBytes() const;
    [[nodiscard]] std::int64_t activationFloats() const { return m_activationFloats; }
    /// Blocks of QuantisedActivations for products, and for rows sorted by expert.
    [[nodiscard]] std::int64_t quantisedBlocks() const { return m_quantisedBlocks; }
    [[nodiscard]] std::int64_t expertBlocks() const { return m_expertBlocks; }
    [[nodiscard]] const ExpertRows::Bounds& expertBounds() const { return m_expertBounds; }
    [[nodiscard]] const Operand& logits() const { return m_logits; } ///< Without place: none.
    [[nodiscard]] const Operand& hidden() const { return m_hidden; } ///< Without place: none.

private:
    class Compiler;

    /// One life of an activation, from the phase that first writes it to the last that reads it.
    struct Life {
        Place place;
        std::int32_t width = 0;
        std::size_t firstPhase = 0;
        std::size_t lastPhase = 0;
    };

    [[nodiscard]] bool layOut(const ExecutionLimits& limits);

    std::deque<Life> m_lives; ///< Operands point to their places.
    std::deque<RopeTable> m_ropeTables;
    std::deque<AttentionPlan> m_plans;
    std::vector<std::unique_ptr<Phase>> m_phases;
    std::int64_t m_activationFloats = 0;
    std::int64_t m_quantisedBlocks = 0;
    std::int64_t m_expertBlocks = 0;
    ExpertRows::Bounds m_expertBounds;
    Operand m_logits;
    Operand m_hidden;
};

} // namespace hearth::kernels::cpu
