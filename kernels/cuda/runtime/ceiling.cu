#include "cuda/runtime/ceiling.h"

#include "cuda/device/launch.h"
#include "cuda/device/memory.h"
#include "cuda/device/number.cuh"
#include "cuda/device/ptx.cuh"

#include <algorithm>

namespace hearth::kernels::cuda {

namespace {

constexpr std::int32_t kThreads = 512;
constexpr std::int32_t kUnroll = 8;
constexpr std::int32_t kRepeats = 5;
constexpr std::size_t kReadBytes = std::size_t{4} << 30; // Far beyond any cache.
constexpr std::int32_t kProductSize = 8192;

__global__ void readKernel(const uint4* from, std::size_t count, unsigned* out) {
    unsigned sum = 0;
    const std::size_t tile = std::size_t{kThreads} * kUnroll;
    for (std::size_t begin = std::size_t{blockIdx.x} * tile; begin + tile <= count;
         begin += std::size_t{gridDim.x} * tile) {
        uint4 values[kUnroll];
#pragma unroll
        for (std::int32_t i = 0; i < kUnroll; ++i)
            values[i] = loadStreaming(from + begin + threadIdx.x + std::size_t(i) * kThreads);
#pragma unroll
        for (std::int32_t i = 0; i < kUnroll; ++i)
            sum += values[i].x ^ values[i].y ^ values[i].z ^ values[i].w;
    }
    // Never true for the bytes that fillKernel() leaves; keeps the reads alive.
    if (sum == 0x9e3779b9U)
        *out = sum;
}

template<typename T>
__global__ void fillKernel(T* out, std::size_t count, unsigned seed) {
    for (std::size_t i = std::size_t{blockIdx.x} * kThreads + threadIdx.x; i < count;
         i += std::size_t{gridDim.x} * kThreads) {
        unsigned x = static_cast<unsigned>(i) * 2654435761U + seed;
        x ^= x >> 16;
        x *= 0x85ebca6bU;
        x ^= x >> 13;
        x *= 0xc2b2ae35U;
        x ^= x >> 16;
        out[i] = fromFloat<T>(static_cast<float>(x) * 0x1p-31F - 1.0F);
    }
}

/// Seconds of the fastest of a few runs; 0 after an error.
template<typename Run>
double fastest(DeviceTurn& turn, Run&& run) {
    cudaEvent_t begin = nullptr;
    cudaEvent_t end = nullptr;
    Status status = toStatus(cudaEventCreateWithFlags(&begin, cudaEventDefault));
    if (status == Status::Ok)
        status = toStatus(cudaEventCreateWithFlags(&end, cudaEventDefault));
    double best = 0.0;
    for (std::int32_t i = 0; i <= kRepeats && status == Status::Ok; ++i) {
        float milliseconds = 0.0F;
        status = toStatus(cudaEventRecord(begin, turn.stream));
        if (status == Status::Ok)
            status = run();
        if (status == Status::Ok)
            status = toStatus(cudaEventRecord(end, turn.stream));
        if (status == Status::Ok)
            status = toStatus(cudaEventSynchronize(end));
        if (status == Status::Ok)
            status = toStatus(cudaEventElapsedTime(&milliseconds, begin, end));
        const double seconds = static_cast<double>(milliseconds) / 1000.0;
        if (i > 0) // The first run warms up.
            best = best == 0.0 ? seconds : std::min(best, seconds);
    }
    if (begin)
        static_cast<void>(cudaEventDestroy(begin));
    if (end)
        static_cast<void>(cudaEventDestroy(end));
    return status == Status::Ok ? best : 0.0;
}

dim3 fullGrid(const DeviceTurn& turn) {
    return dim3(static_cast<unsigned>(turn.multiprocessors) * 4);
}

std::size_t freeMemory() {
    std::size_t free = 0;
    std::size_t total = 0;
    return cudaMemGetInfo(&free, &total) == cudaSuccess ? free : 0;
}

} // namespace

double measureReadBandwidth(DeviceTurn& turn) {
    const DeviceTurn::Scope scope(turn);
    const std::size_t bytes = std::min(kReadBytes, freeMemory() / 4) >> 20 << 20;
    DeviceBuffer<std::byte> memory;
    DeviceBuffer<unsigned> sink;
    if (scope.status() != Status::Ok || bytes == 0 || memory.allocate(bytes) != Status::Ok ||
        sink.allocate(1) != Status::Ok)
        return 0.0;
    if (launch(fillKernel<float>, fullGrid(turn), dim3(kThreads), 0, turn.stream,
               reinterpret_cast<float*>(memory.data()), bytes / sizeof(float), 1U) != Status::Ok)
        return 0.0;
    const double seconds = fastest(turn, [&] {
        return launch(readKernel, fullGrid(turn), dim3(kThreads), 0, turn.stream,
                      reinterpret_cast<const uint4*>(memory.data()), bytes / sizeof(uint4),
                      sink.data());
    });
    return seconds > 0.0 ? static_cast<double>(bytes) / seconds : 0.0;
}

double measureProductRate(DeviceTurn& turn, Cublas& cublas, DType compute) {
    const DeviceTurn::Scope scope(turn);
    const std::size_t elementBytes = blockSize(compute).bytes;
    std::int32_t size = kProductSize;
    while (size > 256 && std::size_t(size) * size * elementBytes * 3 > freeMemory() / 2)
        size /= 2;
    const std::size_t count = std::size_t(size) * size;
    DeviceBuffer<std::byte> memory;
    if (scope.status() != Status::Ok || memory.allocate(3 * count * elementBytes) != Status::Ok)
        return 0.0;
    std::byte* const a = memory.data();
    std::byte* const b = a + count * elementBytes;
    std::byte* const c = b + count * elementBytes;
    const Status filled = withNumber(compute, [&](auto tag) {
        using T = typename decltype(tag)::Type;
        return launch(fillKernel<T>, fullGrid(turn), dim3(kThreads), 0, turn.stream,
                      reinterpret_cast<T*>(a), 2 * count, 2U);
    });
    if (filled != Status::Ok)
        return 0.0;
    const double seconds = fastest(turn, [&] {
        return cublas.multiply(turn.stream, {a, size, size, compute}, b, size,
                               {c, size, size, compute}, size, false);
    });
    return seconds > 0.0 ? 2.0 * static_cast<double>(size) * static_cast<double>(count) / seconds
                         : 0.0;
}

} // namespace hearth::kernels::cuda
