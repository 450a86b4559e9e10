// Streams, events, graphs and launches. Work is done when it is submitted, unless it is recorded.

#include "stream.h"

#include "block_runner.h"
#include "device_state.h"

#include <algorithm>
#include <chrono>
#include <map>
#include <memory>
#include <mutex>
#include <thread>
#include <utility>
#include <vector>

namespace {

using Clock = std::chrono::steady_clock;

/// What one or several streams that events have joined record.
struct Capture {
    std::vector<std::function<void()>> work;
    cudaStream_t origin = nullptr;
    std::vector<cudaStream_t> streams;
    cudaStreamCaptureMode mode = cudaStreamCaptureModeGlobal;
    std::thread::id thread;
    bool broken = false;
};

// Guards the captures and the kernels' shared memory limits.
std::mutex g_mutex;
std::vector<std::shared_ptr<Capture>> g_captures;
std::map<const void*, std::size_t> g_sharedLimits;

} // namespace

struct CUstream_st {
    std::shared_ptr<Capture> capture;
};
struct CUevent_st {
    std::shared_ptr<Capture> capture;
    Clock::time_point time;
    bool timed = true;
    bool recorded = false;
};
struct CUgraph_st {
    std::vector<std::function<void()>> work;
};
struct CUgraphExec_st {
    std::vector<std::function<void()>> work;
};

namespace hearth::kernels::cuda::emulation {

namespace {

constexpr std::size_t kSharedBytes = 48 * 1024;
constexpr std::size_t kMostSharedBytes = 227 * 1024;

bool isDefault(cudaStream_t stream) {
    return !stream || stream == cudaStreamLegacy || stream == cudaStreamPerThread;
}

std::shared_ptr<Capture> captureOf(cudaStream_t stream) {
    const std::lock_guard lock(g_mutex);
    return isDefault(stream) ? nullptr : stream->capture;
}

cudaError_t checkLaunch(const Launch& launch) {
    const dim3 grid = launch.grid;
    const dim3 block = launch.block;
    const std::size_t threads = std::size_t{block.x} * block.y * block.z;
    if (grid.x == 0 || grid.y == 0 || grid.z == 0 || grid.x > 0x7fffffffu || grid.y > 65535 ||
        grid.z > 65535 || threads == 0 || threads > 1024 || block.z > 64)
        return cudaErrorInvalidConfiguration;
    const std::lock_guard lock(g_mutex);
    const auto limit = g_sharedLimits.find(launch.kernel);
    if (launch.sharedBytes > (limit == g_sharedLimits.end() ? kSharedBytes : limit->second))
        return cudaErrorInvalidValue;
    return cudaSuccess;
}

} // namespace

bool captureForbids() {
    const std::lock_guard lock(g_mutex);
    return std::any_of(g_captures.begin(), g_captures.end(), [](const auto& capture) {
        return capture->mode == cudaStreamCaptureModeGlobal ||
               (capture->mode == cudaStreamCaptureModeThreadLocal &&
                capture->thread == std::this_thread::get_id());
    });
}

cudaError_t submit(cudaStream_t stream, std::function<void()> work) {
    if (const cudaError_t error = stickyError(); error != cudaSuccess)
        return error;
    if (const auto capture = captureOf(stream)) {
        const std::lock_guard lock(g_mutex);
        capture->work.push_back(std::move(work));
        return cudaSuccess;
    }
    work();
    return stickyError();
}

cudaError_t launchKernel(const Launch& launch, cudaStream_t stream, std::function<void()> body) {
    if (const cudaError_t error = checkLaunch(launch); error != cudaSuccess)
        return finish(error);
    return finish(submit(stream, [launch, body = std::move(body)] {
        if (countLaunch() == cudaSuccess)
            blockRunner().run(launch, body);
    }));
}

cudaError_t launchHost(cudaStream_t stream, std::function<void()> work) {
    return finish(submit(stream, [work = std::move(work)] {
        if (countLaunch() == cudaSuccess)
            work();
    }));
}

} // namespace hearth::kernels::cuda::emulation

using namespace hearth::kernels::cuda::emulation;

extern "C" {

cudaError_t cudaFuncSetAttribute(const void* kernel, cudaFuncAttribute attribute, int value) {
    if (attribute != cudaFuncAttributeMaxDynamicSharedMemorySize)
        return finish(cudaSuccess);
    if (value < 0 || static_cast<std::size_t>(value) > kMostSharedBytes)
        return finish(cudaErrorInvalidValue);
    const std::lock_guard lock(g_mutex);
    g_sharedLimits[kernel] = std::max(kSharedBytes, static_cast<std::size_t>(value));
    return finish(cudaSuccess);
}

cudaError_t cudaFuncGetAttributes(cudaFuncAttributes* attributes, const void*) {
    *attributes = {};
    attributes->maxThreadsPerBlock = 1024;
    return finish(cudaSuccess);
}

cudaError_t cudaStreamCreateWithFlags(cudaStream_t* stream, unsigned) {
    *stream = nullptr;
    if (const cudaError_t error = finish(cudaSuccess); error != cudaSuccess)
        return error;
    *stream = new CUstream_st;
    countObject(1);
    return cudaSuccess;
}

cudaError_t cudaStreamCreateWithPriority(cudaStream_t* stream, unsigned flags, int) {
    return cudaStreamCreateWithFlags(stream, flags);
}

cudaError_t cudaStreamDestroy(cudaStream_t stream) {
    if (isDefault(stream))
        return finish(cudaErrorInvalidResourceHandle);
    delete stream;
    countObject(-1);
    return finish(cudaSuccess);
}

cudaError_t cudaStreamSynchronize(cudaStream_t stream) {
    if (const auto capture = captureOf(stream)) {
        const std::lock_guard lock(g_mutex);
        capture->broken = true;
        return finish(cudaErrorStreamCaptureUnsupported);
    }
    return finish(cudaSuccess);
}

cudaError_t cudaStreamQuery(cudaStream_t stream) {
    return cudaStreamSynchronize(stream);
}

cudaError_t cudaDeviceSynchronize() {
    return finish(captureForbids() ? cudaErrorStreamCaptureUnsupported : cudaSuccess);
}

cudaError_t cudaStreamWaitEvent(cudaStream_t stream, cudaEvent_t event, unsigned) {
    const std::lock_guard lock(g_mutex);
    if (event->capture && !isDefault(stream) && stream->capture != event->capture) {
        if (stream->capture)
            return finish(cudaErrorStreamCaptureMerge);
        stream->capture = event->capture;
        event->capture->streams.push_back(stream);
    }
    return finish(cudaSuccess);
}

cudaError_t cudaEventCreateWithFlags(cudaEvent_t* event, unsigned flags) {
    *event = nullptr;
    if (const cudaError_t error = finish(cudaSuccess); error != cudaSuccess)
        return error;
    *event = new CUevent_st;
    (*event)->timed = (flags & cudaEventDisableTiming) == 0;
    countObject(1);
    return cudaSuccess;
}

cudaError_t cudaEventCreate(cudaEvent_t* event) {
    return cudaEventCreateWithFlags(event, cudaEventDefault);
}

cudaError_t cudaEventRecord(cudaEvent_t event, cudaStream_t stream) {
    event->capture = captureOf(stream);
    event->time = Clock::now();
    event->recorded = true;
    return finish(cudaSuccess);
}

cudaError_t cudaEventSynchronize(cudaEvent_t event) {
    return finish(event->capture ? cudaErrorCapturedEvent : cudaSuccess);
}

cudaError_t cudaEventQuery(cudaEvent_t event) {
    return cudaEventSynchronize(event);
}

cudaError_t cudaEventElapsedTime(float* milliseconds, cudaEvent_t start, cudaEvent_t end) {
    if (!start->timed || !end->timed || !start->recorded || !end->recorded)
        return finish(cudaErrorInvalidResourceHandle);
    *milliseconds = std::chrono::duration<float, std::milli>(end->time - start->time).count();
    return finish(cudaSuccess);
}

cudaError_t cudaEventDestroy(cudaEvent_t event) {
    delete event;
    countObject(-1);
    return finish(cudaSuccess);
}

cudaError_t cudaStreamBeginCapture(cudaStream_t stream, cudaStreamCaptureMode mode) {
    if (isDefault(stream))
        return finish(cudaErrorStreamCaptureUnsupported);
    const std::lock_guard lock(g_mutex);
    if (stream->capture)
        return finish(cudaErrorIllegalState);
    auto capture = std::make_shared<Capture>();
    capture->origin = stream;
    capture->streams = {stream};
    capture->mode = mode;
    capture->thread = std::this_thread::get_id();
    g_captures.push_back(capture);
    stream->capture = std::move(capture);
    return finish(cudaSuccess);
}

cudaError_t cudaStreamEndCapture(cudaStream_t stream, cudaGraph_t* graph) {
    *graph = nullptr;
    const auto capture = captureOf(stream);
    if (!capture || capture->origin != stream)
        return finish(cudaErrorStreamCaptureUnmatched);
    {
        const std::lock_guard lock(g_mutex);
        for (const cudaStream_t joined : capture->streams)
            joined->capture = nullptr;
        std::erase(g_captures, capture);
    }
    if (capture->broken)
        return finish(cudaErrorStreamCaptureInvalidated);
    if (const cudaError_t error = finish(cudaSuccess); error != cudaSuccess)
        return error;
    *graph = new CUgraph_st{std::move(capture->work)};
    countObject(1);
    return cudaSuccess;
}

cudaError_t cudaStreamIsCapturing(cudaStream_t stream, cudaStreamCaptureStatus* status) {
    const auto capture = captureOf(stream);
    *status = !capture          ? cudaStreamCaptureStatusNone
              : capture->broken ? cudaStreamCaptureStatusInvalidated
                                : cudaStreamCaptureStatusActive;
    return finish(cudaSuccess);
}

cudaError_t cudaThreadExchangeStreamCaptureMode(cudaStreamCaptureMode* mode) {
    *mode = cudaStreamCaptureModeGlobal;
    return finish(cudaSuccess);
}

cudaError_t cudaGraphInstantiate(cudaGraphExec_t* executable, cudaGraph_t graph,
                                 unsigned long long) {
    *executable = nullptr;
    if (const cudaError_t error = finish(cudaSuccess); error != cudaSuccess)
        return error;
    *executable = new CUgraphExec_st{graph->work};
    countObject(1);
    return cudaSuccess;
}

cudaError_t cudaGraphGetNodes(cudaGraph_t graph, cudaGraphNode_t*, std::size_t* count) {
    *count = graph->work.size();
    return finish(cudaSuccess);
}

cudaError_t cudaGraphUpload(cudaGraphExec_t, cudaStream_t) {
    return finish(cudaSuccess);
}

cudaError_t cudaGraphLaunch(cudaGraphExec_t executable, cudaStream_t stream) {
    countGraphLaunch();
    return finish(submit(stream, [work = executable->work] {
        for (const auto& step : work)
            step();
    }));
}

cudaError_t cudaGraphDestroy(cudaGraph_t graph) {
    delete graph;
    countObject(-1);
    return finish(cudaSuccess);
}

cudaError_t cudaGraphExecDestroy(cudaGraphExec_t executable) {
    delete executable;
    countObject(-1);
    return finish(cudaSuccess);
}

} // extern "C"
