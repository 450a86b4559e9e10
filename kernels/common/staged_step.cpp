#include "common/staged_step.h"

#include <algorithm>
#include <limits>

namespace hearth::kernels {

namespace {

constexpr std::int32_t divideUp(std::int32_t value, std::int32_t by) {
    return value / by + (value % by != 0 ? 1 : 0);
}

constexpr std::int32_t kTreeBits = 64;

} // namespace

std::int32_t maxTreeWords(const ExecutionLimits& limits) {
    return std::min(kMaxTreeWords, divideUp(limits.maxTokens, kTreeBits));
}

StepBounds stepBounds(const Program& program, std::span<const PackedWeight* const> weights,
                      std::span<const KvLayout> kv) {
    constexpr std::int64_t kAny = std::numeric_limits<std::int64_t>::max();
    StepBounds bounds{kAny, kAny, kv, std::vector<bool>(kv.size())};
    for (const Operation& operation : program.operations) {
        if (const auto* store = std::get_if<StoreKvOp>(&operation))
            bounds.stored[std::size_t(store->group)] = true;
        const auto* embed = std::get_if<EmbedOp>(&operation);
        if (!embed)
            continue;
        const auto rows = [&](WeightId id) { return weights[std::size_t(id)]->rows(); };
        bounds.vocabulary = std::min(bounds.vocabulary, rows(embed->table));
        if (embed->positions != kNone)
            bounds.positions = std::min(bounds.positions, rows(embed->positions));
    }
    return bounds;
}

Status StagedStep::reserve(const ExecutionLimits& limits, const StepBounds& bounds) {
    m_limits = limits;
    m_vocabulary = bounds.vocabulary;
    m_positionLimit = bounds.positions;
    if (!mayAllocate())
        return Status::OutOfMemory;
    m_groups.resize(bounds.groups.size());
    const std::size_t tokens = std::size_t(limits.maxTokens);
    const std::size_t sequences = std::size_t(limits.maxSequences);
    const std::size_t treeWords = std::size_t(maxTreeWords(limits));
    if (!m_tokens.allocate(tokens) || !m_positions.allocate(tokens) ||
        !m_sequenceOf.allocate(tokens) || !m_logitRows.allocate(std::size_t(limits.maxLogits)) ||
        !m_tree.allocate(tokens * treeWords) || !m_ropeLengths.allocate(sequences) ||
        !m_sequences.allocate((bounds.groups.size() + 1) * sequences))
        return Status::OutOfMemory;
    for (std::size_t g = 0; g < m_groups.size(); ++g) {
        Group& group = m_groups[g];
        group.blockTokens = bounds.groups[g].blockTokens;
        group.kind = bounds.groups[g].kind;
        group.stored = bounds.stored[g];
        group.maxBlocks = divideUp(limits.maxContext, group.blockTokens);
        if (!group.tables.allocate(sequences * std::size_t(group.maxBlocks)))
            return Status::OutOfMemory;
    }
    return Status::Ok;
}

std::size_t StagedStep::bytes() const {
    std::size_t total = m_tokens.bytes() + m_positions.bytes() + m_sequenceOf.bytes() +
                        m_logitRows.bytes() + m_tree.bytes() + m_ropeLengths.bytes() +
                        m_sequences.bytes();
    for (const Group& group : m_groups)
        total += group.tables.bytes();
    return total;
}

Status StagedStep::stage(const HostStep& step) {
    m_tokenCount = 0;
    if (!sizesFit(step))
        return Status::InvalidArgument;
    for (const std::int32_t adapter : step.adapters)
        if (adapter != kNone)
            return adapter < kNone ? Status::InvalidArgument : Status::Unsupported;
    m_sequenceCount = static_cast<std::int32_t>(step.contextLengths.size());
    m_logitCount = static_cast<std::int32_t>(step.logitRows.size());
    if (!copySequences(step) || !copyRopeLengths(step) || !copyTokens(step) || !copyTree(step))
        return Status::InvalidArgument;
    for (std::size_t group = 0; group < m_groups.size(); ++group)
        if (!copyTables(step, static_cast<std::int32_t>(group)))
            return Status::InvalidArgument;
    m_tokenCount = static_cast<std::int32_t>(step.tokens.size());
    return Status::Ok;
}

bool StagedStep::sizesFit(const HostStep& step) const {
    const std::size_t tokens = step.tokens.size();
    const std::size_t sequences = step.contextLengths.size();
    return tokens >= 1 && tokens <= std::size_t(m_limits.maxTokens) &&
           step.positions.size() == tokens && sequences >= 1 &&
           sequences <= std::size_t(m_limits.maxSequences) &&
           step.queryStarts.size() == sequences + 1 &&
           step.logitRows.size() <= std::size_t(m_limits.maxLogits) &&
           (step.adapters.empty() || step.adapters.size() == sequences) &&
           (step.ropeLengths.empty() || step.ropeLengths.size() == sequences) &&
           step.groups.size() == m_groups.size() && step.queryStarts.front() == 0 &&
           step.queryStarts.back() == static_cast<std::int32_t>(tokens);
}

/// Fills the sequences without tables, of which copyTables() makes those of every group.
bool StagedStep::copySequences(const HostStep& step) {
    StagedSequence* const out =
        m_sequences.data() + m_groups.size() * std::size_t(m_limits.maxSequences);
    for (std::int32_t s = 0; s < m_sequenceCount; ++s) {
        const std::int32_t first = step.queryStarts[std::size_t(s)];
        const std::int32_t end = step.queryStarts[std::size_t(s) + 1];
        const std::int32_t context = step.contextLengths[std::size_t(s)];
        if (end < first || end > static_cast<std::int32_t>(step.tokens.size()) ||
            context < end - first || context > m_limits.maxContext)
            return false;
        out[s] = {.firstToken = first, .tokens = end - first, .context = context};
        std::fill(m_sequenceOf.data() + first, m_sequenceOf.data() + end, s);
    }
    return true;
}

bool StagedStep::copyRopeLengths(const HostStep& step) {
    for (std::int32_t s = 0; s < m_sequenceCount; ++s) {
        const std::int32_t length = step.ropeLengths.empty() ? 0 : step.ropeLengths[std::size_t(s)];
        if (length < 0)
            return false;
        m_ropeLengths[std::size_t(s)] = length;
    }
    return true;
}

bool StagedStep::copyTokens(const HostStep& step) {
    const std::span<const StagedSequence> sequences = this->sequences();
    for (std::size_t t = 0; t < step.tokens.size(); ++t) {
        const StagedSequence& sequence = sequences[std::size_t(m_sequenceOf[t])];
        const std::int32_t slot = sequence.context - sequence.tokens +
                                  (static_cast<std::int32_t>(t) - sequence.firstToken);
        const std::int32_t position = step.positions[t];
        if (step.tokens[t] < 0 || step.tokens[t] >= m_vocabulary || position < 0 ||
            position >= m_positionLimit || (step.treeMask.empty() && position != slot))
            return false;
        m_tokens[t] = step.tokens[t];
        m_positions[t] = position;
    }
    for (std::size_t i = 0; i < step.logitRows.size(); ++i) {
        if (step.logitRows[i] < 0 || std::size_t(step.logitRows[i]) >= step.tokens.size())
            return false;
        m_logitRows[i] = step.logitRows[i];
    }
    return true;
}

bool StagedStep::copyTree(const HostStep& step) {
    if (step.treeMask.empty())
        return true;
    const std::size_t words = static_cast<std::size_t>(std::max(0, step.treeMaskWords));
    if (words == 0 || words > std::size_t(maxTreeWords(m_limits)) ||
        step.treeMask.size() != step.tokens.size() * words)
        return false;
    std::copy(step.treeMask.begin(), step.treeMask.end(), m_tree.data());
    StagedSequence* const sequences =
        m_sequences.data() + m_groups.size() * std::size_t(m_limits.maxSequences);
    for (std::int32_t s = 0; s < m_sequenceCount; ++s) {
        StagedSequence& sequence = sequences[s];
        if (std::size_t(divideUp(sequence.tokens, kTreeBits)) > words)
            return false;
        sequence.tree = m_tree.data() + std::size_t(sequence.firstToken) * words;
        sequence.treeWords = static_cast<std::int32_t>(words);
    }
    return true;
}

bool StagedStep::copyTables(const HostStep& step, std::int32_t index) {
    Group& group = m_groups[std::size_t(index)];
    const GroupTables& tables = step.groups[std::size_t(index)];
    group.blocksNeeded = 0;
    const bool ownLengths = tables.contextLengths != nullptr;
    // What this step stores goes by its own lengths.
    if (!tables.blockTables || tables.stride < 0 ||
        (ownLengths && (group.kind != KvKind::Cross || group.stored)))
        return false;
    for (std::int32_t s = 0; s < m_sequenceCount; ++s) {
        StagedSequence sequence = sequences()[std::size_t(s)];
        if (ownLengths) {
            sequence.context = tables.contextLengths[s];
            if (sequence.context < 0 || sequence.context > m_limits.maxContext)
                return false;
        }
        if (group.kind == KvKind::Cross && !group.stored)
            sequence.tree = nullptr;
        const std::int32_t first = tables.firstBlocks ? tables.firstBlocks[s] : 0;
        const std::int32_t past =
            group.kind == KvKind::Cross ? 0 : sequence.context - sequence.tokens;
        // This step's own tokens need their blocks.
        if (first < 0 || first > past / group.blockTokens)
            return false;
        const std::int32_t count = divideUp(sequence.context, group.blockTokens) - first;
        if (count > tables.stride)
            return false;
        std::int32_t* const out = group.tables.data() + std::ptrdiff_t{s} * group.maxBlocks;
        for (std::int32_t i = 0; i < count; ++i) {
            const std::int32_t block = tables.blockTables[std::ptrdiff_t{s} * tables.stride + i];
            if (block < 0 || block == std::numeric_limits<std::int32_t>::max())
                return false;
            group.blocksNeeded = std::max(group.blocksNeeded, block + 1);
            out[i] = block;
        }
        sequence.blocks = out;
        sequence.firstBlock = first;
        m_sequences[std::size_t(index) * std::size_t(m_limits.maxSequences) + std::size_t(s)] =
            sequence;
    }
    return true;
}

} // namespace hearth::kernels
