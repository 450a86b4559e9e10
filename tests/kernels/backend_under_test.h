#pragma once

#include "hearth/kernels/backend.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <functional>
#include <memory>
#include <ostream>
#include <span>
#include <string>
#include <vector>

namespace hearth::kernels::testing {

/// A backend as a test program offers it to the tests that every backend must pass.
struct BackendUnderTest {
    std::string name;
    std::function<std::unique_ptr<Backend>()> make;
    /// What the type of its activations costs, relative to the largest number; 0: float32.
    double rounding = 0.0;

    /// The error allowed where float32 activations are allowed `tolerance`.
    [[nodiscard]] double allowed(double tolerance) const { return std::max(tolerance, rounding); }
};

inline void PrintTo(const BackendUnderTest& backend, std::ostream* out) {
    *out << backend.name;
}

/// Defined once in every test program; empty where the device is missing.
[[nodiscard]] std::vector<BackendUnderTest> backendsUnderTest();

/// Tests that run on every backend of the program.
class AtEachBackend : public ::testing::TestWithParam<BackendUnderTest> {
protected:
    std::unique_ptr<Backend> backend = GetParam().make();
};

#define HEARTH_AT_EACH_BACKEND(suite)                                                              \
    INSTANTIATE_TEST_SUITE_P(                                                                      \
        Backends, suite, ::testing::ValuesIn(backendsUnderTest()),                                 \
        [](const ::testing::TestParamInfo<BackendUnderTest>& test) { return test.param.name; })

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

} // namespace hearth::kernels::testing
