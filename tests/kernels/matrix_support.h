#pragma once

#include "cpu/matrix/packed_matrix.h"
#include "cpu/thread_pool.h"
#include "hearth/kernels/dequantize.h"
#include "hearth/kernels/dtype.h"
#include "hearth/kernels/half.h"
#include "hearth/kernels/weights.h"

#include <cmath>
#include <cstdint>
#include <cstring>
#include <memory>
#include <random>
#include <span>
#include <vector>

namespace hearth::kernels::cpu::test {

/// Where the blocks of a format keep numbers in half precision.
inline std::vector<std::size_t> halfOffsets(DType type) {
    switch (type) {
    case DType::Q4_1:
    case DType::Q5_1:
    case DType::Q4_K:
    case DType::Q5_K:
        return {0, 2};
    case DType::Q2_K:
        return {80, 82};
    case DType::Q3_K:
        return {108};
    case DType::Q6_K:
        return {208};
    case DType::TQ1_0:
        return {52};
    case DType::TQ2_0:
        return {64};
    case DType::MXFP4:
    case DType::IQ1_M:
        return {};
    default:
        return {0};
    }
}

/// Random weights of any type that dequantize() knows: every bit of every code, finite scales.
inline std::vector<std::byte> randomWeights(DType type, std::int64_t rows, std::int64_t columns,
                                            std::mt19937& random) {
    const BlockSize block = blockSize(type);
    const auto blocks = static_cast<std::size_t>(rows * columns / block.elements);
    std::vector<std::byte> bytes(blocks * block.bytes);
    std::normal_distribution<float> normal(0.0F, 0.05F);
    for (std::size_t i = 0; i < blocks; ++i) {
        std::byte* at = bytes.data() + i * block.bytes;
        if (type == DType::F32) {
            const float value = normal(random);
            std::memcpy(at, &value, 4);
        } else if (!isBlockQuantised(type)) {
            const float value = normal(random);
            const std::uint16_t bits = type == DType::F16 ? f32ToF16(value) : f32ToBf16(value);
            std::memcpy(at, &bits, 2);
        } else {
            for (std::size_t b = 0; b < block.bytes; ++b)
                at[b] = static_cast<std::byte>(random());
            if (type == DType::MXFP4)
                at[0] = static_cast<std::byte>(120 + random() % 8);
            if (type == DType::IQ1_M)
                at[55] = static_cast<std::byte>(random() & 0x3fU); // The scale's upper bits.
            for (const std::size_t offset : halfOffsets(type)) {
                const std::uint16_t half = f32ToF16(normal(random));
                std::memcpy(at + offset, &half, 2);
            }
        }
    }
    return bytes;
}

inline WeightSource sourceOf(const std::vector<std::byte>& bytes, DType type, std::int64_t rows,
                             std::int64_t columns) {
    WeightSource source;
    source.data = bytes.data();
    source.type = type;
    source.rows = rows;
    source.columns = columns;
    source.rowBytes = columns / blockSize(type).elements * blockSize(type).bytes;
    return source;
}

inline std::vector<float> randomValues(std::int64_t count, std::mt19937& random) {
    std::normal_distribution<float> normal(0.0F, 1.0F);
    std::vector<float> values(static_cast<std::size_t>(count));
    for (float& value : values)
        value = normal(random);
    return values;
}

/// [T, N] by the code under test: all threads of `pool` quantise, then multiply.
inline std::vector<float> product(ThreadPool& pool, const PackedMatrix& matrix,
                                  std::span<const float> values, std::int64_t tokens,
                                  const float* bias = nullptr,
                                  const std::vector<float>* residual = nullptr) {
    QuantisedActivations memory;
    if (memory.reserve(tokens, matrix.columns()) != Status::Ok)
        return {};
    std::vector<float> out =
        residual ? *residual : std::vector<float>(static_cast<std::size_t>(tokens * matrix.rows()));
    const Activations input =
        memory.view(values.data(), matrix.columns(), tokens, matrix.columns());
    pool.run([&](ThreadPool::Worker& worker) {
        if (matrix.readsCodes())
            quantise(worker, input, matrix.feature(), matrix.order());
        worker.barrier();
        multiply(worker, matrix, input, {out.data(), matrix.rows(), bias, residual != nullptr});
    });
    return out;
}

struct Reference {
    double sum = 0.0;           ///< Σ w x
    double magnitude = 0.0;     ///< Σ |w x|
    double roundingBound = 0.0; ///< Σ |w| · largest |x| of the block / (254 · 254)
};

/// One element of the product in double precision.
inline Reference reference(std::span<const float> weights, std::span<const float> values) {
    Reference result;
    for (std::size_t first = 0; first < weights.size(); first += 32) {
        const std::size_t end = std::min(first + 32, weights.size());
        double largest = 0.0;
        double weightSum = 0.0;
        for (std::size_t k = first; k < end; ++k) {
            const double w = weights[k];
            const double x = values[k];
            largest = std::max(largest, std::fabs(x));
            weightSum += std::fabs(w);
            result.sum += w * x;
            result.magnitude += std::fabs(w * x);
        }
        result.roundingBound += weightSum * largest / (254.0 * 254.0);
    }
    return result;
}

} // namespace hearth::kernels::cpu::test
