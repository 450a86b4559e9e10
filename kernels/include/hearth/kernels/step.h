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
    /// Cross groups only: tokens that the group holds of each sequence [sequences], all written by
    /// earlier steps. nullptr: HostStep::contextLengths.
    const std::int32_t* contextLengths = nullptr;
};

/// Words of a tree mask a token at most.
inline constexpr std::int32_t kMaxTreeWords = 4;

/// One step of a batch in host memory, before it is staged: prefill chunks and decodes in one run
/// of tokens. Token t of sequence s goes to slot contextLengths[s] - (queryStarts[s + 1] - t) of
/// the cache, which is its position too unless there is a tree mask.
struct HostStep {
    std::span<const std::int32_t> tokens;
    std::span<const std::int32_t> positions;      ///< One a token, as above.
    std::span<const std::int32_t> queryStarts;    ///< [sequences + 1], from 0 to all tokens.
    std::span<const std::int32_t> contextLengths; ///< [sequences], with this step's tokens.
    std::span<const std::int32_t> logitRows;      ///< Tokens of which logits are wanted.
    std::span<const std::int32_t> adapters;       ///< [sequences], -1: none; empty: none.
    std::span<const GroupTables> groups;          ///< One a KV group.
    /// Tree attention among this step's own tokens (speculation), [tokens, treeMaskWords]: bit j of
    /// row t says that token t sees the j-th token of its own sequence in this step. Empty: plain
    /// causal order. With a mask a sequence has at most 64 * kMaxTreeWords tokens in the step; more
    /// are InvalidArgument.
    std::span<const std::uint64_t> treeMask;
    std::int32_t treeMaskWords = 0;
    /// [sequences] the length that each sequence is prepared for, which ropes that follow it go by
    /// (RopeOp::originalLength); the same in all its steps. Empty: 0.
    std::span<const std::int32_t> ropeLengths = {};
};

} // namespace hearth::kernels
