#pragma once

#include "cpu/cpu_features.h"
#include "cpu/matrix/packed_matrix.h"
#include "kernels/matrix_support.h"

#include <gtest/gtest.h>

#include <array>
#include <memory>
#include <random>
#include <string>

/// What the tests of packed matrices share: every instruction set, and products against sums in
/// double.
namespace hearth::kernels::cpu::test {

inline constexpr std::array kFeatures{CpuFeature::Scalar, CpuFeature::Avx2, CpuFeature::Avx512Vnni};

// Float sums in an order of their own, against sums in double.
inline constexpr double kFloatTolerance = 1e-5;

inline std::unique_ptr<PackedMatrix> pack(std::span<const WeightSource> parts, CpuFeature feature,
                                          bool exact = false, ThreadPool* pool = nullptr) {
    std::unique_ptr<PackedMatrix> matrix;
    EXPECT_EQ(packMatrix(parts, {feature, exact, pool}, matrix), Status::Ok);
    return matrix;
}

inline std::vector<float> expand(const WeightSource& source) {
    std::vector<float> weights(static_cast<std::size_t>(source.rows * source.columns));
    EXPECT_TRUE(dequantize(source.type, source.data, weights.data(), weights.size()));
    return weights;
}

inline void expectNear(std::span<const float> out, std::span<const float> weights,
                       std::span<const float> values, std::int64_t rows, std::int64_t tokens,
                       std::int64_t columns, bool codes) {
    ASSERT_EQ(out.size(), static_cast<std::size_t>(rows * tokens));
    for (std::int64_t t = 0; t < tokens; ++t) {
        for (std::int64_t n = 0; n < rows; ++n) {
            const auto width = static_cast<std::size_t>(columns);
            const auto expected =
                reference(weights.subspan(static_cast<std::size_t>(n) * width, width),
                          values.subspan(static_cast<std::size_t>(t) * width, width));
            const double bound =
                kFloatTolerance * expected.magnitude + (codes ? expected.roundingBound : 0.0);
            ASSERT_NEAR(out[static_cast<std::size_t>(t * rows + n)], expected.sum, bound)
                << "token " << t << " row " << n;
        }
    }
}

inline std::string pathName(CpuFeature feature) {
    return feature == CpuFeature::Scalar ? "Scalar"
           : feature == CpuFeature::Avx2 ? "Avx2"
                                         : "Avx512";
}

class MatrixPath : public testing::TestWithParam<CpuFeature> {
protected:
    void SetUp() override {
        if (detectFeature(GetParam()) != GetParam())
            GTEST_SKIP() << "this processor has no " << featureName(GetParam());
    }
    ThreadPool m_pool{3};
    std::mt19937 m_random{20261122};
};

} // namespace hearth::kernels::cpu::test
