#include "cuda/device/launch.h"
#include "cuda/sampling/ordered_logit.cuh"
#include "cuda/sampling/row_task.h"

namespace hearth::kernels::cuda {

namespace {

constexpr std::int32_t kThreads = 256;
constexpr std::int32_t kWarps = kThreads / 32;
constexpr std::int32_t kLoads = kChunkTokens / 32;

/// Larger for a larger logit, and among equals for a smaller token.
__device__ Ordered rankOf(float logit, std::int32_t token) {
    return Ordered{orderedBits(logit)} << 32 | (0xffffffffU - static_cast<std::uint32_t>(token));
}

__device__ Ordered warpMaximum(Ordered value) {
    for (std::int32_t offset = 16; offset > 0; offset /= 2)
        value = max(value, __shfl_xor_sync(0xffffffffU, value, offset));
    return value;
}

__device__ RowOutcome outcomeOf(Ordered best) {
    RowOutcome outcome;
    const auto bits = static_cast<std::uint32_t>(best >> 32);
    if (bits == kOrderedNan)
        outcome.status = SampleStatus::NonFinite;
    else if (bits <= kOrderedLowest)
        outcome.status = SampleStatus::NothingAllowed;
    else
        outcome.token = static_cast<std::int32_t>(0xffffffffU - static_cast<std::uint32_t>(best));
    outcome.maximum = fromOrderedBits(bits);
    return outcome;
}

// A warp takes a chunk of blockIdx.y's row. The block that comes to its end last takes the largest
// of the chunks' maxima.
__global__ void __launch_bounds__(kThreads)
    likeliestKernel(LikeliestInput input, std::int32_t chunks, Ordered* chunkMaxima,
                    std::uint32_t* blocksDone, RowOutcome* outcomes) {
    __shared__ Ordered warpMaxima[kWarps];
    __shared__ std::uint32_t last;
    const std::int64_t row = blockIdx.y;
    const float* const logits =
        input.tasks ? input.tasks[row].logits : input.logits + row * input.stride;
    Ordered* const maxima = chunkMaxima + row * chunks;
    const auto thread = static_cast<std::int32_t>(threadIdx.x);
    const std::int32_t lane = thread % 32;
    const std::int32_t chunk = static_cast<std::int32_t>(blockIdx.x) * kWarps + thread / 32;

    float values[kLoads];
    const std::int32_t first = chunk * kChunkTokens + lane;
#pragma unroll
    for (std::int32_t i = 0; i < kLoads; ++i)
        values[i] = first + i * 32 < input.vocabulary ? logits[first + i * 32] : -INFINITY;
    Ordered best = 0;
#pragma unroll
    for (std::int32_t i = 0; i < kLoads; ++i)
        best = max(best, rankOf(values[i], first + i * 32));
    best = warpMaximum(best);
    if (lane == 0 && chunk < chunks)
        maxima[chunk] = best;

    __threadfence();
    __syncthreads();
    if (thread == 0)
        last = atomicAdd(&blocksDone[row], 1U) + 1 == gridDim.x ? 1 : 0;
    __syncthreads();
    if (last == 0)
        return;
    __threadfence();
    best = 0;
    for (std::int32_t i = thread; i < chunks; i += kThreads)
        best = max(best, *static_cast<volatile Ordered*>(maxima + i));
    best = warpMaximum(best);
    if (lane == 0)
        warpMaxima[thread / 32] = best;
    __syncthreads();
    if (thread == 0) {
        for (const Ordered warpBest : warpMaxima)
            best = max(best, warpBest);
        outcomes[row] = outcomeOf(best);
        blocksDone[row] = 0;
    }
}

} // namespace

Status findLikeliest(cudaStream_t stream, const LikeliestInput& input, std::int32_t rows,
                     std::uint64_t* chunkMaxima, std::uint32_t* blocksDone, RowOutcome* outcomes) {
    const std::int32_t chunks = chunkCount(input.vocabulary);
    const dim3 grid(static_cast<unsigned>((chunks + kWarps - 1) / kWarps),
                    static_cast<unsigned>(rows));
    return launch(likeliestKernel, grid, dim3(kThreads), 0, stream, input, chunks,
                  reinterpret_cast<Ordered*>(chunkMaxima), blocksDone, outcomes);
}

} // namespace hearth::kernels::cuda
