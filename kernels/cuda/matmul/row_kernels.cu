#include "cuda/matmul/row_kernels.h"

#include "cuda/device/launch.h"
#include "cuda/device/number.cuh"

#include <algorithm>

namespace hearth::kernels::cuda {

namespace {

constexpr int kThreads = 256;
constexpr unsigned kMaxGridRows = 0xFFFF;

/// A thread an element of a row, a block row a row, round and round.
dim3 gridOf(std::int64_t width, std::int64_t rows) {
    return dim3(static_cast<unsigned>((width + kThreads - 1) / kThreads),
                static_cast<unsigned>(std::min<std::int64_t>(rows, kMaxGridRows)));
}

__device__ std::int64_t threadColumn() {
    return std::int64_t{blockIdx.x} * kThreads + threadIdx.x;
}

template<typename T>
__global__ void gatherKernel(const DeviceRows in, const std::int32_t* order, const DeviceRows out,
                             std::int32_t rows) {
    const std::int64_t column = threadColumn();
    if (column >= out.width)
        return;
    const std::int32_t from = order[column];
    for (std::int64_t row = blockIdx.y; row < rows; row += gridDim.y) {
        const T* source = static_cast<const T*>(in.data) + row * in.stride;
        static_cast<T*>(out.data)[row * out.stride + column] =
            from < 0 ? fromFloat<T>(0.0F) : source[from];
    }
}

template<typename T>
__global__ void biasKernel(const DeviceRows out, const float* bias, std::int32_t rows) {
    const std::int64_t column = threadColumn();
    if (column >= out.width)
        return;
    const float added = bias[column];
    for (std::int64_t row = blockIdx.y; row < rows; row += gridDim.y) {
        T* at = static_cast<T*>(out.data) + row * out.stride + column;
        *at = fromFloat<T>(toFloat(*at) + added);
    }
}

template<typename T>
__global__ void splitsKernel(const float* partials, std::int32_t splits, std::int32_t rows,
                             const DeviceRows out, const float* bias, bool accumulate) {
    const std::int64_t column = threadColumn();
    if (column >= out.width)
        return;
    const std::int64_t pitch = std::int64_t{rows} * out.width;
    for (std::int64_t row = blockIdx.y; row < rows; row += gridDim.y) {
        const float* from = partials + row * out.width + column;
        float sum = 0.0F;
        for (std::int32_t split = 0; split < splits; ++split)
            sum += from[split * pitch];
        if (bias)
            sum += bias[column];
        T* at = static_cast<T*>(out.data) + row * out.stride + column;
        *at = fromFloat<T>(accumulate ? toFloat(*at) + sum : sum);
    }
}

} // namespace

Status gatherColumns(cudaStream_t stream, const DeviceRows& in, const std::int32_t* order,
                     const DeviceRows& out, std::int32_t rows) {
    return withNumber(in.type, [&](auto tag) {
        return launch(gatherKernel<typename decltype(tag)::Type>, gridOf(out.width, rows),
                      dim3(kThreads), 0, stream, in, order, out, rows);
    });
}

Status addBias(cudaStream_t stream, const DeviceRows& out, const float* bias, std::int32_t rows) {
    return withNumber(out.type, [&](auto tag) {
        return launch(biasKernel<typename decltype(tag)::Type>, gridOf(out.width, rows),
                      dim3(kThreads), 0, stream, out, bias, rows);
    });
}

Status addSplits(cudaStream_t stream, const float* partials, std::int32_t splits, std::int32_t rows,
                 const DeviceRows& out, const float* bias, bool accumulate) {
    return withNumber(out.type, [&](auto tag) {
        return launch(splitsKernel<typename decltype(tag)::Type>, gridOf(out.width, rows),
                      dim3(kThreads), 0, stream, partials, splits, rows, out, bias, accumulate);
    });
}

} // namespace hearth::kernels::cuda
