#include "cuda/matmul/multiply.h"

#include "cuda/matmul/row_kernels.h"
#include "cuda/matmul/tensor/tensor_product.h"

#include <algorithm>

namespace hearth::kernels::cuda {

namespace {

// From where on cuBLAS takes over: for plain weights at once, for quantised ones after expanding
// them in bands.
constexpr std::int32_t kPlainRows = 8;
constexpr std::int32_t kQuantisedRows = 32;
constexpr std::int32_t kFloatRows = 8;

constexpr std::size_t kBandBytes = std::size_t{64} << 20;
constexpr std::size_t kPartialBytes = std::size_t{16} << 20;

std::size_t aligned(std::size_t bytes) {
    return (bytes + 255) / 256 * 256;
}

std::size_t numberBytes(DType type) {
    return blockSize(type).bytes;
}

std::int32_t quantisedRows(DType compute) {
    return compute == DType::F32 ? kFloatRows : kQuantisedRows;
}

std::size_t gatheredBytes(const WeightLayout& layout, std::int32_t rows, DType compute) {
    if (!layout.order)
        return 0;
    return aligned(std::size_t(rows) * std::size_t(layout.columns) * numberBytes(compute));
}

/// Rows of weights that are expanded at a time.
std::int64_t bandRows(const WeightLayout& layout, DType compute, std::size_t bytes) {
    const std::size_t row = std::size_t(layout.columns) * numberBytes(compute);
    const auto fitting = static_cast<std::int64_t>(bytes / row) / kTileRows * kTileRows;
    return std::min(fitting, rowTiles(layout.rows) * kTileRows);
}

std::size_t bandBytes(const WeightLayout& layout, DType compute) {
    const std::size_t row = std::size_t(layout.columns) * numberBytes(compute);
    const std::int64_t rows =
        std::max<std::int64_t>(bandRows(layout, compute, kBandBytes), kTileRows);
    return aligned(std::size_t(rows) * row);
}

/// One segment's product, and what of the scratch it may use.
struct SegmentCall {
    const WeightLayout& weights;
    DeviceRows in;
    DeviceRows out;
    const float* bias = nullptr;
    bool accumulate = false;
    std::int32_t rows = 0;
    std::byte* scratch = nullptr;
    std::size_t scratchBytes = 0;
};

Status multiplyTensor(const MultiplyContext& context, const SegmentCall& call) {
    TensorCall tensor;
    tensor.weights = call.weights;
    tensor.in = call.in.data;
    tensor.inStride = call.in.stride;
    tensor.columns = call.in.width;
    tensor.out = call.out.data;
    tensor.outStride = call.out.stride;
    tensor.bias = call.bias;
    tensor.rows = call.rows;
    tensor.aligned =
        reinterpret_cast<std::uintptr_t>(call.in.data) % 16 == 0 && call.in.stride % 8 == 0;
    tensor.floatOut = call.out.type == DType::F32;
    tensor.accumulate = call.accumulate;
    return launchTensor(context.stream, call.in.type, tensor, context.deterministic,
                        context.multiprocessors, reinterpret_cast<float*>(call.scratch),
                        std::min(call.scratchBytes, kPartialBytes));
}

Status multiplyCublas(const MultiplyContext& context, const SegmentCall& call,
                      const void* weights) {
    HEARTH_CUDA_TRY(context.cublas->multiply(context.stream, call.in, weights, call.weights.columns,
                                             call.out, call.rows, call.accumulate));
    return call.bias ? addBias(context.stream, call.out, call.bias, call.rows) : Status::Ok;
}

Status multiplyBands(const MultiplyContext& context, const SegmentCall& call) {
    const std::int64_t step = bandRows(call.weights, call.in.type, call.scratchBytes);
    if (step < kTileRows)
        return Status::InvalidArgument;
    for (std::int64_t first = 0; first < call.weights.rows; first += step) {
        const std::int64_t rows = std::min(step, call.weights.rows - first);
        HEARTH_CUDA_TRY(call.in.type == DType::F32
                            ? expandBand(context.stream, call.weights, first, rows, call.scratch)
                            : launchBand(context.stream, call.weights, first, rows, call.in.type,
                                         call.scratch));
        SegmentCall band = call;
        band.out.data = call.out.as<std::byte>() + std::size_t(first) * numberBytes(call.out.type);
        band.out.width = static_cast<std::int32_t>(rows);
        band.bias = call.bias ? call.bias + first : nullptr;
        HEARTH_CUDA_TRY(multiplyCublas(context, band, call.scratch));
    }
    return Status::Ok;
}

Status multiplySegment(const MultiplyContext& context, const SegmentCall& call) {
    const bool plain = call.weights.codes == Codes::Plain;
    if (plain && call.weights.type != call.in.type)
        return Status::InvalidArgument;
    const bool few = context.deterministic || !context.cublas ||
                     call.rows <= (call.in.type == DType::F32 ? kFloatRows
                                   : plain                    ? kPlainRows
                                                              : kQuantisedRows);
    if (few && call.in.type == DType::F32)
        return call.out.type == DType::F32
                   ? floatProduct(context.stream, call.weights, call.in, call.out, call.bias,
                                  call.accumulate, call.rows)
                   : Status::InvalidArgument;
    if (few)
        return multiplyTensor(context, call);
    return plain ? multiplyCublas(context, call, call.weights.data) : multiplyBands(context, call);
}

} // namespace

std::size_t multiplyScratchBytes(const CudaMatrix& weights, std::int32_t maxRows, DType compute,
                                 bool deterministic) {
    std::size_t most = 0;
    for (const MatrixSegment& segment : weights.segments()) {
        const WeightLayout& layout = segment.layout;
        const std::size_t gathered = gatheredBytes(layout, maxRows, compute);
        std::size_t working = 0;
        if (layout.codes != Codes::Plain && !deterministic) {
            if (maxRows > quantisedRows(compute))
                working = bandBytes(layout, compute);
            if (compute != DType::F32 && maxRows > 8)
                working =
                    std::max(working, std::min(kPartialBytes,
                                               4 * sizeof(float) *
                                                   std::size_t(std::min(maxRows, kQuantisedRows)) *
                                                   std::size_t(layout.rows)));
        }
        most = std::max(most, gathered + aligned(working));
    }
    return most;
}

Status multiply(const MultiplyContext& context, const CudaMatrix& weights, const DeviceRows& in,
                const DeviceRows& out, const float* bias, bool accumulate, std::int32_t rows) {
    if (rows <= 0)
        return Status::Ok;
    if (in.width != weights.columns() || out.width != weights.rows() ||
        (out.type != in.type && out.type != DType::F32))
        return Status::InvalidArgument;
    for (const MatrixSegment& segment : weights.segments()) {
        SegmentCall call{segment.layout,
                         in,
                         out,
                         bias ? bias + segment.firstRow : nullptr,
                         accumulate,
                         rows,
                         context.scratch,
                         context.scratchBytes};
        call.out.data = out.as<std::byte>() + std::size_t(segment.firstRow) * numberBytes(out.type);
        call.out.width = static_cast<std::int32_t>(segment.rows);
        if (const std::size_t bytes = gatheredBytes(segment.layout, rows, in.type); bytes > 0) {
            if (bytes > context.scratchBytes)
                return Status::InvalidArgument;
            call.in = {context.scratch, segment.layout.columns,
                       static_cast<std::int32_t>(segment.layout.columns), in.type};
            call.scratch += bytes;
            call.scratchBytes -= bytes;
            HEARTH_CUDA_TRY(gatherColumns(context.stream, in, segment.layout.order, call.in, rows));
        }
        HEARTH_CUDA_TRY(multiplySegment(context, call));
    }
    return Status::Ok;
}

} // namespace hearth::kernels::cuda
