#include "cuda/runtime/recorded_steps.h"

#include <algorithm>

namespace hearth::kernels::cuda {

namespace {

// A graph of a 32-layer model takes a few MB of host and device memory.
constexpr std::size_t kMostGraphs = 64;

} // namespace

Status RecordedSteps::run(const StepShape& shape, cudaStream_t stream,
                          const std::function<Status()>& launchAll) {
    auto found = std::find_if(m_recorded.begin(), m_recorded.end(),
                              [&](const Recorded& one) { return one.shape == shape; });
    if (found == m_recorded.end()) {
        if (m_recorded.size() >= kMostGraphs) {
            static_cast<void>(cudaGraphExecDestroy(m_recorded.back().graph));
            m_recorded.pop_back();
        }
        cudaGraphExec_t graph = nullptr;
        const Status status = record(stream, launchAll, graph);
        // What could not be recorded for want of memory can still be launched.
        if (status == Status::OutOfMemory || status == Status::Unsupported)
            return launchAll();
        HEARTH_CUDA_TRY(status);
        m_recorded.push_front({shape, graph});
    } else {
        m_recorded.splice(m_recorded.begin(), m_recorded, found);
    }
    return toStatus(cudaGraphLaunch(m_recorded.front().graph, stream));
}

Status RecordedSteps::record(cudaStream_t stream, const std::function<Status()>& launchAll,
                             cudaGraphExec_t& out) {
    Status launched = toStatus(cudaStreamBeginCapture(stream, cudaStreamCaptureModeThreadLocal));
    if (launched == Status::Ok)
        launched = launchAll();
    // Whatever went wrong, the stream must not stay in capture.
    cudaGraph_t graph = nullptr;
    Status status = toStatus(cudaStreamEndCapture(stream, &graph));
    if (launched != Status::Ok)
        status = launched;
    if (status == Status::Ok)
        status = toStatus(cudaGraphInstantiate(&out, graph, 0));
    if (graph)
        static_cast<void>(cudaGraphDestroy(graph));
    return status;
}

void RecordedSteps::clear() {
    for (const Recorded& one : m_recorded)
        static_cast<void>(cudaGraphExecDestroy(one.graph));
    m_recorded.clear();
}

} // namespace hearth::kernels::cuda
