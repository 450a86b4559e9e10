#pragma once

#include "common/allocation.h"
#include "cuda/device/cublas.h"
#include "cuda/device/uploader.h"
#include "cuda/matmul/multiply.h"
#include "cuda/weights/packed_matrix.h"
#include "hearth/kernels/dequantize.h"
#include "hearth/kernels/half.h"
#include "kernels/cuda/device_arrays.h"
#include "kernels/matrix_support.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <cstring>
#include <limits>
#include <memory>
#include <random>
#include <span>
#include <vector>

namespace hearth::kernels::cuda::testing {

/// Numbers of a type as bytes, and back.
inline std::vector<std::byte> encode(std::span<const float> values, DType type) {
    const std::size_t size = blockSize(type).bytes;
    std::vector<std::byte> bytes(values.size() * size);
    for (std::size_t i = 0; i < values.size(); ++i) {
        if (type == DType::F32) {
            std::memcpy(&bytes[i * 4], &values[i], 4);
        } else {
            const std::uint16_t bits =
                type == DType::F16 ? f32ToF16(values[i]) : f32ToBf16(values[i]);
            std::memcpy(&bytes[i * 2], &bits, 2);
        }
    }
    return bytes;
}

inline std::vector<float> decode(std::span<const std::byte> bytes, DType type) {
    std::vector<float> values(bytes.size() / blockSize(type).bytes);
    EXPECT_TRUE(dequantize(type, bytes.data(), values.data(), values.size()));
    return values;
}

/// What is stored of a number in a type.
inline float rounded(float value, DType type) {
    return type == DType::F16    ? f16ToF32(f32ToF16(value))
           : type == DType::BF16 ? bf16ToF32(f32ToBf16(value))
                                 : value;
}

/// Rows in device memory that begin `shift` numbers after an aligned address, with poison (NaN)
/// around them.
class Rows {
public:
    Rows(std::int64_t rows, std::int64_t width, DType type, std::int64_t shift = 0)
        : m_rows(rows)
        , m_width(width)
        , m_shift(shift)
        , m_stride((width + shift + 127) / 128 * 128)
        , m_type(type)
        , m_host(std::size_t(rows * m_stride), std::numeric_limits<float>::quiet_NaN())
        , m_memory(std::size_t(rows * m_stride) * blockSize(type).bytes) {
        upload();
    }

    void set(std::span<const float> values) {
        for (std::int64_t r = 0; r < m_rows; ++r)
            std::copy_n(values.begin() + r * m_width, m_width,
                        m_host.begin() + r * m_stride + m_shift);
        upload();
    }
    /// The rows, packed; what lies around them must still be poison.
    [[nodiscard]] std::vector<float> get() const {
        const auto all = decode(m_memory.download(), m_type);
        std::vector<float> values;
        for (std::int64_t r = 0; r < m_rows; ++r)
            for (std::int64_t c = 0; c < m_stride; ++c) {
                const float value = all[std::size_t(r * m_stride + c)];
                if (c >= m_shift && c < m_shift + m_width)
                    values.push_back(value);
                else
                    EXPECT_TRUE(std::isnan(value)) << "written beside row " << r << " at " << c;
            }
        return values;
    }
    [[nodiscard]] DeviceRows view() const {
        return {m_memory.data() + std::size_t(m_shift) * blockSize(m_type).bytes, m_stride,
                std::int32_t(m_width), m_type};
    }

private:
    void upload() { m_memory.upload(encode(m_host, m_type)); }

    std::int64_t m_rows;
    std::int64_t m_width;
    std::int64_t m_shift;
    std::int64_t m_stride;
    DType m_type;
    std::vector<float> m_host;
    DeviceArray<std::byte> m_memory;
};

struct ProductOptions {
    bool bias = false;
    bool accumulate = false;
    bool floatOut = false;
    std::int64_t inShift = 0;
    std::int64_t outShift = 0;
    bool deterministic = false;
};

/// What products need besides their operands.
class MatrixWorld {
public:
    MatrixWorld() {
        EXPECT_EQ(Uploader::create(uploader), Status::Ok);
        EXPECT_EQ(Cublas::create(cublas), Status::Ok);
    }

    [[nodiscard]] std::unique_ptr<CudaMatrix> pack(std::span<const WeightSource> parts,
                                                   DType compute) {
        std::unique_ptr<CudaMatrix> matrix;
        EXPECT_EQ(packMatrix(parts, compute, *uploader, matrix), Status::Ok);
        EXPECT_EQ(uploader->finish(), Status::Ok);
        return matrix;
    }

    /// All rows of a matrix.
    [[nodiscard]] std::vector<float> expand(const CudaMatrix& matrix, DType type = DType::F32) {
        std::vector<std::int32_t> ids;
        for (std::int32_t row = 0; row < matrix.rows(); ++row)
            ids.push_back(row);
        const DeviceArray<std::int32_t> onDevice(ids);
        Rows out(matrix.rows(), matrix.columns(), type);
        EXPECT_EQ(expandRows(nullptr, matrix, onDevice.data(), std::int32_t(ids.size()), 1.0F,
                             out.view(), false),
                  Status::Ok);
        return out.get();
    }

    /// x [rows, K] times the matrix; `residual` is what out holds before.
    [[nodiscard]] std::vector<float> multiply(const CudaMatrix& matrix, std::span<const float> x,
                                              std::int32_t rows, DType compute,
                                              const ProductOptions& options = {},
                                              std::span<const float> bias = {},
                                              std::span<const float> residual = {}) {
        Rows in(rows, matrix.columns(), compute, options.inShift);
        in.set(x);
        Rows out(rows, matrix.rows(), options.floatOut ? DType::F32 : compute, options.outShift);
        if (options.accumulate)
            out.set(residual);
        const DeviceArray<float> biasOnDevice(std::vector<float>(bias.begin(), bias.end()));
        MultiplyContext context;
        context.cublas = cublas.get();
        context.deterministic = options.deterministic;
        context.multiprocessors = 8;
        context.scratchBytes = multiplyScratchBytes(matrix, rows, compute, options.deterministic);
        const DeviceArray<std::byte> scratch(context.scratchBytes);
        context.scratch = scratch.data();
        EXPECT_EQ(cuda::multiply(context, matrix, in.view(), out.view(),
                                 options.bias ? biasOnDevice.data() : nullptr, options.accumulate,
                                 rows),
                  Status::Ok);
        return out.get();
    }

    std::unique_ptr<Uploader> uploader;
    std::unique_ptr<Cublas> cublas;
};

/// ‖out - expected‖ / ‖expected‖, the expected product summed in double from weights [N, K] and x
/// as the compute type stores it.
inline double productError(std::span<const float> out, std::span<const float> weights,
                           std::span<const float> x, std::int64_t rows, std::int64_t columns,
                           DType compute, std::span<const float> bias = {},
                           std::span<const float> residual = {}) {
    const auto outputs = std::int64_t(weights.size()) / columns;
    EXPECT_EQ(std::int64_t(out.size()), rows * outputs);
    double difference = 0.0;
    double norm = 0.0;
    for (std::int64_t m = 0; m < rows; ++m)
        for (std::int64_t n = 0; n < outputs; ++n) {
            double sum = bias.empty() ? 0.0 : double(bias[std::size_t(n)]);
            if (!residual.empty())
                sum += residual[std::size_t(m * outputs + n)];
            for (std::int64_t k = 0; k < columns; ++k)
                sum += double(weights[std::size_t(n * columns + k)]) *
                       double(rounded(x[std::size_t(m * columns + k)], compute));
            const double delta = double(out[std::size_t(m * outputs + n)]) - sum;
            difference += delta * delta;
            norm += sum * sum;
        }
    return std::isfinite(difference) ? std::sqrt(difference / std::max(norm, 1e-300)) : 1e30;
}

/// Float32 sums; then the rounding of plain weights and of the result. Quantised weights that are
/// expanded for cuBLAS are rounded once as well.
inline double productTolerance(DType compute) {
    switch (compute) {
    case DType::F16:
        return 1e-3;
    case DType::BF16:
        return 6e-3;
    default:
        return 1e-5;
    }
}

inline std::vector<float> dequantised(const WeightSource& source) {
    std::vector<float> weights(std::size_t(source.rows * source.columns));
    EXPECT_TRUE(dequantize(source.type, source.data, weights.data(), weights.size()));
    return weights;
}

inline std::vector<float> roundedTo(std::vector<float> values, DType type) {
    for (float& value : values)
        value = rounded(value, type);
    return values;
}

} // namespace hearth::kernels::cuda::testing
