#pragma once

#include "hearth/kernels/cpu_backend.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <memory>
#include <span>
#include <string>
#include <vector>

namespace hearth::kernels::testing {

[[nodiscard]] inline std::unique_ptr<Backend> makeCpuBackend(CpuFeature feature,
                                                             std::int32_t threads = 2) {
    std::unique_ptr<Backend> backend;
    const Status status =
        createCpuBackend({.threads = threads, .maximumFeature = feature}, backend);
    EXPECT_EQ(status, Status::Ok);
    return backend;
}

/// The largest difference, relative to the largest reference.
[[nodiscard]] inline double relativeError(std::span<const float> values,
                                          std::span<const double> reference) {
    EXPECT_EQ(values.size(), reference.size());
    double worst = 0;
    double largest = 1e-30;
    for (std::size_t i = 0; i < std::min(values.size(), reference.size()); ++i) {
        const double difference = std::abs(static_cast<double>(values[i]) - reference[i]);
        worst = std::isnan(difference) ? INFINITY : std::max(worst, difference);
        largest = std::max(largest, std::abs(reference[i]));
    }
    return worst / largest;
}

/// Tests that run at every instruction set.
class AtEachFeature : public ::testing::TestWithParam<CpuFeature> {};

[[nodiscard]] inline std::string featureLabel(const ::testing::TestParamInfo<CpuFeature>& info) {
    switch (info.param) {
    case CpuFeature::Scalar:
        return "scalar";
    case CpuFeature::Avx2:
        return "avx2";
    case CpuFeature::Avx512Vnni:
        return "avx512";
    }
    return "";
}

#define HEARTH_AT_EACH_FEATURE(suite)                                                              \
    INSTANTIATE_TEST_SUITE_P(                                                                      \
        Cpu, suite,                                                                                \
        ::testing::Values(CpuFeature::Scalar, CpuFeature::Avx2, CpuFeature::Avx512Vnni),           \
        featureLabel)

} // namespace hearth::kernels::testing
