#include "cuda/device/launch.h"
#include "cuda/matmul/float_kernel.cuh"
#include "cuda/matmul/row_kernels.h"

#include <algorithm>

namespace hearth::kernels::cuda {

namespace {

constexpr std::int32_t kRows = 8; // Of x at a time.

struct FloatCall {
    WeightLayout weights;
    DeviceRows in;
    DeviceRows out;
    const float* bias = nullptr;
    std::int32_t rows = 0;
    bool accumulate = false;
    bool aligned = false;
};

struct NeighbourFloats {
    const FloatCall& call;
    std::int64_t firstRow;

    __device__ void load(int m, std::int64_t column, float (&out)[4]) const {
        const std::int64_t row = min(firstRow + m, static_cast<std::int64_t>(call.rows) - 1);
        loadFourColumns(static_cast<const float*>(call.in.data) + row * call.in.stride, column,
                        call.in.width, nullptr, call.aligned, out);
    }
};

template<Codes kCodes, int kRowsOf>
__global__ void __launch_bounds__(kFloatThreads) floatKernel(const FloatCall call) {
    __shared__ FloatMeeting<kRowsOf> meeting;
    const std::int64_t tileRow = std::int64_t{blockIdx.x} * kTileRows;
    const std::int64_t firstRow = std::int64_t{blockIdx.y} * kRowsOf;
    sumFloats<kCodes, kRowsOf>(call.weights, tileRow, NeighbourFloats{call, firstRow}, meeting);
    for (int index = static_cast<int>(threadIdx.x); index < kRowsOf * 16; index += kFloatThreads) {
        const std::int64_t n = tileRow + index % 16;
        const std::int64_t m = firstRow + index / 16;
        if (n >= call.weights.rows || m >= call.rows)
            continue;
        float sum = joinFloats<kRowsOf>(meeting, index / 16, index % 16);
        if (call.bias)
            sum += call.bias[n];
        float* at = static_cast<float*>(call.out.data) + m * call.out.stride + n;
        *at = call.accumulate ? *at + sum : sum;
    }
}

template<Codes kCodes>
Status launchFloat(cudaStream_t stream, const FloatCall& call) {
    const auto blocks = static_cast<unsigned>(rowTiles(call.weights.rows));
    if (call.rows == 1)
        return launch(floatKernel<kCodes, 1>, dim3(blocks), dim3(kFloatThreads), 0, stream, call);
    const std::int32_t slices = (call.rows + kRows - 1) / kRows;
    if (slices > 0xFFFF)
        return Status::Unsupported;
    return launch(floatKernel<kCodes, kRows>, dim3(blocks, static_cast<unsigned>(slices)),
                  dim3(kFloatThreads), 0, stream, call);
}

} // namespace

Status floatProduct(cudaStream_t stream, const WeightLayout& weights, const DeviceRows& in,
                    const DeviceRows& out, const float* bias, bool accumulate, std::int32_t rows) {
    FloatCall call{weights, in, out, bias, rows, accumulate, false};
    call.aligned = reinterpret_cast<std::uintptr_t>(in.data) % 16 == 0 && in.stride % 4 == 0;
    if (weights.codes == Codes::Plain)
        return launchFloat<Codes::Plain>(stream, call);
    return withCodes(weights.codes, [&](auto codes) {
        return launchFloat<decltype(codes)::kValue>(stream, call);
    });
}

} // namespace hearth::kernels::cuda
