#include "runtime/encoder_runner.h"

#include <algorithm>
#include <numeric>

namespace hearth {

namespace {

using kernels::KvArena;
using kernels::KvKind;
using kernels::KvLayout;
using kernels::Status;

std::int32_t blocksFor(std::int32_t tokens, std::int32_t blockTokens) {
    return (tokens + blockTokens - 1) / blockTokens;
}

Failure noMemory(const char* what, std::uint64_t needed, std::uint64_t available) {
    Error error;
    error.code = ErrorCode::OutOfMemory;
    error.field = what;
    error.needed = needed;
    error.available = available;
    return fail(std::move(error));
}

Failure refused(Status status) {
    switch (status) {
    case Status::OutOfMemory:
        return fail(ErrorCode::OutOfMemory, "activations");
    case Status::Unsupported:
        return fail(ErrorCode::Unsupported, "the device has no kernel for this model");
    case Status::DeviceLost:
        return fail(ErrorCode::DeviceLost);
    default:
        return fail(ErrorCode::Internal, "the backend refused the encoder's program");
    }
}

} // namespace

Result<std::unique_ptr<EncoderRunner>>
EncoderRunner::create(const kernels::Program& program,
                      std::span<const kernels::PackedWeight* const> weights,
                      std::span<const KvLayout> kv, kernels::Backend& backend,
                      MemoryBudget& budget, const EncoderRunnerOptions& options) {
    std::unique_ptr<EncoderRunner> runner(new EncoderRunner(budget, options));
    kernels::ExecutionLimits limits;
    limits.maxTokens = options.stepTokens;
    limits.maxSequences = options.maxSequences;
    limits.maxContext = options.stepTokens;
    limits.deterministic = options.deterministic;
    if (const Status status =
            backend.prepare(program, weights, kv, limits, runner->m_executable);
        status != Status::Ok)
        return refused(status);
    const std::size_t scratch = runner->m_executable->scratchBytes();
    if (!runner->m_scratchMemory.resize(scratch))
        return noMemory("activations", scratch, budget.available());
    HEARTH_TRY(runner->createArenas(kv, backend, budget));
    return runner;
}

Result<void> EncoderRunner::createArenas(std::span<const KvLayout> kv, kernels::Backend& backend,
                                         const MemoryBudget& budget) {
    for (const KvLayout& layout : kv) {
        std::unique_ptr<KvArena>& arena = m_arenas.emplace_back();
        m_blockTokens.push_back(layout.blockTokens);
        if (layout.kind != KvKind::Cross) {
            // Every text may leave the better part of its last block empty.
            const std::int32_t blocks =
                blocksFor(m_options.stepTokens, layout.blockTokens) + m_options.maxSequences;
            const std::uint64_t bytes = layout.blockBytes() * std::uint64_t(blocks);
            if (!m_kvMemory.resize(m_kvMemory.bytes() + bytes))
                return noMemory("keys and values", bytes, budget.available());
            if (const Status status = backend.createKvArena(layout, blocks, arena);
                status != Status::Ok)
                return refused(status);
            if (const Status status = arena->resize(blocks); status != Status::Ok)
                return refused(status);
        }
        m_arenaPointers.push_back(arena.get());
    }
    m_tables.resize(kv.size());
    m_groupTables.resize(kv.size());
    return {};
}

std::size_t EncoderRunner::fitting(std::span<const EncoderInput> texts) const {
    const std::size_t most = std::min(texts.size(), std::size_t(m_options.maxSequences));
    std::size_t tokens = 0;
    for (std::size_t count = 0; count < most; ++count) {
        tokens += texts[count].tokens.size();
        if (tokens > std::size_t(m_options.stepTokens))
            return count;
    }
    return most;
}

Status EncoderRunner::run(std::span<const EncoderInput> texts, KvArena* cross) {
    for (std::size_t group = 0; group < m_arenas.size(); ++group)
        if (m_arenas[group] == nullptr)
            m_arenaPointers[group] = cross;
    if (const Status status = stage(texts); status != Status::Ok)
        return status;
    return m_executable->run(m_arenaPointers);
}

Status EncoderRunner::stage(std::span<const EncoderInput> texts) {
    m_tokens.clear();
    m_positions.clear();
    m_lengths.clear();
    m_ropeLengths.clear();
    m_queryStarts.assign(1, 0);
    for (const EncoderInput& text : texts) {
        m_tokens.insert(m_tokens.end(), text.tokens.begin(), text.tokens.end());
        m_positions.resize(m_tokens.size());
        std::iota(m_positions.end() - std::ptrdiff_t(text.tokens.size()), m_positions.end(), 0);
        m_lengths.push_back(std::int32_t(text.tokens.size()));
        m_ropeLengths.push_back(text.ropeLength);
        m_queryStarts.push_back(std::int32_t(m_tokens.size()));
    }
    for (std::size_t group = 0; group < m_arenas.size(); ++group) {
        if (m_arenas[group] != nullptr)
            fillOwnTable(group, texts);
        else
            fillCrossTable(group, texts);
    }
    kernels::HostStep step;
    step.tokens = m_tokens;
    step.positions = m_positions;
    step.queryStarts = m_queryStarts;
    step.contextLengths = m_lengths;
    step.groups = m_groupTables;
    step.ropeLengths = m_ropeLengths;
    return m_executable->stage(step);
}

/// The arena's blocks one after the other.
void EncoderRunner::fillOwnTable(std::size_t group, std::span<const EncoderInput> texts) {
    const std::int32_t blockTokens = m_blockTokens[group];
    const std::int32_t longest = *std::max_element(m_lengths.begin(), m_lengths.end());
    const std::int32_t stride = blocksFor(longest, blockTokens);
    std::vector<std::int32_t>& table = m_tables[group];
    table.assign(std::size_t(stride) * texts.size(), 0);
    std::int32_t next = 0;
    for (std::size_t i = 0; i < texts.size(); ++i)
        for (std::int32_t block = 0; block < blocksFor(m_lengths[i], blockTokens); ++block)
            table[i * std::size_t(stride) + std::size_t(block)] = next++;
    m_groupTables[group] = {table.data(), stride};
}

void EncoderRunner::fillCrossTable(std::size_t group, std::span<const EncoderInput> texts) {
    std::size_t stride = 1;
    for (const EncoderInput& text : texts)
        stride = std::max(stride, text.crossBlocks.size());
    std::vector<std::int32_t>& table = m_tables[group];
    table.assign(stride * texts.size(), 0);
    for (std::size_t i = 0; i < texts.size(); ++i)
        std::copy(texts[i].crossBlocks.begin(), texts[i].crossBlocks.end(),
                  table.begin() + std::ptrdiff_t(i * stride));
    m_groupTables[group] = {table.data(), std::int32_t(stride)};
}

} // namespace hearth
