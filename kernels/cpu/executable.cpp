#include "cpu/executable.h"

#include "cpu/kv_arena.h"

#include <algorithm>
#include <new>

namespace hearth::kernels::cpu {

Status CpuExecutable::create(const Program& program,
                             const CompiledProgram::Environment& environment, ThreadPool& pool,
                             std::unique_ptr<Executable>& out) {
    if (!mayAllocate())
        return Status::OutOfMemory;
    std::unique_ptr<CpuExecutable> executable(new CpuExecutable(pool));
    if (const Status status = executable->reserve(program, environment); status != Status::Ok)
        return status;
    out = std::move(executable);
    return Status::Ok;
}

Status CpuExecutable::reserve(const Program& program,
                              const CompiledProgram::Environment& environment) {
    if (const Status status = m_program.compile(program, environment); status != Status::Ok)
        return status;
    m_layouts.assign(environment.kv.begin(), environment.kv.end());
    m_caches.resize(m_layouts.size());
    const StepBounds bounds = stepBounds(program, environment.weights, environment.kv);
    if (const Status status = m_step.reserve(environment.limits, bounds); status != Status::Ok)
        return status;
    if (!m_activations.allocate(std::size_t(m_program.activationFloats())))
        return Status::OutOfMemory;
    if (!m_quantised.reserve(m_program.quantisedBlocks()) ||
        !m_expertCodes.reserve(m_program.expertBlocks()))
        return Status::OutOfMemory;
    m_expertRows.resize(std::size_t(environment.threads));
    for (ExpertRows& rows : m_expertRows)
        if (const Status status = rows.reserve(m_program.expertBounds()); status != Status::Ok)
            return status;
    std::int32_t keyWidth = 1;
    std::int32_t valueWidth = 1;
    for (const KvLayout& layout : m_layouts) {
        keyWidth = std::max(keyWidth, layout.keyWidth);
        valueWidth = std::max(valueWidth,
                              layout.kind == KvKind::Latent ? layout.keyWidth : layout.valueWidth);
    }
    m_attention.resize(std::size_t(environment.threads));
    for (AttentionScratch& scratch : m_attention)
        if (const Status status = scratch.reserve(keyWidth, valueWidth); status != Status::Ok)
            return status;
    if (!m_program.logits().place)
        return Status::Ok;
    return m_sampler.reserve(m_program.logits().width, environment.threads, environment.feature);
}

std::size_t CpuExecutable::scratchBytes() const {
    std::size_t total = m_activations.bytes() + m_quantised.bytes() + m_expertCodes.bytes() +
                        m_step.bytes() + m_sampler.bytes() + m_program.tableBytes();
    for (const AttentionScratch& scratch : m_attention)
        total += scratch.bytes();
    for (const ExpertRows& rows : m_expertRows)
        total += rows.bytes();
    return total;
}

Status CpuExecutable::stage(const HostStep& step) {
    m_hasRun = false;
    if (const Status status = m_step.stage(step); status != Status::Ok)
        return status;
    for (AttentionPlan& plan : m_program.plans())
        plan.build(m_step.sequences(plan.shape().kvGroup));
    return Status::Ok;
}

Status CpuExecutable::bindCaches(std::span<KvArena* const> arenas) {
    if (arenas.size() != m_layouts.size())
        return Status::InvalidArgument;
    for (std::size_t group = 0; group < arenas.size(); ++group) {
        const auto* arena = dynamic_cast<const CpuKvArena*>(arenas[group]);
        if (!arena || arena->layout() != m_layouts[group] ||
            arena->capacity() < m_step.blocksNeeded(static_cast<std::int32_t>(group)))
            return Status::InvalidArgument;
        m_caches[group] = arena->base();
    }
    return Status::Ok;
}

StepContext CpuExecutable::context() {
    return {m_step,         m_activations.data(), m_caches.data(), &m_quantised, m_attention.data(),
            &m_expertCodes, m_expertRows.data()};
}

Status CpuExecutable::run(std::span<KvArena* const> arenas) {
    m_hasRun = false;
    if (!m_step.staged())
        return Status::InvalidArgument;
    if (const Status status = bindCaches(arenas); status != Status::Ok)
        return status;
    const StepContext step = context();
    m_pool.run([&](ThreadPool::Worker& worker) {
        for (const std::unique_ptr<Phase>& phase : m_program.phases()) {
            if (!phase->wanted(m_step))
                continue;
            phase->run(worker, step);
            worker.barrier();
        }
    });
    m_hasRun = true;
    return Status::Ok;
}

Status CpuExecutable::sample(std::span<const SamplingRow> rows, std::span<SampleResult> results) {
    const Operand& logits = m_program.logits();
    if (!m_hasRun || !logits.place || results.size() != rows.size() ||
        rows.size() > std::size_t(m_step.logitCount()))
        return Status::InvalidArgument;
    try {
        return m_sampler.sample(
            m_pool, {context().row(logits, 0), logits.place->stride, logits.width}, rows, results);
    } catch (const std::bad_alloc&) {
        return Status::OutOfMemory;
    }
}

Status CpuExecutable::copyRows(const Operand& operand, std::span<float> out) {
    if (!operand.place)
        return Status::Unsupported;
    const std::int32_t rows = m_step.rows(operand.place->rows);
    if (!m_hasRun || out.size() != std::size_t(rows) * std::size_t(operand.width))
        return Status::InvalidArgument;
    for (std::int32_t row = 0; row < rows; ++row)
        std::copy_n(context().row(operand, row), operand.width,
                    out.data() + std::ptrdiff_t{row} * operand.width);
    return Status::Ok;
}

Status CpuExecutable::readLogits(std::span<float> out) {
    return copyRows(m_program.logits(), out);
}

Status CpuExecutable::readHidden(std::span<float> out) {
    return copyRows(m_program.hidden(), out);
}

} // namespace hearth::kernels::cpu
