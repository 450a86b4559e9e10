#pragma once

#include "cpu/packed_vector.h"
#include "cpu/phase.h"
#include "hearth/kernels/cpu_backend.h"
#include "hearth/kernels/program.h"

#include <memory>

/// Program operations as RowOperations: the loops over rows, heads and blocks around the kernels.
/// nullptr where there is no memory.
namespace hearth::kernels::cpu {

/// Cosines and sines of one set of frequencies for every token of the step.
struct RopeTable {
    std::vector<float> frequencies;
    std::vector<float> longFrequencies; ///< RopeOp's, as the rest.
    float magnitude = 1.0F;
    std::int32_t originalLength = 0;
    float dynamicFactor = 0.0F;
    Buffer<float> angles; ///< [maxTokens, 2, frequencies]: cosines, then sines.

    [[nodiscard]] bool serves(const RopeOp& op) const {
        return frequencies == op.frequencies && longFrequencies == op.longFrequencies &&
               magnitude == op.magnitude && originalLength == op.originalLength &&
               dynamicFactor == op.dynamicFactor;
    }
    [[nodiscard]] std::int64_t stride() const { return 2 * std::int64_t(frequencies.size()); }
};

/// EmbedOp's weights.
struct EmbedWeights {
    const PackedMatrix& table;
    const PackedMatrix* positions = nullptr;
    const float* bias = nullptr;
};

[[nodiscard]] std::unique_ptr<RowOperation> makeEmbed(const EmbedWeights& weights, float scale,
                                                      const Operand& out, std::int32_t threads);
[[nodiscard]] std::unique_ptr<RowOperation> makeNorm(const NormOp& op, const float* gain,
                                                     const float* bias, const Operand& in,
                                                     const Operand& out, CpuFeature feature);
/// Fills the codes of the activation for a product, in the order of its weights (or empty).
[[nodiscard]] std::unique_ptr<RowOperation> makeQuantise(const Operand& in, CpuFeature feature,
                                                         std::span<const std::int32_t> order);
/// The same for every head as an activation of its own.
[[nodiscard]] std::unique_ptr<RowOperation>
makeQuantiseHeads(const HeadsOperand& in, CpuFeature feature, std::span<const std::int32_t> order);
[[nodiscard]] std::unique_ptr<RowOperation> makeCopyHeads(const HeadsOperand& in,
                                                          const HeadsOperand& out);
[[nodiscard]] std::unique_ptr<RowOperation> makePositionScale(const Operand& values,
                                                              std::int32_t originalLength);
[[nodiscard]] std::unique_ptr<RowOperation> makeScale(const Operand& values, float factor);
/// `choiceBias` [experts] or nullptr.
[[nodiscard]] std::unique_ptr<RowOperation> makeRoute(const RouteOp& op, const float* choiceBias,
                                                      const Operand& logits, const Operand& out,
                                                      std::int32_t threads);
/// Fills a rope table for the step's positions; before any rope that reads it.
[[nodiscard]] std::unique_ptr<RowOperation> makeRopeAngles(const RopeTable& table);
[[nodiscard]] std::unique_ptr<RowOperation> makeRope(const RopeOp& op, const RopeTable& table,
                                                     const Operand& heads, CpuFeature feature);
[[nodiscard]] std::unique_ptr<RowOperation> makeStoreKv(const StoreKvOp& op, const KvLayout& layout,
                                                        const Operand& keys, const Operand& values,
                                                        CpuFeature feature);
[[nodiscard]] std::unique_ptr<RowOperation> makeActivation(Activation kind, const Operand& gate,
                                                           const Operand* up, const Operand& out,
                                                           CpuFeature feature);
[[nodiscard]] std::unique_ptr<RowOperation> makeAdd(const Operand& in, const Operand& out);
[[nodiscard]] std::unique_ptr<RowOperation> makeSelectRows(const Operand& in, const Operand& out);
[[nodiscard]] std::unique_ptr<RowOperation> makeSoftcap(const Operand& values, float cap,
                                                        CpuFeature feature);

} // namespace hearth::kernels::cpu
