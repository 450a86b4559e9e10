#pragma once

#include "cache/kv_manager.h"
#include "hearth/kernels/backend.h"
#include "hearth/result.h"
#include "runtime/encoder_runner.h"
#include "runtime/loaded_model.h"
#include "runtime/memory_budget.h"
#include "runtime/parallel/communicator.h"
#include "scheduling/scheduler.h"

#include <cstdint>
#include <memory>
#include <span>
#include <vector>

namespace hearth {

struct RunnerOptions {
    std::int32_t contextTokens = 0; ///< Tokens a sequence.
    std::int32_t stepTokens = 0;    ///< Tokens a step.
    std::int32_t maxSequences = 0;  ///< Sequences a step.
    std::int32_t kvBlocks = 0;      ///< The most that the pool may grow to.
    bool promptLogits = false;      ///< Steps may want logits of every token.
    bool deterministic = false;

    /// Rows of logits a step: one a sequence and some for prompts whose logprobs are asked for.
    [[nodiscard]] std::int32_t logitRows() const {
        constexpr std::int32_t kPromptRows = 64;
        return maxSequences + (promptLogits ? stepTokens : kPromptRows);
    }
};

/// One rank's share of a model, ready to run steps: the prepared program, the memory of the KV
/// cache and the block tables over it. Used by the engine thread alone.
class ModelRunner {
public:
    /// The model, the backend and the budget must outlive the runner. Errors: OutOfMemory.
    static Result<std::unique_ptr<ModelRunner>>
    create(const LoadedModel& model, kernels::Backend& backend, MemoryBudget& budget,
           std::unique_ptr<Communicator> communicator, const RunnerOptions& options);

    [[nodiscard]] KvManager& cache() { return *m_cache; }

    /// Runs a step. Logit rows: first one a sampling entry, in the order of the plan, then the
    /// other rows that the plan wants, in order.
    kernels::Status run(const StepPlan& plan);
    kernels::Status sample(std::span<const kernels::SamplingRow> rows,
                           std::span<kernels::SampleResult> results) {
        return m_executable->sample(rows, results);
    }
    /// Logits of the last step, [rows, vocabulary].
    kernels::Status readLogits(std::span<float> out) { return m_executable->readLogits(out); }

    /// Gives memory of unused blocks back to the budget, cached prefixes included.
    void trim();
    /// Lets the pool try to grow to its full size again, after memory was short.
    void restoreLimits();

private:
    ModelRunner(std::unique_ptr<Communicator> communicator, MemoryBudget& budget)
        : m_communicator(std::move(communicator)), m_kvMemory(budget), m_scratchMemory(budget) {}

    Result<void> createArenas(const LoadedModel& model, kernels::Backend& backend,
                              const MemoryBudget& budget, const RunnerOptions& options);
    Result<void> createEncoder(const LoadedModel& model, kernels::Backend& backend,
                               MemoryBudget& budget, const RunnerOptions& options);
    Result<void> prepare(const LoadedModel& model, kernels::Backend& backend,
                         const MemoryBudget& budget, const RunnerOptions& options);
    /// Where it fails, the capacity stays as it was.
    [[nodiscard]] kernels::Status growArena(std::int32_t group, std::int32_t blocks);
    /// Fills the Cross group of the sequences that begin.
    kernels::Status encode(const StepPlan& plan);
    kernels::Status stage(const StepPlan& plan);
    void appendEntry(const PlanEntry& entry);
    void appendLogitRows(const StepPlan& plan);
    void fillTables(const StepPlan& plan);

    std::unique_ptr<Communicator> m_communicator;
    MemoryReservation m_kvMemory;
    MemoryReservation m_scratchMemory;
    std::int32_t m_kvBlocks = 0; ///< RunnerOptions::kvBlocks.
    std::vector<std::unique_ptr<kernels::KvArena>> m_arenas;
    std::vector<kernels::KvArena*> m_arenaPointers;
    std::unique_ptr<kernels::Executable> m_executable;
    std::unique_ptr<KvManager> m_cache;
    std::unique_ptr<EncoderRunner> m_encoder; ///< Of encoder–decoders only.

    // The step being staged; kept for their capacity.
    std::vector<std::int32_t> m_tokens;
    std::vector<std::int32_t> m_positions;
    std::vector<std::int32_t> m_queryStarts;
    std::vector<std::int32_t> m_contextLengths;
    std::vector<std::int32_t> m_logitRows;
    std::vector<std::int32_t> m_ropeLengths;
    std::vector<std::vector<std::int32_t>> m_tables;      ///< A group: [sequences, stride].
    std::vector<std::vector<std::int32_t>> m_firstBlocks; ///< A group: [sequences].
    std::vector<std::int32_t> m_crossLengths;             ///< [sequences]
    std::vector<kernels::GroupTables> m_groupTables;
};

} // namespace hearth
