#pragma once

#include "common/staged_step.h"
#include "cpu/compiled_program.h"
#include "cpu/sampler.h"
#include "cpu/thread_pool.h"
#include "hearth/kernels/backend.h"

#include <memory>
#include <span>
#include <vector>

namespace hearth::kernels::cpu {

/// A compiled program with its scratch memory; a step is one parallel region.
class CpuExecutable final : public Executable {
public:
    /// `program` must have passed checkProgram(). `pool` must outlive the executable.
    [[nodiscard]] static Status create(const Program& program,
                                       const CompiledProgram::Environment& environment,
                                       ThreadPool& pool, std::unique_ptr<Executable>& out);

    [[nodiscard]] std::size_t scratchBytes() const override;
    Status stage(const HostStep& step) override;
    Status run(std::span<KvArena* const> arenas) override;
    Status sample(std::span<const SamplingRow> rows, std::span<SampleResult> results) override;
    Status readLogits(std::span<float> out) override;
    Status readHidden(std::span<float> out) override;

private:
    explicit CpuExecutable(ThreadPool& pool)
        : m_pool(pool) {}

    [[nodiscard]] Status reserve(const Program& program,
                                 const CompiledProgram::Environment& environment);
    [[nodiscard]] Status bindCaches(std::span<KvArena* const> arenas);
    [[nodiscard]] StepContext context();
    [[nodiscard]] Status copyRows(const Operand& operand, std::span<float> out);

    ThreadPool& m_pool;
    CompiledProgram m_program;
    StagedStep m_step;
    Sampler m_sampler;
    std::vector<KvLayout> m_layouts;
    std::vector<std::byte*> m_caches;
    std::vector<AttentionScratch> m_attention;
    QuantisedActivations m_quantised;
    QuantisedActivations m_expertCodes;
    std::vector<ExpertRows> m_expertRows; ///< One a thread.
    Buffer<float> m_activations;
    bool m_hasRun = false; ///< The staged step's results are there.
};

} // namespace hearth::kernels::cpu
