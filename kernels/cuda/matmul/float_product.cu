#include "cuda/device/launch.h"
#include "cuda/matmul/row_kernels.h"
#include "cuda/weights/decode.h"

#include <algorithm>

namespace hearth::kernels::cuda {

namespace {

constexpr int kWarps = 8;
constexpr int kThreads = kWarps * 32;
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

__device__ void loadFour(const FloatCall& call, std::int64_t row, std::int64_t column,
                         float (&out)[4]) {
    const float* from = static_cast<const float*>(call.in.data) + row * call.in.stride + column;
    if (call.aligned && column + 4 <= call.in.width) {
        const float4 four = *reinterpret_cast<const float4*>(from);
        out[0] = four.x;
        out[1] = four.y;
        out[2] = four.z;
        out[3] = four.w;
        return;
    }
#pragma unroll
    for (int i = 0; i < 4; ++i)
        out[i] = column + i < call.in.width ? from[i] : 0.0F;
}

/// Eight weights of a row, plain ones too.
template<Codes kCodes>
__device__ void weightsOf(const WeightLayout& layout, std::int64_t row, std::int64_t block, int t,
                          float (&out)[8]) {
    if constexpr (kCodes == Codes::Plain) {
        const auto* from =
            reinterpret_cast<const float4*>(reinterpret_cast<const float*>(layout.data) +
                                            row * layout.columns + block * 32 + t * 8);
        const float4 low = from[0];
        const float4 high = from[1];
        out[0] = low.x;
        out[1] = low.y;
        out[2] = low.z;
        out[3] = low.w;
        out[4] = high.x;
        out[5] = high.y;
        out[6] = high.z;
        out[7] = high.w;
    } else {
        readEight<kCodes>(layout, row, block, t, out);
    }
}

/// A block has 16 rows of weights; its warps share out K, the four lanes of a row each 32 columns.
template<Codes kCodes, int kRowsOf>
__global__ void __launch_bounds__(kThreads) floatKernel(const FloatCall call) {
    __shared__ float meeting[kWarps][kRowsOf][16];
    const int lane = static_cast<int>(threadIdx.x) % 32;
    const int warp = static_cast<int>(threadIdx.x) / 32;
    const int g = lane / 4;
    const int t = lane % 4;
    const std::int64_t tileRow = std::int64_t{blockIdx.x} * kTileRows;
    const std::int64_t firstRow = std::int64_t{blockIdx.y} * kRowsOf;
    const bool halfGroups = kCodes != Codes::Plain && hasHalfGroups(call.weights);
    float sums[2][kRowsOf] = {};
    for (std::int64_t block = warp; block < call.weights.columns / 32; block += kWarps) {
        float weights[2][8];
#pragma unroll
        for (int upper = 0; upper < 2; ++upper)
            weightsOf<kCodes>(call.weights, min(tileRow + g + upper * 8, call.weights.rows - 1),
                              block, t, weights[upper]);
#pragma unroll
        for (int m = 0; m < kRowsOf; ++m) {
            const std::int64_t row = min(firstRow + m, static_cast<std::int64_t>(call.rows) - 1);
#pragma unroll
            for (int half = 0; half < 2; ++half) {
                float x[4];
                loadFour(call, row, block * 32 + laneColumn(halfGroups, t, half * 4), x);
#pragma unroll
                for (int i = 0; i < 4; ++i) {
                    sums[0][m] = fmaf(weights[0][half * 4 + i], x[i], sums[0][m]);
                    sums[1][m] = fmaf(weights[1][half * 4 + i], x[i], sums[1][m]);
                }
            }
        }
    }
#pragma unroll
    for (int m = 0; m < kRowsOf; ++m)
#pragma unroll
        for (int upper = 0; upper < 2; ++upper) {
            float sum = sums[upper][m];
            sum += __shfl_xor_sync(0xFFFFFFFFU, sum, 1);
            sum += __shfl_xor_sync(0xFFFFFFFFU, sum, 2);
            if (t == 0)
                meeting[warp][m][g + upper * 8] = sum;
        }
    __syncthreads();
    for (int index = static_cast<int>(threadIdx.x); index < kRowsOf * 16; index += kThreads) {
        const std::int64_t n = tileRow + index % 16;
        const std::int64_t m = firstRow + index / 16;
        if (n >= call.weights.rows || m >= call.rows)
            continue;
        float sum = 0.0F;
        for (int w = 0; w < kWarps; ++w)
            sum += meeting[w][index / 16][index % 16];
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
        return launch(floatKernel<kCodes, 1>, dim3(blocks), dim3(kThreads), 0, stream, call);
    const std::int32_t slices = (call.rows + kRows - 1) / kRows;
    if (slices > 0xFFFF)
        return Status::Unsupported;
    return launch(floatKernel<kCodes, kRows>, dim3(blocks, static_cast<unsigned>(slices)),
                  dim3(kThreads), 0, stream, call);
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
