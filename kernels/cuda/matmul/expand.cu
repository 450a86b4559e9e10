#include "cuda/device/launch.h"
#include "cuda/device/number.cuh"
#include "cuda/matmul/multiply.h"
#include "cuda/matmul/row_kernels.h"
#include "cuda/weights/decode.h"

#include <algorithm>

namespace hearth::kernels::cuda {

namespace {

constexpr int kThreads = 256;

/// A thread the eight columns that a lane keeps of 32, of the rows g and g + 8 of a tile.
template<Codes kCodes>
__global__ void bandKernel(const WeightLayout layout, std::int64_t firstRow, std::int64_t rows,
                           float* out) {
    const std::int64_t blocks = layout.columns / 32;
    const std::int64_t index = std::int64_t{blockIdx.x} * kThreads + threadIdx.x;
    const std::int64_t lane = index % 32;
    const std::int64_t block = index / 32 % blocks;
    const std::int64_t first = index / 32 / blocks * kTileRows + lane / 4;
    const int t = static_cast<int>(lane % 4);
    const bool halfGroups = hasHalfGroups(layout);
    for (std::int64_t row = first; row < first + kTileRows && row < rows; row += 8) {
        float values[8];
        readEight<kCodes>(layout, firstRow + row, block, t, values);
        float* at = out + row * layout.columns + block * 32;
#pragma unroll
        for (int j = 0; j < 8; j += 4)
            *reinterpret_cast<float4*>(at + laneColumn(halfGroups, t, j)) =
                make_float4(values[j], values[j + 1], values[j + 2], values[j + 3]);
    }
}

/// How embedding rows are written.
struct RowWriter {
    const std::int32_t* ids = nullptr;
    float scale = 1.0F;
    DeviceRows out;
    bool accumulate = false;

    template<typename T>
    __device__ void write(std::int64_t index, std::int64_t column, float value) const {
        T* at = static_cast<T*>(out.data) + index * out.stride + column;
        const float scaled = value * scale;
        *at = fromFloat<T>(accumulate ? toFloat(*at) + scaled : scaled);
    }
};

template<typename T, typename From>
__global__ void plainRowsKernel(const WeightLayout layout, std::int64_t firstRow,
                                std::int64_t columns, const RowWriter writer) {
    const std::int64_t row = writer.ids[blockIdx.x] - firstRow;
    if (row < 0 || row >= layout.rows)
        return;
    const From* from = reinterpret_cast<const From*>(layout.data) + row * layout.columns;
    for (std::int64_t column = threadIdx.x; column < columns; column += kThreads)
        writer.template write<T>(blockIdx.x, column, toFloat(from[column]));
}

template<typename T, Codes kCodes>
__global__ void codedRowsKernel(const WeightLayout layout, std::int64_t firstRow,
                                std::int64_t columns, const RowWriter writer) {
    const std::int64_t row = writer.ids[blockIdx.x] - firstRow;
    if (row < 0 || row >= layout.rows)
        return;
    const bool halfGroups = hasHalfGroups(layout);
    for (std::int64_t piece = threadIdx.x; piece < layout.columns / 8; piece += kThreads) {
        const int t = static_cast<int>(piece % 4);
        float values[8];
        readEight<kCodes>(layout, row, piece / 4, t, values);
#pragma unroll
        for (int j = 0; j < 8; ++j) {
            std::int64_t column = piece / 4 * 32 + laneColumn(halfGroups, t, j);
            if (layout.order)
                column = layout.order[column];
            if (column >= 0 && column < columns)
                writer.template write<T>(blockIdx.x, column, values[j]);
        }
    }
}

template<typename T>
Status expandSegment(cudaStream_t stream, const MatrixSegment& segment, std::int64_t columns,
                     std::int32_t count, const RowWriter& writer) {
    const dim3 grid(static_cast<unsigned>(count));
    const WeightLayout& layout = segment.layout;
    if (layout.codes == Codes::Plain)
        return withNumber(layout.type, [&](auto from) {
            return launch(plainRowsKernel<T, typename decltype(from)::Type>, grid, dim3(kThreads),
                          0, stream, layout, segment.firstRow, columns, writer);
        });
    return withCodes(layout.codes, [&](auto codes) {
        return launch(codedRowsKernel<T, decltype(codes)::kValue>, grid, dim3(kThreads), 0, stream,
                      layout, segment.firstRow, columns, writer);
    });
}

} // namespace

Status expandBand(cudaStream_t stream, const WeightLayout& layout, std::int64_t firstRow,
                  std::int64_t rows, void* out) {
    const std::int64_t threads = rowTiles(rows) * (layout.columns / 32) * 32;
    const dim3 grid(static_cast<unsigned>((threads + kThreads - 1) / kThreads));
    return withCodes(layout.codes, [&](auto codes) {
        return launch(bandKernel<decltype(codes)::kValue>, grid, dim3(kThreads), 0, stream, layout,
                      firstRow, rows, static_cast<float*>(out));
    });
}

Status expandRows(cudaStream_t stream, const CudaMatrix& matrix, const std::int32_t* ids,
                  std::int32_t count, float scale, const DeviceRows& out, bool accumulate) {
    if (count <= 0)
        return Status::Ok;
    if (out.width != matrix.columns())
        return Status::InvalidArgument;
    const RowWriter writer{ids, scale, out, accumulate};
    for (const MatrixSegment& segment : matrix.segments())
        HEARTH_CUDA_TRY(withNumber(out.type, [&](auto tag) {
            return expandSegment<typename decltype(tag)::Type>(stream, segment, matrix.columns(),
                                                               count, writer);
        }));
    return Status::Ok;
}

} // namespace hearth::kernels::cuda
