#include "cuda/runtime/step_buffers.h"

#include <algorithm>
#include <cstring>

namespace hearth::kernels::cuda {

namespace {

constexpr std::size_t kAlignment = 16;

constexpr std::size_t aligned(std::size_t bytes) {
    return (bytes + kAlignment - 1) / kAlignment * kAlignment;
}

constexpr std::int32_t divideUp(std::int32_t value, std::int32_t by) {
    return value / by + (value % by != 0 ? 1 : 0);
}

} // namespace

StepBuffers::~StepBuffers() {
    if (m_copied)
        static_cast<void>(cudaEventDestroy(m_copied));
}

Status StepBuffers::reserve(const ExecutionLimits& limits, std::span<const KvLayout> kv) {
    constexpr std::size_t kInt = sizeof(std::int32_t);
    const auto tokens = std::size_t(limits.maxTokens);
    const auto sequences = std::size_t(limits.maxSequences);
    // Tokens, positions, slots, sequences; the plan's rows and tiles; the tree mask.
    std::size_t bytes = 5 * aligned(tokens * kInt);
    bytes += aligned((tokens / kAttentionTileRows + sequences + 1) * sizeof(AttentionTile));
    bytes += aligned(tokens * std::size_t(maxTreeWords(limits)) * sizeof(std::uint64_t));
    bytes += 3 * aligned((sequences + 1) * kInt) + aligned(std::size_t(limits.maxLogits) * kInt);
    for (const KvLayout& layout : kv) {
        m_groups.push_back({layout.blockTokens, layout.kind == KvKind::Cross});
        const auto blocks =
            std::size_t(divideUp(contextBucket(limits.maxContext), layout.blockTokens));
        bytes += aligned(sequences * blocks * kInt) + 2 * aligned(sequences * kInt);
    }
    m_tables.resize(kv.size());
    HEARTH_CUDA_TRY(m_host.allocate(bytes));
    HEARTH_CUDA_TRY(m_device.allocate(bytes));
    return toStatus(cudaEventCreateWithFlags(&m_copied, cudaEventDisableTiming));
}

template<typename T>
StepBuffers::Array<T> StepBuffers::take(std::size_t count) {
    const std::size_t offset = m_used;
    m_used += aligned(count * sizeof(T));
    return {reinterpret_cast<T*>(m_host.data() + offset),
            reinterpret_cast<const T*>(m_device.data() + offset)};
}

Status StepBuffers::upload(const StagedStep& step, const HostStep& host, const StepShape& shape,
                           std::int32_t tileTokens, cudaStream_t stream) {
    // The copy of the step before reads the buffer until then.
    HEARTH_CUDA_TRY(toStatus(cudaEventSynchronize(m_copied)));
    m_used = 0;
    fillTokens(step, shape);
    fillSequences(step, shape);
    fillTables(step, shape);
    fillTree(step, host);
    fillPlan(step, shape, tileTokens);
    HEARTH_CUDA_TRY(toStatus(
        cudaMemcpyAsync(m_device.data(), m_host.data(), m_used, cudaMemcpyHostToDevice, stream)));
    return toStatus(cudaEventRecord(m_copied, stream));
}

void StepBuffers::fillTokens(const StagedStep& step, const StepShape& shape) {
    const auto count = std::size_t(shape.tokens);
    const std::int32_t used = step.tokenCount();
    const auto tokens = take<std::int32_t>(count);
    const auto positions = take<std::int32_t>(count);
    const auto slots = take<std::int32_t>(count);
    const auto sequences = take<std::int32_t>(count);
    const auto logits = take<std::int32_t>(std::size_t(shape.logits));
    const std::span<const StagedSequence> staged = step.sequences();
    for (std::int32_t t = 0; t < used; ++t) {
        const StagedSequence& sequence = staged[std::size_t(step.sequenceOf(t))];
        tokens.host[t] = step.tokens()[t];
        positions.host[t] = step.positions()[t];
        slots.host[t] = sequence.context - sequence.tokens + (t - sequence.firstToken);
        sequences.host[t] = step.sequenceOf(t);
    }
    for (std::int32_t t = used; t < shape.tokens; ++t) {
        tokens.host[t] = positions.host[t] = slots.host[t] = 0;
        sequences.host[t] = -1;
    }
    std::copy_n(step.logitRows(), step.logitCount(), logits.host);
    std::fill(logits.host + step.logitCount(), logits.host + shape.logits, 0);
    m_step.tokens = tokens.device;
    m_step.positions = positions.device;
    m_step.slots = slots.device;
    m_step.sequenceOf = sequences.device;
    m_step.logitRows = logits.device;
}

void StepBuffers::fillSequences(const StagedStep& step, const StepShape& shape) {
    const auto starts = take<std::int32_t>(std::size_t(shape.sequences) + 1);
    const auto contexts = take<std::int32_t>(std::size_t(shape.sequences));
    const auto ropes = take<std::int32_t>(std::size_t(shape.sequences));
    const std::int32_t used = step.sequenceCount();
    const std::span<const StagedSequence> staged = step.sequences();
    for (std::int32_t s = 0; s < shape.sequences; ++s) {
        starts.host[s] = s < used ? staged[std::size_t(s)].firstToken : step.tokenCount();
        contexts.host[s] = s < used ? staged[std::size_t(s)].context : 0;
        ropes.host[s] = s < used ? step.ropeLength(s) : 0;
    }
    starts.host[shape.sequences] = step.tokenCount();
    m_step.queryStarts = starts.device;
    m_step.contextLengths = contexts.device;
    m_step.ropeLengths = ropes.device;
}

void StepBuffers::fillTables(const StagedStep& step, const StepShape& shape) {
    for (std::size_t group = 0; group < m_groups.size(); ++group) {
        const std::int32_t blockTokens = m_groups[group].blockTokens;
        const std::int32_t stride = divideUp(shape.maxContext, blockTokens);
        const auto tables = take<std::int32_t>(std::size_t(shape.sequences) * std::size_t(stride));
        const auto firsts = take<std::int32_t>(std::size_t(shape.sequences));
        const auto contexts = take<std::int32_t>(
            m_groups[group].hasOwnContexts ? std::size_t(shape.sequences) : std::size_t{0});
        const std::span<const StagedSequence> staged = step.sequences(std::int32_t(group));
        for (std::int32_t s = 0; s < shape.sequences; ++s) {
            std::int32_t* const row = tables.host + std::ptrdiff_t{s} * stride;
            std::int32_t blocks = 0;
            firsts.host[s] = 0;
            if (m_groups[group].hasOwnContexts)
                contexts.host[s] = s < step.sequenceCount() ? staged[std::size_t(s)].context : 0;
            if (s < step.sequenceCount()) {
                const StagedSequence& sequence = staged[std::size_t(s)];
                firsts.host[s] = sequence.firstBlock;
                blocks = divideUp(sequence.context, blockTokens) - sequence.firstBlock;
                std::copy_n(sequence.blocks, blocks, row);
            }
            std::fill(row + blocks, row + stride, 0);
        }
        m_tables[group] = {tables.device, firsts.device, stride,
                           m_groups[group].hasOwnContexts ? contexts.device : nullptr};
    }
}

void StepBuffers::fillTree(const StagedStep& step, const HostStep& host) {
    m_step.treeMask = nullptr;
    m_step.treeWords = 0;
    if (host.treeMask.empty())
        return;
    const auto mask =
        take<std::uint64_t>(std::size_t(step.tokenCount()) * std::size_t(host.treeMaskWords));
    std::copy(host.treeMask.begin(), host.treeMask.end(), mask.host);
    m_step.treeMask = mask.device;
    m_step.treeWords = host.treeMaskWords;
}

/// Of a sequence in any group.
std::int32_t StepBuffers::longestContext(const StagedStep& step, std::int32_t sequence) const {
    std::int32_t longest = step.sequences()[std::size_t(sequence)].context;
    for (std::size_t group = 0; group < m_groups.size(); ++group)
        longest =
            std::max(longest, step.sequences(std::int32_t(group))[std::size_t(sequence)].context);
    return longest;
}

void StepBuffers::fillPlan(const StagedStep& step, const StepShape& shape,
                           std::int32_t tileTokens) {
    m_plan = {};
    m_plan.maxContext = shape.maxContext;
    m_plan.rowCount = shape.tokens;
    const std::span<const StagedSequence> staged = step.sequences();
    const auto tiled = [&](const StagedSequence& sequence) {
        return tileTokens > 0 && sequence.tokens >= tileTokens;
    };
    if (std::none_of(staged.begin(), staged.end(), tiled))
        return;
    const auto rows = take<std::int32_t>(std::size_t(step.tokenCount()));
    const auto tiles = take<AttentionTile>(
        std::size_t(step.tokenCount() / kAttentionTileRows + step.sequenceCount()));
    m_plan.rowCount = 0;
    m_plan.maxContext = 0;
    for (std::int32_t s = 0; s < step.sequenceCount(); ++s) {
        const StagedSequence& sequence = staged[std::size_t(s)];
        const std::int32_t end = sequence.firstToken + sequence.tokens;
        if (!tiled(sequence)) {
            for (std::int32_t row = sequence.firstToken; row < end; ++row)
                rows.host[m_plan.rowCount++] = row;
            m_plan.maxContext = std::max(m_plan.maxContext, longestContext(step, s));
            continue;
        }
        for (std::int32_t row = sequence.firstToken; row < end; row += kAttentionTileRows)
            tiles.host[m_plan.tileCount++] = {s, row, std::min(kAttentionTileRows, end - row)};
    }
    m_plan.rows = rows.device;
    m_plan.tiles = tiles.device;
}

} // namespace hearth::kernels::cuda
