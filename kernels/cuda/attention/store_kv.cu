#include "cuda/attention/attention.h"
#include "cuda/attention/problem.cuh"
#include "cuda/device/launch.h"
#include "cuda/device/ptx.cuh"

#include <algorithm>

namespace hearth::kernels::cuda {

namespace {

constexpr int kWarps = kAttentionThreads / 32;

/// Keys or values: what is stored and where.
struct StorePart {
    const void* data = nullptr;
    std::int64_t stride = 0;
    DType type = DType::F32;
    std::int32_t width = 0;
    CachePart cache;
};

struct StoreProblem {
    DeviceStep step;
    DeviceTables tables;
    StorePart parts[2];
    std::int32_t kvHeads = 0;
    std::size_t blockBytes = 0;
    std::byte* cache = nullptr;
};

// As the CPU backend's: numbers that float16 cannot hold would make the parameters infinite, so
// they are cut to its range; a NaN or infinity anywhere makes the whole row NaN.
__device__ void storeCodes(const StorePart& part, std::int64_t first, std::byte* row,
                           std::byte* parameters, int lane) {
    constexpr float kLargest = 65504.0F;
    float low = loadNumber(part.data, part.type, first);
    float high = low;
    bool sound = true;
    for (std::int32_t i = lane; i < part.width; i += 32) {
        const float number = loadNumber(part.data, part.type, first + i);
        low = fminf(low, number);
        high = fmaxf(high, number);
        sound = sound && fabsf(number) <= 3.402823466e+38F;
    }
    for (int offset = 16; offset > 0; offset /= 2) {
        low = fminf(low, __shfl_xor_sync(0xffffffffU, low, offset));
        high = fmaxf(high, __shfl_xor_sync(0xffffffffU, high, offset));
    }
    sound = __all_sync(0xffffffffU, sound);
    const float least = fminf(fmaxf(low, -kLargest), kLargest);
    const float range = fminf(fmaxf(high, -kLargest), kLargest) - least;
    Half pair[2] = {fromFloat<Half>(fminf(range / 255.0F, kLargest)), fromFloat<Half>(least)};
    const float scale = toFloat(pair[0]);
    const float zero = toFloat(pair[1]);
    if (!sound) {
        __half_raw nan;
        nan.x = 0x7e00;
        pair[0] = pair[1] = nan;
    }
    if (lane == 0) {
        reinterpret_cast<Half*>(parameters)[0] = pair[0];
        reinterpret_cast<Half*>(parameters)[1] = pair[1];
    }
    const float inverse = sound && scale > 0.0F ? 1.0F / scale : 0.0F;
    for (std::int32_t i = lane; i < part.width; i += 32) {
        const float number = sound ? loadNumber(part.data, part.type, first + i) : zero;
        const float code = sound ? rintf((number - zero) * inverse) : 0.0F;
        reinterpret_cast<std::uint8_t*>(row)[i] = std::uint8_t(fminf(fmaxf(code, 0.0F), 255.0F));
    }
}

/// A warp a row and head, keys in grid.y 0 and values in 1.
template<CacheFormat Format>
__global__ void __launch_bounds__(kAttentionThreads)
    storeRows(const StoreProblem problem, std::int32_t rows) {
    waitForPrevious();
    const int lane = int(threadIdx.x) % 32;
    const std::int64_t task = std::int64_t(blockIdx.x) * kWarps + threadIdx.x / 32;
    const std::int64_t row = task / problem.kvHeads;
    const auto head = std::int32_t(task % problem.kvHeads);
    const StorePart& part = problem.parts[blockIdx.y];
    if (row >= rows || part.width == 0)
        return;
    const std::int32_t sequence = problem.step.sequenceOf[row];
    if (sequence < 0)
        return;
    const std::int32_t slot = problem.step.slots[row];
    const std::int32_t index = slot / part.cache.blockTokens - problem.tables.firstBlocks[sequence];
    const std::int32_t block =
        problem.tables.blockTables[std::int64_t(sequence) * problem.tables.stride + index];
    const std::size_t cacheRow = std::size_t(head) * std::size_t(part.cache.blockTokens) +
                                 std::size_t(slot % part.cache.blockTokens);
    std::byte* const base = problem.cache + std::size_t(block) * problem.blockBytes;
    std::byte* const out = base + part.cache.dataOffset + cacheRow * part.cache.rowBytes;
    const std::int64_t first = row * part.stride + std::int64_t(head) * part.width;
    if constexpr (Format == CacheFormat::I8) {
        storeCodes(part, first, out, base + part.cache.parameterOffset + cacheRow * 4, lane);
    } else {
        constexpr DType kType = Format == CacheFormat::F32   ? DType::F32
                                : Format == CacheFormat::F16 ? DType::F16
                                                             : DType::BF16;
        for (std::int32_t i = lane; i < part.width; i += 32)
            storeNumber(out, kType, i, loadNumber(part.data, part.type, first + i));
    }
}

} // namespace

Status storeKv(cudaStream_t stream, const DeviceStep& step, const DeviceTables& tables,
               const StoreKvParameters& parameters, const DeviceRows& keys,
               const DeviceRows& values, std::byte* cache, std::int32_t rows) {
    if (rows < 1)
        return Status::Ok;
    StoreProblem problem;
    problem.step = step;
    problem.tables = tables;
    problem.parts[0] = {keys.data, keys.stride, keys.type, parameters.keyWidth, parameters.keys};
    problem.parts[1] = {values.data, values.stride, values.type, parameters.valueWidth,
                        parameters.values};
    problem.kvHeads = parameters.kvHeads;
    problem.blockBytes = parameters.blockBytes;
    problem.cache = cache;
    const std::int64_t tasks = std::int64_t{rows} * parameters.kvHeads;
    const dim3 grid(unsigned((tasks + kWarps - 1) / kWarps), parameters.valueWidth > 0 ? 2 : 1);
    const auto run = [&](void (*kernel)(StoreProblem, std::int32_t)) {
        return launchOverlapped(kernel, grid, dim3(kAttentionThreads), 0, stream, problem, rows);
    };
    switch (parameters.format) {
    case CacheFormat::F32:
        return run(storeRows<CacheFormat::F32>);
    case CacheFormat::F16:
        return run(storeRows<CacheFormat::F16>);
    case CacheFormat::BF16:
        return run(storeRows<CacheFormat::BF16>);
    case CacheFormat::I8:
        return run(storeRows<CacheFormat::I8>);
    }
    return Status::InvalidArgument;
}

} // namespace hearth::kernels::cuda
