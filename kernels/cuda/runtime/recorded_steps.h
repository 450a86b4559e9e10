#pragma once

#include "cuda/device/status.h"
#include "cuda/runtime/step_buffers.h"

#include <cuda_runtime.h>

#include <cstdint>
#include <functional>
#include <list>

namespace hearth::kernels::cuda {

/// CUDA graphs of steps, one a shape; those that were not replayed for longest go first.
class RecordedSteps {
public:
    RecordedSteps() = default;
    RecordedSteps(const RecordedSteps&) = delete;
    RecordedSteps& operator=(const RecordedSteps&) = delete;
    ~RecordedSteps() { clear(); }

    /// Replays the step of `shape`; records it first, by what `launchAll` queues, where there is
    /// none. A device that cannot record gets the launches themselves.
    [[nodiscard]] Status run(const StepShape& shape, cudaStream_t stream,
                             const std::function<Status()>& launchAll);
    /// To be called when addresses that were recorded change.
    void clear();

private:
    struct Recorded {
        StepShape shape;
        cudaGraphExec_t graph = nullptr;
    };
    [[nodiscard]] static Status
    record(cudaStream_t stream, const std::function<Status()>& launchAll, cudaGraphExec_t& out);

    std::list<Recorded> m_recorded; ///< Latest first.
};

} // namespace hearth::kernels::cuda
