#include "cpu/matrix/activations.h"

#include "cpu/matrix/kernels.h"

#include <algorithm>

namespace hearth::kernels::cpu {

Status QuantisedActivations::reserve(std::int64_t maxRows, std::int64_t maxColumns) {
    if (maxRows < 0 || maxColumns < 0)
        return Status::InvalidArgument;
    std::int64_t blocks = 0;
    if (__builtin_mul_overflow(maxRows, blockCount(maxColumns), &blocks) || !reserve(blocks))
        return Status::OutOfMemory;
    return Status::Ok;
}

bool QuantisedActivations::reserve(std::int64_t blocks) {
    std::size_t codes = 0;
    return !__builtin_mul_overflow(blocks, kBlockCodes, &codes) &&
           (blocks == 0 ||
            (m_codes.allocate(codes) && m_scales.allocate(static_cast<std::size_t>(blocks))));
}

Activations QuantisedActivations::view(const float* values, std::int64_t stride, std::int64_t rows,
                                       std::int64_t columns, std::int64_t firstBlock) const {
    return {values,
            stride,
            rows,
            columns,
            m_codes.data() + firstBlock * kBlockCodes,
            m_scales.data() + firstBlock};
}

void quantiseRow(const float* values, const Activations& activations, std::int64_t row,
                 CpuFeature feature, std::span<const std::int32_t> order) {
    const QuantiseFunction function = quantiseFunction(feature);
    std::int8_t* codes = activations.codes + row * kBlockCodes;
    BlockScale* scales = activations.scales + row;
    const std::int64_t columns = activations.columns;
    if (order.empty()) {
        function(values, columns, codes, scales, activations.rows);
        return;
    }
    float block[kBlockColumns];
    for (std::int64_t first = 0; first < columns; first += kBlockColumns) {
        const std::int64_t count = std::min(kBlockColumns, columns - first);
        for (std::int64_t i = 0; i < count; ++i)
            block[i] = values[order[static_cast<std::size_t>(first + i)]];
        function(block, count, codes, scales, activations.rows);
        codes += activations.rows * kBlockCodes;
        scales += activations.rows;
    }
}

void quantise(const Activations& activations, std::int64_t firstRow, std::int64_t rowCount,
              CpuFeature feature, std::span<const std::int32_t> order) {
    for (std::int64_t row = firstRow; row < firstRow + rowCount; ++row)
        quantiseRow(activations.values + row * activations.stride, activations, row, feature,
                    order);
}

void quantise(ThreadPool::Worker& worker, const Activations& activations, CpuFeature feature,
              std::span<const std::int32_t> order) {
    // Some rows at a time: neighbours share cache lines of codes and scales.
    constexpr std::int64_t kRows = 4;
    worker.forEach((activations.rows + kRows - 1) / kRows, [&](std::int64_t task) {
        const std::int64_t first = task * kRows;
        quantise(activations, first, std::min(kRows, activations.rows - first), feature, order);
    });
}

} // namespace hearth::kernels::cpu
