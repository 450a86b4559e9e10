#include "cuda/device/launch.h"
#include "cuda/device/ptx.cuh"
#include "cuda/device/vector4.cuh"
#include "cuda/elementwise/elementwise.h"

namespace hearth::kernels::cuda {

namespace {

constexpr std::int32_t kThreads = 256;

// A thread takes four columns of one row.
__device__ bool place(std::int32_t rows, std::int32_t width, std::int64_t& row,
                      std::int32_t& column) {
    const std::int32_t chunks = (width + 3) / 4;
    const std::int64_t index = std::int64_t{blockIdx.x} * kThreads + threadIdx.x;
    row = index / chunks;
    column = static_cast<std::int32_t>(index - row * chunks) * 4;
    return row < rows;
}

dim3 gridFor(std::int32_t rows, std::int32_t width) {
    const std::int64_t threads = std::int64_t{rows} * ((width + 3) / 4);
    return dim3(static_cast<unsigned>((threads + kThreads - 1) / kThreads));
}

__device__ float activated(Activation kind, float x) {
    switch (kind) {
    case Activation::Silu:
        return x / (1.0F + expf(-x));
    case Activation::GeluTanh:
        return 0.5F * x * (1.0F + tanhf(0.7978845608F * (x + 0.044715F * x * x * x)));
    case Activation::Relu:
        return fmaxf(x, 0.0F);
    default:
        return 0.5F * x * (1.0F + erff(x * 0.7071067812F));
    }
}

template<typename Gate, typename Out>
__global__ void activateKernel(Activation kind, const Gate* gate, std::int64_t gateStride,
                               const Gate* up, std::int64_t upStride, Out* out,
                               std::int64_t outStride, std::int32_t rows, std::int32_t width) {
    waitForPrevious();
    std::int64_t row = 0;
    std::int32_t column = 0;
    if (!place(rows, width, row, column))
        return;
    const std::int32_t count = width - column;
    float4 x = load4(gate + row * gateStride + column, count);
    x = make_float4(activated(kind, x.x), activated(kind, x.y), activated(kind, x.z),
                    activated(kind, x.w));
    if (up) {
        const float4 factor = load4(up + row * upStride + column, count);
        x = make_float4(x.x * factor.x, x.y * factor.y, x.z * factor.z, x.w * factor.w);
    }
    store4(out + row * outStride + column, count, x);
}

template<typename In, typename Out>
__global__ void copyKernel(const In* in, std::int64_t inStride, const std::int32_t* ids, Out* out,
                           std::int64_t outStride, std::int32_t rows, std::int32_t width) {
    waitForPrevious();
    std::int64_t row = 0;
    std::int32_t column = 0;
    if (!place(rows, width, row, column))
        return;
    const std::int64_t from = ids ? ids[row] : row;
    store4(out + row * outStride + column, width - column,
           load4(in + from * inStride + column, width - column));
}

template<typename In, typename Out>
__global__ void addKernel(const In* in, std::int64_t inStride, Out* out, std::int64_t outStride,
                          std::int32_t rows, std::int32_t width) {
    waitForPrevious();
    std::int64_t row = 0;
    std::int32_t column = 0;
    if (!place(rows, width, row, column))
        return;
    const std::int32_t count = width - column;
    const float4 a = load4(in + row * inStride + column, count);
    const float4 b = load4(out + row * outStride + column, count);
    store4(out + row * outStride + column, count,
           make_float4(a.x + b.x, a.y + b.y, a.z + b.z, a.w + b.w));
}

template<typename T>
__global__ void softcapKernel(T* values, std::int64_t stride, float cap, std::int32_t rows,
                              std::int32_t width) {
    waitForPrevious();
    std::int64_t row = 0;
    std::int32_t column = 0;
    if (!place(rows, width, row, column))
        return;
    T* const at = values + row * stride + column;
    const float4 x = load4(at, width - column);
    store4(at, width - column,
           make_float4(tanhf(x.x / cap) * cap, tanhf(x.y / cap) * cap, tanhf(x.z / cap) * cap,
                       tanhf(x.w / cap) * cap));
}

} // namespace

Status activate(cudaStream_t stream, Activation kind, const DeviceRows& gate, const DeviceRows* up,
                const DeviceRows& out, std::int32_t rows) {
    if (rows == 0)
        return Status::Ok;
    if (up && up->type != gate.type)
        return Status::InvalidArgument;
    return withNumber(gate.type, [&](auto gateTag) {
        using Gate = typename decltype(gateTag)::Type;
        return withNumber(out.type, [&](auto outTag) {
            using Out = typename decltype(outTag)::Type;
            return launchOverlapped(activateKernel<Gate, Out>, gridFor(rows, out.width),
                                    dim3(kThreads), 0, stream, kind, gate.as<Gate>(), gate.stride,
                                    up ? up->as<Gate>() : nullptr, up ? up->stride : 0,
                                    out.as<Out>(), out.stride, rows, out.width);
        });
    });
}

Status addRows(cudaStream_t stream, const DeviceRows& in, const DeviceRows& out,
               std::int32_t rows) {
    if (rows == 0)
        return Status::Ok;
    return withNumber(in.type, [&](auto inTag) {
        using In = typename decltype(inTag)::Type;
        return withNumber(out.type, [&](auto outTag) {
            using Out = typename decltype(outTag)::Type;
            return launchOverlapped(addKernel<In, Out>, gridFor(rows, out.width), dim3(kThreads), 0,
                                    stream, in.as<In>(), in.stride, out.as<Out>(), out.stride, rows,
                                    out.width);
        });
    });
}

Status copyRows(cudaStream_t stream, const DeviceRows& in, const std::int32_t* ids,
                const DeviceRows& out, std::int32_t rows) {
    if (rows == 0)
        return Status::Ok;
    return withNumber(in.type, [&](auto inTag) {
        using In = typename decltype(inTag)::Type;
        return withNumber(out.type, [&](auto outTag) {
            using Out = typename decltype(outTag)::Type;
            return launchOverlapped(copyKernel<In, Out>, gridFor(rows, out.width), dim3(kThreads),
                                    0, stream, in.as<In>(), in.stride, ids, out.as<Out>(),
                                    out.stride, rows, out.width);
        });
    });
}

Status softcapRows(cudaStream_t stream, const DeviceRows& values, float cap, std::int32_t rows) {
    if (rows == 0)
        return Status::Ok;
    return withNumber(values.type, [&](auto tag) {
        using T = typename decltype(tag)::Type;
        return launchOverlapped(softcapKernel<T>, gridFor(rows, values.width), dim3(kThreads), 0,
                                stream, values.as<T>(), values.stride, cap, rows, values.width);
    });
}

} // namespace hearth::kernels::cuda
