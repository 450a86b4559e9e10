#include "runtime/model_runner.h"

#include <algorithm>
#include <utility>

namespace hearth {

namespace {

/// Blocks whose memory is asked for at once.
constexpr std::int32_t kGrowthBlocks = 64;

Failure noMemory(const char* what, std::uint64_t needed, std::uint64_t available) {
    Error error;
    error.code = ErrorCode::OutOfMemory;
    error.field = what;
    error.needed = needed;
    error.available = available;
    return fail(std::move(error));
}

Failure arenaFailure(kernels::Status status, std::uint64_t bytes, std::uint64_t available) {
    switch (status) {
    case kernels::Status::DeviceLost:
        return fail(ErrorCode::DeviceLost);
    case kernels::Status::Unsupported:
        return fail(ErrorCode::Unsupported, "the device keeps no keys and values of this type");
    default:
        return noMemory("KV cache", bytes, available);
    }
}

} // namespace

Result<std::unique_ptr<ModelRunner>>
ModelRunner::create(const LoadedModel& model, kernels::Backend& backend, MemoryBudget& budget,
                    std::unique_ptr<Communicator> communicator, const RunnerOptions& options) {
    std::unique_ptr<ModelRunner> runner(new ModelRunner(std::move(communicator), budget));
    HEARTH_TRY(runner->prepare(model, backend, budget, options));
    HEARTH_TRY(runner->createArenas(model, backend, budget, options));
    if (model.encoder)
        HEARTH_TRY(runner->createEncoder(model, backend, budget, options));
    return runner;
}

Result<void> ModelRunner::prepare(const LoadedModel& model, kernels::Backend& backend,
                                  const MemoryBudget& budget, const RunnerOptions& options) {
    kernels::ExecutionLimits limits;
    limits.maxTokens = options.stepTokens;
    limits.maxSequences = options.maxSequences;
    limits.maxLogits = options.logitRows();
    limits.maxContext = options.contextTokens;
    limits.deterministic = options.deterministic;
    std::vector<const kernels::PackedWeight*> weights;
    for (const auto& weight : model.weights.weights)
        weights.push_back(weight.get());
    switch (backend.prepare(model.program.program, weights, model.program.kv, limits,
                            m_executable)) {
    case kernels::Status::Ok:
        break;
    case kernels::Status::OutOfMemory:
        return fail(ErrorCode::OutOfMemory, "activations");
    case kernels::Status::Unsupported:
        return fail(ErrorCode::Unsupported, "the device has no kernel for this model");
    case kernels::Status::DeviceLost:
        return fail(ErrorCode::DeviceLost);
    case kernels::Status::InvalidArgument:
        return fail(ErrorCode::Internal, "the backend refused the model's program");
    }
    if (!m_scratchMemory.resize(m_executable->scratchBytes()))
        return noMemory("activations", m_executable->scratchBytes(), budget.available());
    return {};
}

Result<void> ModelRunner::createArenas(const LoadedModel& model, kernels::Backend& backend,
                                       const MemoryBudget& budget, const RunnerOptions& options) {
    m_kvBlocks = options.kvBlocks;
    KvManagerOptions manager;
    manager.growthBlocks = kGrowthBlocks;
    manager.prefixCache = !model.encoder; // what a decoder computes depends on what was encoded
    for (const kernels::KvLayout& layout : model.program.kv) {
        std::unique_ptr<kernels::KvArena> arena;
        if (const kernels::Status status = backend.createKvArena(layout, options.kvBlocks, arena);
            status != kernels::Status::Ok)
            return arenaFailure(status, layout.blockBytes() * std::uint64_t(options.kvBlocks),
                                budget.available());
        m_arenaPointers.push_back(arena.get());
        m_arenas.push_back(std::move(arena));
        manager.groups.push_back({layout, 0, options.kvBlocks});
    }
    for (std::size_t group = 0; group < m_arenas.size(); ++group) {
        const std::int32_t first = std::min(kGrowthBlocks, options.kvBlocks);
        if (const kernels::Status status = growArena(std::int32_t(group), first);
            status != kernels::Status::Ok)
            return arenaFailure(status,
                                manager.groups[group].layout.blockBytes() * std::uint64_t(first),
                                budget.available());
        manager.groups[group].capacity = first;
    }
    // Why a pool cannot grow is told by the next step, if it is more than a lack of memory.
    manager.grow = [this](std::int32_t group, std::int32_t blocks) {
        static_cast<void>(growArena(group, blocks));
        return m_arenas[std::size_t(group)]->capacity();
    };
    HEARTH_TRY_ASSIGN(KvManager cache, KvManager::create(std::move(manager)));
    m_cache = std::make_unique<KvManager>(std::move(cache));
    m_tables.resize(m_arenas.size());
    m_firstBlocks.resize(m_arenas.size());
    m_groupTables.resize(m_arenas.size());
    return {};
}

Result<void> ModelRunner::createEncoder(const LoadedModel& model, kernels::Backend& backend,
                                        MemoryBudget& budget, const RunnerOptions& options) {
    EncoderRunnerOptions encoder;
    encoder.stepTokens = std::max(options.contextTokens, options.stepTokens);
    encoder.maxSequences = options.maxSequences;
    encoder.deterministic = options.deterministic;
    std::vector<const kernels::PackedWeight*> weights;
    for (const auto& weight : model.weights.weights)
        weights.push_back(weight.get());
    HEARTH_TRY_ASSIGN(m_encoder, EncoderRunner::create(model.encoder->program, weights,
                                                       model.encoder->kv, backend, budget,
                                                       encoder));
    return {};
}

kernels::Status ModelRunner::growArena(std::int32_t group, std::int32_t blocks) {
    kernels::KvArena& arena = *m_arenas[std::size_t(group)];
    if (blocks <= arena.capacity())
        return kernels::Status::Ok;
    const std::uint64_t more = arena.layout().blockBytes() *
                               std::uint64_t(blocks - arena.capacity());
    const std::uint64_t before = m_kvMemory.bytes();
    if (!m_kvMemory.resize(before + more))
        return kernels::Status::OutOfMemory;
    const kernels::Status status = arena.resize(blocks);
    // Giving back what was just taken cannot fail.
    if (status != kernels::Status::Ok)
        static_cast<void>(m_kvMemory.resize(before));
    return status;
}

void ModelRunner::trim() {
    for (std::int32_t group = 0; group < m_cache->groupCount(); ++group) {
        kernels::KvArena& arena = *m_arenas[std::size_t(group)];
        const std::int32_t before = arena.capacity();
        const std::int32_t kept =
            m_cache->shrink(group, std::min(before, kGrowthBlocks));
        if (kept < before && arena.resize(kept) == kernels::Status::Ok) {
            const std::uint64_t freed =
                arena.layout().blockBytes() * std::uint64_t(before - kept);
            static_cast<void>(m_kvMemory.resize(m_kvMemory.bytes() - freed));
        }
    }
    // shrink() lowered the limits too; the pool may grow again when there is room.
    restoreLimits();
}

void ModelRunner::restoreLimits() {
    for (std::int32_t group = 0; group < m_cache->groupCount(); ++group)
        m_cache->setLimit(group, m_kvBlocks);
}

kernels::Status ModelRunner::run(const StepPlan& plan) {
    for (const BlockCopy& copy : plan.copies)
        if (const kernels::Status status =
                m_arenas[std::size_t(copy.group)]->copyBlock(copy.from, copy.to);
            status != kernels::Status::Ok)
            return status;
    if (const kernels::Status status = encode(plan); status != kernels::Status::Ok)
        return status;
    if (const kernels::Status status = stage(plan); status != kernels::Status::Ok)
        return status;
    return m_executable->run(m_arenaPointers);
}

kernels::Status ModelRunner::encode(const StepPlan& plan) {
    if (m_encoder == nullptr)
        return kernels::Status::Ok;
    std::vector<EncoderInput> texts;
    for (const PlanEntry& entry : plan.entries)
        if (entry.begins)
            texts.push_back({entry.sequence->options().source,
                             entry.sequence->cache().tables.back().blocks});
    for (std::span<const EncoderInput> rest = texts; !rest.empty();) {
        const auto some = rest.first(m_encoder->fitting(rest));
        if (const kernels::Status status = m_encoder->run(some, m_arenaPointers.back());
            status != kernels::Status::Ok)
            return status;
        rest = rest.subspan(some.size());
    }
    return kernels::Status::Ok;
}

kernels::Status ModelRunner::stage(const StepPlan& plan) {
    m_tokens.clear();
    m_positions.clear();
    m_contextLengths.clear();
    m_ropeLengths.clear();
    m_queryStarts.assign(1, 0);
    for (const PlanEntry& entry : plan.entries)
        appendEntry(entry);
    appendLogitRows(plan);
    fillTables(plan);
    kernels::HostStep step;
    step.tokens = m_tokens;
    step.positions = m_positions;
    step.queryStarts = m_queryStarts;
    step.contextLengths = m_contextLengths;
    step.logitRows = m_logitRows;
    step.groups = m_groupTables;
    step.ropeLengths = m_ropeLengths;
    return m_executable->stage(step);
}

void ModelRunner::appendEntry(const PlanEntry& entry) {
    const Sequence& sequence = *entry.sequence;
    for (std::int32_t position = entry.first; position < entry.first + entry.count; ++position) {
        const std::int32_t draft = position - sequence.tokenCount();
        m_tokens.push_back(draft < 0 ? sequence.tokens()[std::size_t(position)]
                                     : sequence.drafts()[std::size_t(draft)]);
        m_positions.push_back(position);
    }
    m_queryStarts.push_back(std::int32_t(m_tokens.size()));
    m_contextLengths.push_back(entry.first + entry.count);
    m_ropeLengths.push_back(sequence.ropeLength());
}

void ModelRunner::appendLogitRows(const StepPlan& plan) {
    m_logitRows.clear();
    for (std::size_t i = 0; i < plan.entries.size(); ++i)
        if (plan.entries[i].samples)
            m_logitRows.push_back(m_queryStarts[i + 1] - 1);
    for (std::size_t i = 0; i < plan.entries.size(); ++i) {
        const PlanEntry& entry = plan.entries[i];
        const std::int32_t end = m_queryStarts[i + 1] - (entry.samples ? 1 : 0);
        for (std::int32_t row = m_queryStarts[i + 1] - entry.logitCount; row < end; ++row)
            m_logitRows.push_back(row);
    }
}

void ModelRunner::fillTables(const StepPlan& plan) {
    for (std::size_t group = 0; group < m_arenas.size(); ++group) {
        std::size_t stride = 1;
        for (const PlanEntry& entry : plan.entries)
            stride = std::max(stride, entry.sequence->cache().tables[group].blocks.size());
        std::vector<std::int32_t>& tables = m_tables[group];
        tables.assign(stride * plan.entries.size(), 0);
        m_firstBlocks[group].clear();
        for (std::size_t i = 0; i < plan.entries.size(); ++i) {
            const BlockTable& table = plan.entries[i].sequence->cache().tables[group];
            std::copy(table.blocks.begin(), table.blocks.end(),
                      tables.begin() + std::ptrdiff_t(i * stride));
            m_firstBlocks[group].push_back(table.firstBlock);
        }
        m_groupTables[group] = {tables.data(), std::int32_t(stride), m_firstBlocks[group].data()};
        if (m_arenas[group]->layout().kind == kernels::KvKind::Cross) {
            m_crossLengths.clear();
            for (const PlanEntry& entry : plan.entries)
                m_crossLengths.push_back(entry.sequence->cache().crossTokens);
            m_groupTables[group].contextLengths = m_crossLengths.data();
        }
    }
}

} // namespace hearth
