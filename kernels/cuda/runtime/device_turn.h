#pragma once

#include "cuda/device/status.h"

#include <cuda_runtime.h>

#include <cstdint>
#include <mutex>

namespace hearth::kernels::cuda {

/// A device and the stream of its steps. Whoever queues work holds the turn, so that the steps of
/// several models don't mix, least of all in a graph that is being recorded.
struct DeviceTurn {
    std::int32_t device = 0;
    cudaStream_t stream = nullptr;
    std::int32_t multiprocessors = 1;
    std::mutex mutex;

    /// Takes the turn and makes the device current in the calling thread.
    class Scope {
    public:
        explicit Scope(DeviceTurn& turn)
            : m_lock(turn.mutex)
            , m_status(toStatus(cudaSetDevice(turn.device))) {}
        [[nodiscard]] Status status() const { return m_status; }

    private:
        std::scoped_lock<std::mutex> m_lock;
        Status m_status;
    };
};

} // namespace hearth::kernels::cuda
