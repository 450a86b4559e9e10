#pragma once

#include "hearth/kernels/cpu_backend.h"

#include <gtest/gtest.h>

#include <memory>
#include <string>

namespace hearth::kernels::testing {

[[nodiscard]] inline std::unique_ptr<Backend> makeCpuBackend(CpuFeature feature,
                                                             std::int32_t threads = 2) {
    std::unique_ptr<Backend> backend;
    const Status status =
        createCpuBackend({.threads = threads, .maximumFeature = feature}, backend);
    EXPECT_EQ(status, Status::Ok);
    return backend;
}

/// Tests that run at every instruction set.
class AtEachFeature : public ::testing::TestWithParam<CpuFeature> {};

[[nodiscard]] inline std::string featureName(CpuFeature feature) {
    switch (feature) {
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
        [](const ::testing::TestParamInfo<CpuFeature>& test) { return featureName(test.param); })

} // namespace hearth::kernels::testing
