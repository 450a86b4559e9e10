#pragma once

#include "common/staged_step.h"
#include "cuda/device/cublas.h"
#include "cuda/device/memory.h"
#include "cuda/runtime/compiled_program.h"
#include "cuda/runtime/device_turn.h"
#include "cuda/runtime/recorded_steps.h"
#include "cuda/runtime/step_buffers.h"
#include "cuda/sampling/sampler.h"
#include "hearth/kernels/backend.h"

#include <cstdint>
#include <memory>
#include <span>
#include <vector>

namespace hearth::kernels::cuda {

/// A compiled program with its scratch memory. Steps in which every sequence has one token are
/// recorded as CUDA graphs, one a bucket of batch size and context, and replayed; other steps are
/// launched operation by operation.
class CudaExecutable final : public Executable {
public:
    /// `program` must have passed checkProgram(); `turn` and `cublas` must outlive the executable.
    [[nodiscard]] static Status create(const Program& program,
                                       const CompiledProgram::Environment& environment,
                                       DeviceTurn& turn, Cublas& cublas,
                                       std::unique_ptr<Executable>& out);
    ~CudaExecutable() override;

    [[nodiscard]] std::size_t scratchBytes() const override;
    Status stage(const HostStep& step) override;
    Status run(std::span<KvArena* const> arenas) override;
    Status sample(std::span<const SamplingRow> rows, std::span<SampleResult> results) override;
    Status readLogits(std::span<float> out) override;
    Status readHidden(std::span<float> out) override;

private:
    CudaExecutable(DeviceTurn& turn, Cublas& cublas)
        : m_turn(turn)
        , m_cublas(cublas) {}

    [[nodiscard]] Status reserve(const Program& program,
                                 const CompiledProgram::Environment& environment);
    /// The staged step's shape, or the bucket that it is replayed in.
    [[nodiscard]] StepShape shapeOf(const HostStep& step) const;
    [[nodiscard]] Status bindCaches(std::span<KvArena* const> arenas);
    [[nodiscard]] RunContext context();
    /// Copies to device memory and waits until it is there.
    template<typename T>
    [[nodiscard]] Status upload(std::span<const T> values, DeviceBuffer<T>& out);
    [[nodiscard]] Status readRows(const Operand& operand, std::span<float> out);

    DeviceTurn& m_turn;
    Cublas& m_cublas;
    ExecutionLimits m_limits;
    CompiledProgram m_program;
    StagedStep m_step;
    StepBuffers m_buffers;
    StepShape m_shape;       ///< Of the staged step.
    bool m_isDecode = false; ///< The staged step can be replayed.
    RecordedSteps m_recorded;
    std::unique_ptr<CudaSampler> m_sampler;
    std::int32_t m_samplerRows = 0;
    std::vector<KvLayout> m_layouts;
    std::vector<std::byte*> m_caches;
    DeviceBuffer<std::byte> m_activations;
    DeviceBuffer<std::byte> m_scratch;
    DeviceBuffer<float> m_constants;
    DeviceBuffer<GroupEntry> m_groupEntries;
    DeviceBuffer<std::int32_t> m_tickets; ///< AttentionContext::tickets.
    bool m_isUploaded = false; ///< The staged step's metadata is on the device, or on its way.
    bool m_hasRun = false;     ///< The staged step's results are there, or under way.
};

} // namespace hearth::kernels::cuda
