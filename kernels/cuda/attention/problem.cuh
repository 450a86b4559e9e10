#pragma once

#include "cuda/attention/attention.h"
#include "cuda/device/number.cuh"

#include <cuda_runtime.h>

#include <cstddef>
#include <cstdint>
#include <limits>

/// What the attention kernels share: which keys a row sees, and how scores become weights. Scores
/// are to base 2 once they are bent.
namespace hearth::kernels::cuda {

inline constexpr float kLog2e = 1.4426950408889634F;
inline constexpr int kAttentionThreads = 128;

/// The score of a key that a row doesn't see.
inline constexpr float kMasked = -std::numeric_limits<float>::infinity();

/// An attention operation and a step as kernels get them, by value.
struct AttentionProblem {
    DeviceStep step;
    DeviceTables tables;
    const std::byte* cache = nullptr;
    std::size_t blockBytes = 0;
    std::size_t keyRowBytes = 0;
    std::size_t valueRowBytes = 0;
    std::size_t keyOffset = 0; ///< Of the layer's keys in a block, and so on.
    std::size_t valueOffset = 0;
    std::size_t keyParameterOffset = 0;
    std::size_t valueParameterOffset = 0;
    std::int32_t blockTokens = 1;
    const void* queries = nullptr;
    std::int64_t queryStride = 0;
    DType queryType = DType::F32;
    void* out = nullptr;
    std::int64_t outStride = 0;
    DType outType = DType::F32;
    std::int32_t heads = 0;
    std::int32_t group = 1; ///< Heads a KV head.
    std::int32_t keyWidth = 0;
    std::int32_t valueWidth = 0;
    float scale = 1.0F; ///< To base 2, unless there is a soft cap.
    float softcap = 0.0F;
    std::int32_t window = 0;
    bool causal = true;
    const float* alibi = nullptr;
    const float* sinks = nullptr;
    const float* positionBias = nullptr;
    std::int32_t positionBiasReach = 0;

    /// Tokens that the group holds of a sequence.
    __device__ std::int32_t contextOf(std::int32_t sequence) const {
        return (tables.contextLengths ? tables.contextLengths : step.contextLengths)[sequence];
    }
    /// Table entries of a sequence, by logical block.
    __device__ const std::int32_t* blocksOf(std::int32_t sequence) const {
        return tables.blockTables + std::int64_t(sequence) * tables.stride -
               tables.firstBlocks[sequence];
    }
    /// First token whose block is there.
    __device__ std::int32_t storedFrom(std::int32_t sequence) const {
        return tables.firstBlocks[sequence] * blockTokens;
    }
    /// A head's slope to base 2.
    __device__ float slope(std::int32_t head) const { return alibi ? alibi[head] * kLog2e : 0.0F; }
    /// From a scaled product to a score to base 2; `distance` is the query's position less the
    /// key's.
    __device__ float bend(float score, std::int32_t head, float headSlope,
                          std::int32_t distance) const {
        if (softcap > 0.0F)
            score = tanhf(score / softcap) * softcap * kLog2e;
        if (positionBias) {
            const std::int32_t reach = positionBiasReach;
            const std::int32_t entry = reach - max(-reach, min(reach, distance));
            score = fmaf(positionBias[std::int64_t(head) * (2 * reach + 1) + entry], kLog2e, score);
        }
        return alibi ? score - headSlope * fabsf(float(distance)) : score;
    }
    /// What a row's sums of weighted values are multiplied by at last: one over the sum of the
    /// weights, of which a sink takes its share. Rows that see nothing give zeros.
    __device__ float finalFactor(float maximum, float sum, std::int32_t head) const {
        float factor = 1.0F;
        if (sinks && sum != 0.0F) {
            const float sink = sinks[head] * kLog2e;
            const float joint = fmaxf(maximum, sink);
            factor = exp2f(maximum - joint);
            sum = fmaf(sum, factor, exp2f(sink - joint));
        }
        return sum == 0.0F ? 0.0F : factor / sum;
    }
};

/// Host: everything but the step's shape fits the kernels.
[[nodiscard]] AttentionProblem makeProblem(const AttentionContext& context,
                                           const AttentionParameters& parameters,
                                           const DeviceRows& queries, const DeviceRows& out);

/// `maximum` as something to subtract: a row that has seen nothing yet has none.
__device__ inline float softmaxBase(float maximum) {
    return maximum == kMasked ? 0.0F : maximum;
}

/// The keys that one row sees.
struct RowSight {
    std::int32_t row = 0; ///< Of the step.
    std::int32_t sequence = 0;
    std::int32_t position = 0;
    std::int32_t past = 0; ///< Tokens before this step's.
    std::int32_t from = 0;
    std::int32_t to = 0;
    const std::uint64_t* tree = nullptr; ///< Of the row, nullptr: none.

    __device__ bool sees(std::int32_t key) const {
        if (key < from || key >= to)
            return false;
        if (!tree || key < past)
            return true;
        const std::int32_t token = key - past;
        return (tree[token / 64] >> (token % 64) & 1) != 0;
    }
};

/// False for rows that pad the step.
__device__ inline bool findSight(const AttentionProblem& problem, std::int32_t row, RowSight& out) {
    const DeviceStep& step = problem.step;
    const std::int32_t sequence = step.sequenceOf[row];
    if (sequence < 0)
        return false;
    const std::int32_t slot = step.slots[row];
    const std::int32_t context = problem.contextOf(sequence);
    out.row = row;
    out.sequence = sequence;
    out.position = step.positions[row];
    out.past = context - (step.queryStarts[sequence + 1] - step.queryStarts[sequence]);
    out.from = problem.storedFrom(sequence);
    out.to = problem.causal ? slot + 1 : context;
    // A tree orders the step's own tokens, of which a Cross group holds none.
    const bool ordered = step.treeMask && !problem.tables.contextLengths;
    out.tree = ordered ? step.treeMask + std::int64_t(row) * step.treeWords : nullptr;
    if (problem.window > 0) {
        const std::int32_t own = out.tree ? out.position : slot;
        out.from = max(out.from, own + 1 - problem.window);
        if (!problem.causal)
            out.to = min(out.to, own + problem.window);
    }
    if (out.tree)
        out.to = context;
    return true;
}

/// One number of an activation whose type is known at run time only.
__device__ inline float loadNumber(const void* data, DType type, std::int64_t index) {
    if (type == DType::F32)
        return static_cast<const float*>(data)[index];
    if (type == DType::F16)
        return toFloat(static_cast<const Half*>(data)[index]);
    return toFloat(static_cast<const BFloat*>(data)[index]);
}

__device__ inline void storeNumber(void* data, DType type, std::int64_t index, float value) {
    if (type == DType::F32)
        static_cast<float*>(data)[index] = value;
    else if (type == DType::F16)
        static_cast<Half*>(data)[index] = fromFloat<Half>(value);
    else
        static_cast<BFloat*>(data)[index] = fromFloat<BFloat>(value);
}

} // namespace hearth::kernels::cuda
