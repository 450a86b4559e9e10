#pragma once

#include "hearth/kernels/backend.h"
#include "hearth/result.h"
#include "runtime/memory_budget.h"

#include <cstdint>
#include <memory>
#include <span>
#include <vector>

namespace hearth {

/// A text that is computed whole in one step.
struct EncoderInput {
    std::span<const std::int32_t> tokens;      ///< At least one.
    std::span<const std::int32_t> crossBlocks; ///< Where its Cross group's tokens go; else empty.
    std::int32_t ropeLength = 0; ///< HostStep::ropeLengths.
};

struct EncoderRunnerOptions {
    std::int32_t stepTokens = 0;   ///< Tokens a step: the longest text at least.
    std::int32_t maxSequences = 0; ///< Texts a step.
    bool deterministic = false;
};

/// Runs a program over texts that each begin and end in one step. Keys and values live for the
/// step only, in arenas of its own; a Cross group's go to an arena of the caller's. Used by one
/// thread at a time.
class EncoderRunner {
public:
    /// `weights`, backend and budget must outlive the runner. At most one group is Cross, the
    /// last. Errors: OutOfMemory, Unsupported, DeviceLost.
    static Result<std::unique_ptr<EncoderRunner>>
    create(const kernels::Program& program,
           std::span<const kernels::PackedWeight* const> weights,
           std::span<const kernels::KvLayout> kv, kernels::Backend& backend, MemoryBudget& budget,
           const EncoderRunnerOptions& options);

    /// How many of the texts, from the first on, fit into one step.
    [[nodiscard]] std::size_t fitting(std::span<const EncoderInput> texts) const;

    /// Computes texts that fit one step. `cross` is the arena of the Cross group, null if there is
    /// none. The step may still run when this returns; what the device does later waits for it.
    kernels::Status run(std::span<const EncoderInput> texts, kernels::KvArena* cross);
    /// Hidden states of the last step, [tokens of all texts, width]. Waits for the device.
    kernels::Status readHidden(std::span<float> out) { return m_executable->readHidden(out); }

private:
    EncoderRunner(MemoryBudget& budget, const EncoderRunnerOptions& options)
        : m_options(options), m_kvMemory(budget), m_scratchMemory(budget) {}

    Result<void> createArenas(std::span<const kernels::KvLayout> kv, kernels::Backend& backend,
                              const MemoryBudget& budget);
    kernels::Status stage(std::span<const EncoderInput> texts);
    void fillOwnTable(std::size_t group, std::span<const EncoderInput> texts);
    void fillCrossTable(std::size_t group, std::span<const EncoderInput> texts);

    const EncoderRunnerOptions m_options;
    MemoryReservation m_kvMemory;
    MemoryReservation m_scratchMemory;
    std::vector<std::unique_ptr<kernels::KvArena>> m_arenas; ///< Null for the Cross group.
    std::vector<kernels::KvArena*> m_arenaPointers;
    std::vector<std::int32_t> m_blockTokens; ///< [groups]
    std::unique_ptr<kernels::Executable> m_executable;

    // The step being staged; kept for their capacity.
    std::vector<std::int32_t> m_tokens;
    std::vector<std::int32_t> m_positions;
    std::vector<std::int32_t> m_queryStarts;
    std::vector<std::int32_t> m_lengths;
    std::vector<std::int32_t> m_ropeLengths;
    std::vector<std::vector<std::int32_t>> m_tables; ///< A group: [sequences, stride].
    std::vector<kernels::GroupTables> m_groupTables;
};

} // namespace hearth
