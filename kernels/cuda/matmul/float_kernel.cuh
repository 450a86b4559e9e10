#pragma once

#include "cuda/weights/decode.h"

#include <cuda_runtime.h>

#include <cstdint>

/// Products of float32 rows without tensor cores, for every layout of weights. A block has 16 rows
/// of weights and kRows rows of x; its warps share out K, the four lanes of a row each 32 columns.
/// A sum's order depends on K alone.
namespace hearth::kernels::cuda {

inline constexpr int kFloatWarps = 8;
inline constexpr int kFloatThreads = kFloatWarps * 32;

/// Sums by warp, row of x and row of weights.
template<int kRows>
using FloatMeeting = float[kFloatWarps][kRows][16];

/// Four columns of a row of x, of which `order` says where they lie (nullptr: where they stand);
/// zeros beyond `width`.
__device__ inline void loadFourColumns(const float* row, std::int64_t column, std::int64_t width,
                                       const std::int32_t* order, bool aligned, float (&out)[4]) {
    if (!order && aligned && column + 4 <= width) {
        const float4 four = *reinterpret_cast<const float4*>(row + column);
        out[0] = four.x;
        out[1] = four.y;
        out[2] = four.z;
        out[3] = four.w;
        return;
    }
#pragma unroll
    for (int i = 0; i < 4; ++i) {
        if (order) {
            const std::int32_t from = order[column + i];
            out[i] = from < 0 ? 0.0F : row[from];
        } else {
            out[i] = column + i < width ? row[column + i] : 0.0F;
        }
    }
}

/// Eight weights of a row, plain ones too.
template<Codes kCodes>
__device__ inline void weightsOf(const WeightLayout& layout, std::int64_t row, std::int64_t block,
                                 int t, float (&out)[8]) {
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

/// The block's sums to `meeting`, and a barrier; x.load(m, column, four) gives columns of row m.
template<Codes kCodes, int kRows, typename X>
__device__ inline void sumFloats(const WeightLayout& layout, std::int64_t tileRow, const X& x,
                                 FloatMeeting<kRows>& meeting) {
    const int lane = static_cast<int>(threadIdx.x) % 32;
    const int warp = static_cast<int>(threadIdx.x) / 32;
    const int g = lane / 4;
    const int t = lane % 4;
    const bool halfGroups = kCodes != Codes::Plain && hasHalfGroups(layout);
    float sums[2][kRows] = {};
    for (std::int64_t block = warp; block < layout.columns / 32; block += kFloatWarps) {
        float weights[2][8];
#pragma unroll
        for (int upper = 0; upper < 2; ++upper)
            weightsOf<kCodes>(layout, min(tileRow + g + upper * 8, layout.rows - 1), block, t,
                              weights[upper]);
#pragma unroll
        for (int m = 0; m < kRows; ++m) {
#pragma unroll
            for (int half = 0; half < 2; ++half) {
                float four[4];
                x.load(m, block * 32 + laneColumn(halfGroups, t, half * 4), four);
#pragma unroll
                for (int i = 0; i < 4; ++i) {
                    sums[0][m] = fmaf(weights[0][half * 4 + i], four[i], sums[0][m]);
                    sums[1][m] = fmaf(weights[1][half * 4 + i], four[i], sums[1][m]);
                }
            }
        }
    }
#pragma unroll
    for (int m = 0; m < kRows; ++m)
#pragma unroll
        for (int upper = 0; upper < 2; ++upper) {
            float sum = sums[upper][m];
            sum += __shfl_xor_sync(0xFFFFFFFFU, sum, 1);
            sum += __shfl_xor_sync(0xFFFFFFFFU, sum, 2);
            if (t == 0)
                meeting[warp][m][g + upper * 8] = sum;
        }
    __syncthreads();
}

template<int kRows>
__device__ inline float joinFloats(const FloatMeeting<kRows>& meeting, int m, int n) {
    float sum = 0.0F;
    for (int w = 0; w < kFloatWarps; ++w)
        sum += meeting[w][m][n];
    return sum;
}

} // namespace hearth::kernels::cuda
