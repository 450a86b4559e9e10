#include "cuda/device/launch.h"
#include "cuda/device/ptx.cuh"
#include "cuda/device/vector4.cuh"
#include "cuda/elementwise/activation.cuh"
#include "cuda/elementwise/elementwise.h"

#include <cmath>

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
    const float4 x = load4(gate + row * gateStride + column, count);
    float4 y;
    if (up) {
        const float4 factor = load4(up + row * upStride + column, count);
        y = make_float4(gated(kind, x.x, factor.x), gated(kind, x.y, factor.y),
                        gated(kind, x.z, factor.z), gated(kind, x.w, factor.w));
    } else {
        y = make_float4(activated(kind, x.x), activated(kind, x.y), activated(kind, x.z),
                        activated(kind, x.w));
    }
    store4(out + row * outStride + column, count, y);
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

/// `positions` nullptr: `factor` is the factor; else each row's is that of its position, with
/// `factor` 1 / ln(originalLength).
template<typename T>
__global__ void scaleKernel(T* values, std::int64_t stride, float factor,
                            const std::int32_t* positions, std::int32_t rows, std::int32_t width) {
    waitForPrevious();
    std::int64_t row = 0;
    std::int32_t column = 0;
    if (!place(rows, width, row, column))
        return;
    if (positions)
        factor = fmaxf(1.0F, logf(static_cast<float>(positions[row]) + 1.0F) * factor);
    T* const at = values + row * stride + column;
    const float4 x = load4(at, width - column);
    store4(at, width - column, make_float4(x.x * factor, x.y * factor, x.z * factor, x.w * factor));
}

template<typename In, typename Out>
__global__ void copyHeadsKernel(const In* in, std::int64_t inStride, HeadColumns from, Out* out,
                                std::int64_t outStride, HeadColumns to, std::int32_t rows) {
    waitForPrevious();
    const std::int32_t perRow = to.heads * to.width;
    const std::int64_t index = std::int64_t{blockIdx.x} * kThreads + threadIdx.x;
    const std::int64_t row = index / perRow;
    if (row >= rows)
        return;
    const auto inRow = static_cast<std::int32_t>(index - row * perRow);
    const std::int32_t head = inRow / to.width;
    const std::int32_t column = inRow - head * to.width;
    const std::int32_t source = from.heads == 1 ? 0 : head;
    out[row * outStride + head * to.headWidth + to.offset + column] = fromFloat<Out>(
        toFloat(in[row * inStride + source * from.headWidth + from.offset + column]));
}

Status launchScale(cudaStream_t stream, const DeviceRows& values, float factor,
                   const std::int32_t* positions, std::int32_t rows) {
    if (rows == 0)
        return Status::Ok;
    return withNumber(values.type, [&](auto tag) {
        using T = typename decltype(tag)::Type;
        return launchOverlapped(scaleKernel<T>, gridFor(rows, values.width), dim3(kThreads), 0,
                                stream, values.as<T>(), values.stride, factor, positions, rows,
                                values.width);
    });
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

Status scaleRows(cudaStream_t stream, const DeviceRows& values, float factor, std::int32_t rows) {
    return launchScale(stream, values, factor, nullptr, rows);
}

Status scaleByPosition(cudaStream_t stream, const DeviceRows& values, const std::int32_t* positions,
                       std::int32_t originalLength, std::int32_t rows) {
    const auto factor = static_cast<float>(1.0 / std::log(static_cast<double>(originalLength)));
    return launchScale(stream, values, factor, positions, rows);
}

Status copyHeads(cudaStream_t stream, const DeviceRows& in, const HeadColumns& from,
                 const DeviceRows& out, const HeadColumns& to, std::int32_t rows) {
    if (rows == 0)
        return Status::Ok;
    const std::int64_t threads = std::int64_t{rows} * to.heads * to.width;
    const dim3 grid(static_cast<unsigned>((threads + kThreads - 1) / kThreads));
    return withNumber(in.type, [&](auto inTag) {
        using In = typename decltype(inTag)::Type;
        return withNumber(out.type, [&](auto outTag) {
            using Out = typename decltype(outTag)::Type;
            return launchOverlapped(copyHeadsKernel<In, Out>, grid, dim3(kThreads), 0, stream,
                                    in.as<In>(), in.stride, from, out.as<Out>(), out.stride, to,
                                    rows);
        });
    });
}

} // namespace hearth::kernels::cuda
