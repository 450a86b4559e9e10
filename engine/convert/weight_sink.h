#pragma once

#include "hearth/kernels/backend.h"
#include "hearth/result.h"
#include "models/weight_request.h"

#include <memory>
#include <optional>
#include <span>

namespace hearth {

/// A backend that computes nothing: whatever loadWeights() gathers of a checkpoint, format after
/// format unpacked as a device would get it, goes to take(), one weight at a time and in order.
class WeightSink : public kernels::Backend {
public:
    /// A weight's rows, joined. Vectors are one row, or one column.
    virtual Result<void> take(WeightShape shape, std::span<const kernels::WeightSource> parts) = 0;

    /// What take() failed with; loadWeights() then fails too, with less to say.
    [[nodiscard]] const std::optional<Error>& error() const { return m_error; }

    [[nodiscard]] kernels::DeviceInfo device() const final { return {}; }
    [[nodiscard]] double measure(kernels::Ceiling ceiling) final;
    kernels::Status packMatrix(std::span<const kernels::WeightSource> parts,
                               std::unique_ptr<kernels::PackedWeight>& out) final;
    kernels::Status packVector(std::span<const kernels::WeightSource> parts,
                               std::unique_ptr<kernels::PackedWeight>& out) final;
    kernels::Status createKvArena(const kernels::KvLayout& layout, std::int32_t maximumBlocks,
                                  std::unique_ptr<kernels::KvArena>& out) final;
    kernels::Status prepare(const kernels::Program& program,
                            std::span<const kernels::PackedWeight* const> weights,
                            std::span<const kernels::KvLayout> kv,
                            const kernels::ExecutionLimits& limits,
                            std::unique_ptr<kernels::Executable>& out) final;

private:
    kernels::Status forward(WeightShape shape, std::span<const kernels::WeightSource> parts,
                            std::unique_ptr<kernels::PackedWeight>& out);

    std::optional<Error> m_error;
};

} // namespace hearth
