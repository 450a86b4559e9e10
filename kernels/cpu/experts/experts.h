#pragma once

#include "cpu/activation.h"
#include "cpu/matrix/packed_matrix.h"
#include "cpu/phase.h"

#include <cstdint>
#include <memory>
#include <span>
#include <vector>

/// ExpertsOp as phases: rows are gathered by expert, so that a step reads each expert's matrices
/// once for all its rows and those of experts without rows not at all; then two products with the
/// activation between them; then every row sums its own experts, best first. A row's result depends
/// on the row alone.
namespace hearth::kernels::cpu {

/// Rows by slot, in the memory of an activation.
struct SlotRows {
    const Place* place = nullptr;
    std::int64_t stride = 0; ///< Floats from slot to slot.

    [[nodiscard]] float* row(const StepContext& context, std::int32_t slot) const {
        return context.activations + place->offset + stride * slot;
    }
};

/// What the phases of one operation share.
struct Experts {
    std::vector<const PackedMatrix*> gateUp;
    std::vector<const PackedMatrix*> down;
    std::vector<const float*> gateUpBias; ///< Or empty.
    std::vector<const float*> downBias;   ///< Or empty.
    ActivationFunction activation = nullptr;
    CpuFeature feature = CpuFeature::Scalar;
    std::int32_t width = 0;
    std::int32_t choices = 0;
    bool accumulate = false;
    bool readsCodes = false;  ///< Gate and up read int8 codes of the input,
    bool readsValues = false; ///< or its numbers; some of each where types differ.
    bool innerCodes = false;  ///< Down reads codes.
    Operand in;
    Operand routes;
    Operand out;
    SlotRows gathered; ///< Input rows; without place where nothing reads numbers.
    SlotRows inner;    ///< Gate and up, then the activation in gate's place.
    SlotRows results;
};

/// The operation with its weights at hand, without operands. May throw std::bad_alloc.
[[nodiscard]] Experts expertsOf(const ExpertsOp& op, std::span<const PackedWeight* const> weights,
                                CpuFeature feature);

using SharedExperts = std::shared_ptr<const Experts>;

/// The phases in their order; nullptr where there is no memory.
[[nodiscard]] std::unique_ptr<Phase> makeExpertGather(SharedExperts experts);
[[nodiscard]] std::unique_ptr<Phase> makeExpertGateUp(SharedExperts experts);
[[nodiscard]] std::unique_ptr<Phase> makeExpertActivation(SharedExperts experts);
[[nodiscard]] std::unique_ptr<Phase> makeExpertDown(SharedExperts experts);
/// The last step, of each row by itself.
[[nodiscard]] std::unique_ptr<RowOperation> makeExpertSum(SharedExperts experts);

} // namespace hearth::kernels::cpu
