#include "cuda/device/launch.h"
#include "cuda/device/ptx.cuh"
#include "cuda/device/vector4.cuh"
#include "cuda/elementwise/elementwise.h"

#include <algorithm>

namespace hearth::kernels::cuda {

namespace {

constexpr std::int32_t kMaxThreads = 1024;
constexpr std::int32_t kWarp = 32;

/// The sum over all threads of the block, the same in each; adds in a fixed order.
__device__ float blockSum(float value) {
    __shared__ float sums[kMaxThreads / kWarp];
    for (std::int32_t offset = kWarp / 2; offset > 0; offset /= 2)
        value += __shfl_xor_sync(0xffffffffU, value, offset);
    const std::int32_t warps = static_cast<std::int32_t>(blockDim.x) / kWarp;
    if (warps == 1)
        return value;
    __syncthreads(); // Of an earlier call, every thread has read the sums.
    if (threadIdx.x % kWarp == 0)
        sums[threadIdx.x / kWarp] = value;
    __syncthreads();
    const auto lane = static_cast<std::int32_t>(threadIdx.x) % kWarp;
    float total = lane < warps ? sums[lane] : 0.0F;
    for (std::int32_t offset = kWarp / 2; offset > 0; offset /= 2)
        total += __shfl_xor_sync(0xffffffffU, total, offset);
    return total;
}

// A block normalises one run of `width` columns: run blockIdx.x % runs of row blockIdx.x / runs.
// The run is read again for each pass, from the cache.
template<typename In, typename Out>
__global__ void normKernel(NormParameters parameters, const In* in, std::int64_t inStride, Out* out,
                           std::int64_t outStride, std::int32_t runs) {
    waitForPrevious();
    const std::int64_t row = blockIdx.x / runs;
    const std::int64_t begin = std::int64_t{blockIdx.x % runs} * parameters.width;
    const In* const from = in + row * inStride + begin;
    Out* const to = out + row * outStride + begin;
    const std::int32_t step = static_cast<std::int32_t>(blockDim.x) * 4;
    const std::int32_t first = static_cast<std::int32_t>(threadIdx.x) * 4;
    const auto width = static_cast<float>(parameters.width);
    float mean = 0.0F;
    if (parameters.kind == NormKind::Layer) {
        float sum = 0.0F;
        for (std::int32_t i = first; i < parameters.width; i += step) {
            const float4 x = load4(from + i, parameters.width - i);
            sum += (x.x + x.y) + (x.z + x.w);
        }
        mean = blockSum(sum) / width;
    }
    float squares = 0.0F;
    for (std::int32_t i = first; i < parameters.width; i += step) {
        const std::int32_t count = parameters.width - i;
        const float4 x = load4(from + i, count);
        const float a = x.x - mean;
        const float b = count > 1 ? x.y - mean : 0.0F;
        const float c = count > 2 ? x.z - mean : 0.0F;
        const float d = count > 3 ? x.w - mean : 0.0F;
        squares += (a * a + b * b) + (c * c + d * d);
    }
    // Also keeps writes to an `out` that is `in` behind every thread's reads of other columns.
    const float scale = 1.0F / sqrtf(blockSum(squares) / width + parameters.epsilon);
    for (std::int32_t i = first; i < parameters.width; i += step) {
        const std::int32_t count = parameters.width - i;
        float4 x = load4(from + i, count);
        x = make_float4((x.x - mean) * scale, (x.y - mean) * scale, (x.z - mean) * scale,
                        (x.w - mean) * scale);
        if (parameters.gain) {
            const float4 gain = load4(parameters.gain + i, count);
            const float offset = parameters.gainOffset;
            x = make_float4(x.x * (gain.x + offset), x.y * (gain.y + offset),
                            x.z * (gain.z + offset), x.w * (gain.w + offset));
        }
        if (parameters.bias) {
            const float4 bias = load4(parameters.bias + i, count);
            x = make_float4(x.x + bias.x, x.y + bias.y, x.z + bias.z, x.w + bias.w);
        }
        store4(to + i, count, x);
    }
}

} // namespace

Status normalise(cudaStream_t stream, const NormParameters& parameters, const DeviceRows& in,
                 const DeviceRows& out, std::int32_t rows) {
    if (rows == 0)
        return Status::Ok;
    const std::int32_t runs = in.width / parameters.width;
    const std::int32_t wanted = (parameters.width + 3) / 4;
    const std::int32_t threads = std::min(kMaxThreads, (wanted + kWarp - 1) / kWarp * kWarp);
    return withNumber(in.type, [&](auto inTag) {
        using In = typename decltype(inTag)::Type;
        return withNumber(out.type, [&](auto outTag) {
            using Out = typename decltype(outTag)::Type;
            return launchOverlapped(normKernel<In, Out>, dim3(static_cast<unsigned>(rows) * runs),
                                    dim3(static_cast<unsigned>(threads)), 0, stream, parameters,
                                    in.as<In>(), in.stride, out.as<Out>(), out.stride, runs);
        });
    });
}

} // namespace hearth::kernels::cuda
