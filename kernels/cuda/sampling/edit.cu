#include "cuda/device/launch.h"
#include "cuda/sampling/row_task.h"

namespace hearth::kernels::cuda {

namespace {

constexpr std::int32_t kThreads = 256;
constexpr std::int32_t kSliceTokens = kThreads * 8;

__device__ bool isAllowed(const EditTask& task, std::int32_t token) {
    if (task.allowedWords < 0)
        return true;
    const std::int32_t word = token / 32;
    return word < task.allowedWords && (task.allowed[word] >> (token % 32) & 1) != 0;
}

/// A number that isn't finite stays, as NaN, even where the mask forbids its token.
__device__ float masked(const EditTask& task, std::int32_t token, float logit, bool finite) {
    if (!finite)
        return NAN;
    return isAllowed(task, token) ? logit : -INFINITY;
}

// A block takes a slice of blockIdx.y's row: copies it, then rewrites the tokens that have edits.
__global__ void __launch_bounds__(kThreads)
    editKernel(const EditTask* tasks, std::int32_t vocabulary) {
    const EditTask task = tasks[blockIdx.y];
    const std::int32_t begin = static_cast<std::int32_t>(blockIdx.x) * kSliceTokens;
    const std::int32_t end = min(vocabulary, begin + kSliceTokens);
    const auto thread = static_cast<std::int32_t>(threadIdx.x);
    for (std::int32_t token = begin + thread; token < end; token += kThreads) {
        const float logit = task.in[token];
        task.out[token] = masked(task, token, logit, logit < INFINITY);
    }
    __syncthreads();
    for (std::int32_t i = thread; i < task.editCount; i += kThreads) {
        const TokenEdit edit = task.edits[i];
        if (edit.token < begin || edit.token >= end)
            continue;
        float logit = task.in[edit.token];
        bool finite = logit < INFINITY;
        logit += edit.bias;
        finite = finite && logit < INFINITY;
        if (edit.penalised != 0) {
            logit = logit > 0.0F ? logit / task.repetition : logit * task.repetition;
            logit -= edit.penalty;
            finite = finite && logit < INFINITY;
        }
        task.out[edit.token] = masked(task, edit.token, logit, finite);
    }
}

} // namespace

Status editRows(cudaStream_t stream, const EditTask* tasks, std::int32_t rows,
                std::int32_t vocabulary) {
    const auto slices = static_cast<unsigned>((vocabulary + kSliceTokens - 1) / kSliceTokens);
    return launch(editKernel, dim3(slices, static_cast<unsigned>(rows)), dim3(kThreads), 0, stream,
                  tasks, vocabulary);
}

} // namespace hearth::kernels::cuda
