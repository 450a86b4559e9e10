#pragma once

#include <cstdint>
#include <span>

namespace hearth::kernels {

/// Where the sequences of a step keep the blocks of one KV group. Tables are [sequences, stride].
struct GroupTables {
    const std::int32_t* blockTables = nullptr;
    std::int32_t stride = 0; ///< Entries a row of blockTables.
    /// Logical index of the first entry's block: blocks before it left the window.
    const std::int32_t* firstBlocks = nullptr; ///< [sequences], nullptr: all 0.
};

/// One step of a batch: prefill chunks and decodes in one run of tokens. All pointers are memory
/// of the backend's device (see Backend::stageStep), so that a graph or a persistent kernel can
/// read the next step's without the host.
/// Token t of sequence s has position contextLengths[s] - (queryStarts[s+1] - t).
struct StepMetadata {
    std::int32_t tokenCount = 0;
    std::int32_t sequenceCount = 0;
    std::int32_t logitCount = 0;
    std::int32_t maxQueryLength = 0;   ///< Longest run of tokens of one sequence in this step.
    std::int32_t maxContextLength = 0; ///< Largest of contextLengths.
    const std::int32_t* tokens = nullptr;         ///< [tokenCount]
    const std::int32_t* positions = nullptr;      ///< [tokenCount]
    const std::int32_t* queryStarts = nullptr;    ///< [sequenceCount + 1]
    const std::int32_t* contextLengths = nullptr; ///< [sequenceCount] with this step's tokens.
    const std::int32_t* logitRows = nullptr;      ///< [logitCount] rows of tokens.
    const std::int32_t* adapters = nullptr;       ///< [sequenceCount], -1: none; nullptr: none.
    std::span<const GroupTables> groups;          ///< One a KV group.
    /// Tree attention among this step's own tokens (speculation): bit j of row t says that token t
    /// sees the j-th token of its own sequence in this step. nullptr: plain causal order.
    const std::uint64_t* treeMask = nullptr; ///< [tokenCount, treeMaskWords]
    std::int32_t treeMaskWords = 0;
};

} // namespace hearth::kernels
