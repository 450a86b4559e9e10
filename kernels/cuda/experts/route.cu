#include "cuda/experts/route.h"

#include "cuda/device/launch.h"
#include "cuda/device/ptx.cuh"

#include <algorithm>
#include <limits>

namespace hearth::kernels::cuda {

namespace {

constexpr std::int32_t kWarp = 32;
constexpr std::int32_t kMostWarps = 4;
constexpr std::size_t kMaxSharedBytes = std::size_t{48} * 1024; // That every device grants.

constexpr float kLeast = -std::numeric_limits<float>::infinity();

std::size_t bytesPerRow(const RouteParameters& parameters) {
    return (2 * std::size_t(parameters.experts) + std::size_t(parameters.groups)) * sizeof(float);
}

__device__ float sumOverWarp(float value) {
    for (int offset = kWarp / 2; offset > 0; offset /= 2)
        value += __shfl_xor_sync(0xffffffffU, value, offset);
    return value;
}

__device__ float maximumOverWarp(float value) {
    for (int offset = kWarp / 2; offset > 0; offset /= 2)
        value = fmaxf(value, __shfl_xor_sync(0xffffffffU, value, offset));
    return value;
}

/// Stands for a score that is out of the choice.
__device__ float taken() {
    return __int_as_float(0x7fc00000);
}

/// A score that can be compared: what is no number comes last.
__device__ float comparable(float score) {
    return score == score ? score : kLeast;
}

/// A warp's row in shared memory.
struct RowScores {
    float* scores; ///< [experts]
    float* choice; ///< [experts], scores with their bias; NaN: taken, or out of question.
    float* groups; ///< [groups], likewise.
};

/// The place of the largest of `values` that isn't taken, the lowest of equal ones; takes it.
__device__ std::int32_t takeBest(float* values, std::int32_t count, std::int32_t lane) {
    float best = kLeast;
    std::int32_t index = 0x7fffffff;
    for (std::int32_t i = lane; i < count; i += kWarp) {
        const float value = values[i];
        if (value > best || (value == best && i < index)) {
            best = value;
            index = i;
        }
    }
    for (int offset = kWarp / 2; offset > 0; offset /= 2) {
        const float otherBest = __shfl_xor_sync(0xffffffffU, best, offset);
        const std::int32_t otherIndex = __shfl_xor_sync(0xffffffffU, index, offset);
        if (otherBest > best || (otherBest == best && otherIndex < index)) {
            best = otherBest;
            index = otherIndex;
        }
    }
    __syncwarp(); // shuffles order no memory
    if (lane == 0 && index < count)
        values[index] = taken();
    __syncwarp();
    return index;
}

__device__ void scoreExperts(const RouteParameters& parameters, const float* logits,
                             const RowScores& row, std::int32_t lane) {
    float most = kLeast;
    float total = 1.0F;
    if (parameters.score == RouterScore::Softmax) {
        for (std::int32_t e = lane; e < parameters.experts; e += kWarp)
            most = fmaxf(most, logits[e]);
        most = maximumOverWarp(most);
        total = 0.0F;
        for (std::int32_t e = lane; e < parameters.experts; e += kWarp)
            total += expf(logits[e] - most);
        total = sumOverWarp(total);
    }
    for (std::int32_t e = lane; e < parameters.experts; e += kWarp) {
        const float score = parameters.score == RouterScore::Softmax
                                ? expf(logits[e] - most) / total
                                : 1.0F / (1.0F + expf(-logits[e]));
        row.scores[e] = score;
        row.choice[e] =
            comparable(parameters.choiceBias ? score + parameters.choiceBias[e] : score);
    }
    __syncwarp();
}

/// Takes the experts of all but the best groups out of the choice.
__device__ void chooseGroups(const RouteParameters& parameters, const RowScores& row,
                             std::int32_t lane) {
    const std::int32_t size = parameters.experts / parameters.groups;
    for (std::int32_t g = lane; g < parameters.groups; g += kWarp) {
        float first = kLeast;
        float second = kLeast;
        for (std::int32_t e = g * size; e < (g + 1) * size; ++e) {
            const float score = row.choice[e];
            second = fmaxf(second, fminf(first, score));
            first = fmaxf(first, score);
        }
        const bool both = parameters.groupScore == RouterGroupScore::SumOfTwo;
        row.groups[g] = comparable(both ? first + second : first);
    }
    __syncwarp();
    for (std::int32_t i = 0; i < parameters.topGroups; ++i)
        static_cast<void>(takeBest(row.groups, parameters.groups, lane));
    for (std::int32_t e = lane; e < parameters.experts; e += kWarp) {
        const float group = row.groups[e / size];
        if (group == group)
            row.choice[e] = taken();
    }
    __syncwarp();
}

/// A warp a row.
__global__ void routeKernel(const RouteParameters parameters, const float* logits,
                            std::int64_t stride, float* out, std::int64_t outStride,
                            std::int32_t rows) {
    waitForPrevious();
    HEARTH_DYNAMIC_SHARED(float, memory);
    const auto lane = static_cast<std::int32_t>(threadIdx.x) % kWarp;
    const auto warp = static_cast<std::int32_t>(threadIdx.x) / kWarp;
    const std::int64_t index = std::int64_t{blockIdx.x} * (blockDim.x / kWarp) + warp;
    if (index >= rows)
        return;
    RowScores row{};
    row.scores = memory + warp * (2 * parameters.experts + parameters.groups);
    row.choice = row.scores + parameters.experts;
    row.groups = row.choice + parameters.experts;
    scoreExperts(parameters, logits + index * stride, row, lane);
    if (parameters.groups > 1)
        chooseGroups(parameters, row, lane);
    float* const to = out + index * outStride;
    float sum = 0.0F;
    for (std::int32_t k = 0; k < parameters.topK; ++k) {
        const std::int32_t expert = takeBest(row.choice, parameters.experts, lane);
        const float score = row.scores[expert];
        sum += score;
        if (lane == 0) {
            to[k] = static_cast<float>(expert);
            to[parameters.topK + k] = score;
        }
    }
    if (lane != 0)
        return;
    for (std::int32_t k = parameters.topK; k < 2 * parameters.topK; ++k)
        to[k] = (parameters.normalise ? to[k] / sum : to[k]) * parameters.scale;
}

} // namespace

bool routeSupported(const RouteParameters& parameters) {
    return bytesPerRow(parameters) <= kMaxSharedBytes;
}

Status route(cudaStream_t stream, const RouteParameters& parameters, const DeviceRows& logits,
             const DeviceRows& out, std::int32_t rows) {
    if (rows == 0)
        return Status::Ok;
    if (logits.type != DType::F32 || out.type != DType::F32 || !routeSupported(parameters))
        return Status::InvalidArgument;
    const std::size_t each = bytesPerRow(parameters);
    const auto warps =
        static_cast<std::int32_t>(std::clamp<std::size_t>(kMaxSharedBytes / each, 1, kMostWarps));
    const dim3 grid(static_cast<unsigned>((rows + warps - 1) / warps));
    return launchOverlapped(routeKernel, grid, dim3(static_cast<unsigned>(warps * kWarp)),
                            each * std::size_t(warps), stream, parameters, logits.as<float>(),
                            logits.stride, out.as<float>(), out.stride, rows);
}

} // namespace hearth::kernels::cuda
