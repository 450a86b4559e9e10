#pragma once

#include "common/allocation.h"
#include "hearth/kernels/backend.h"

#include <cstdint>
#include <span>
#include <vector>

namespace hearth::kernels {

/// What a program demands of every step besides the limits.
struct StepBounds {
    std::int64_t vocabulary = 0; ///< Tokens must lie below: rows of the embedding tables.
    std::int64_t positions = 0;  ///< Positions must lie below: rows of learned positions.
    std::span<const KvLayout> groups;
    std::vector<bool> stored = {}; ///< Groups that the program writes to.
};

/// `program` must have passed checkProgram() with these weights.
[[nodiscard]] StepBounds stepBounds(const Program& program,
                                    std::span<const PackedWeight* const> weights,
                                    std::span<const KvLayout> kv);

/// Words of a tree mask a token, at most.
[[nodiscard]] std::int32_t maxTreeWords(const ExecutionLimits& limits);

/// One sequence of the step, with its block table of one KV group. In a Cross group with lengths of
/// its own `context` has nothing to do with `tokens`, which may be more, and there is no tree.
struct StagedSequence {
    std::int32_t firstToken = 0; ///< Row of the step.
    std::int32_t tokens = 0;
    std::int32_t context = 0; ///< Cached tokens, with this step's.
    const std::int32_t* blocks = nullptr;
    std::int32_t firstBlock = 0;         ///< Logical index of blocks[0].
    const std::uint64_t* tree = nullptr; ///< [tokens, treeWords], nullptr: causal order.
    std::int32_t treeWords = 0;
};

/// A checked copy of a step's metadata, in memory reserved once.
class StagedStep {
public:
    [[nodiscard]] Status reserve(const ExecutionLimits& limits, const StepBounds& bounds);
    [[nodiscard]] std::size_t bytes() const;

    /// Takes a copy of `step` if all of it is in order; else leaves no step staged.
    [[nodiscard]] Status stage(const HostStep& step);
    [[nodiscard]] bool staged() const { return m_tokenCount > 0; }

    [[nodiscard]] std::int32_t tokenCount() const { return m_tokenCount; }
    [[nodiscard]] std::int32_t sequenceCount() const { return m_sequenceCount; }
    [[nodiscard]] std::int32_t logitCount() const { return m_logitCount; }
    [[nodiscard]] std::int32_t rows(Rows kind) const {
        return kind == Rows::Tokens ? m_tokenCount : m_logitCount;
    }
    [[nodiscard]] const std::int32_t* tokens() const { return m_tokens.data(); }
    [[nodiscard]] const std::int32_t* positions() const { return m_positions.data(); }
    [[nodiscard]] const std::int32_t* logitRows() const { return m_logitRows.data(); }
    /// HostStep::ropeLengths of a sequence.
    [[nodiscard]] std::int32_t ropeLength(std::int32_t sequence) const {
        return m_ropeLengths[std::size_t(sequence)];
    }
    /// The step's sequences without any group's table.
    [[nodiscard]] std::span<const StagedSequence> sequences() const {
        return sequences(static_cast<std::int32_t>(m_groups.size()));
    }
    /// The sequence that token row `token` belongs to.
    [[nodiscard]] std::int32_t sequenceOf(std::int32_t token) const { return m_sequenceOf[token]; }
    [[nodiscard]] std::span<const StagedSequence> sequences(std::int32_t group) const {
        return {m_sequences.data() + std::ptrdiff_t{group} * m_limits.maxSequences,
                std::size_t(m_sequenceCount)};
    }
    /// Blocks that a group's arena must have: one more than the largest block id.
    [[nodiscard]] std::int32_t blocksNeeded(std::int32_t group) const {
        return m_groups[std::size_t(group)].blocksNeeded;
    }

private:
    struct Group {
        std::int32_t blockTokens = 1;
        KvKind kind = KvKind::Full;
        bool stored = false;        ///< The program writes to it.
        std::int32_t maxBlocks = 0; ///< Blocks that a sequence of maxContext tokens has.
        std::int32_t blocksNeeded = 0;
        Buffer<std::int32_t> tables; ///< [maxSequences, maxBlocks]
    };

    [[nodiscard]] bool sizesFit(const HostStep& step) const;
    [[nodiscard]] bool copyTokens(const HostStep& step);
    [[nodiscard]] bool copyRopeLengths(const HostStep& step);
    [[nodiscard]] bool copySequences(const HostStep& step);
    [[nodiscard]] bool copyTables(const HostStep& step, std::int32_t group);
    [[nodiscard]] bool copyTree(const HostStep& step);

    ExecutionLimits m_limits;
    std::int64_t m_vocabulary = 0;
    std::int64_t m_positionLimit = 0;
    std::vector<Group> m_groups;
    std::int32_t m_tokenCount = 0;
    std::int32_t m_sequenceCount = 0;
    std::int32_t m_logitCount = 0;
    Buffer<std::int32_t> m_tokens;
    Buffer<std::int32_t> m_positions;
    Buffer<std::int32_t> m_sequenceOf;
    Buffer<std::int32_t> m_logitRows;
    Buffer<std::uint64_t> m_tree;
    Buffer<std::int32_t> m_ropeLengths; ///< [maxSequences]
    Buffer<StagedSequence> m_sequences; ///< [groups + 1, maxSequences], last those without tables.
};

} // namespace hearth::kernels
