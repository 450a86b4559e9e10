#pragma once

#include "hearth/kernels/status.h"

#include <cstddef>
#include <cstdint>

namespace hearth {

/// The ranks of a tensor-parallel group, as one of them sees it. Used by that rank's engine thread.
class Communicator {
public:
    virtual ~Communicator() = default;

    [[nodiscard]] virtual std::int32_t rank() const = 0;
    [[nodiscard]] virtual std::int32_t ranks() const = 0;
    /// Sums `count` floats of device memory over all ranks, in place, in the order of the steps.
    virtual kernels::Status allReduceSum(float* values, std::size_t count) = 0;
};

/// A group of one.
class SingleRank final : public Communicator {
public:
    [[nodiscard]] std::int32_t rank() const override { return 0; }
    [[nodiscard]] std::int32_t ranks() const override { return 1; }
    kernels::Status allReduceSum(float* /*values*/, std::size_t /*count*/) override {
        return kernels::Status::Ok;
    }
};

} // namespace hearth
