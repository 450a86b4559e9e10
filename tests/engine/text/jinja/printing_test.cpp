#include "text/jinja/printing.h"

#include <gtest/gtest.h>

namespace hearth::jinja {
namespace {

/// Leaves digits where the next function has its buffers.
[[gnu::noinline]] void fillStackWithDigits() {
    volatile char bytes[4096];
    for (volatile char& byte : bytes)
        byte = '9';
}

TEST(JinjaPrinting, FloatsPrintAsPythonsWhateverTheStackHolds) {
    const std::pair<double, const char*> kCases[] = {
        {11.5, "11.5"},     {2.5, "2.5"},       {-0.0, "-0.0"},
        {0.0001, "0.0001"}, {0.00001, "1e-05"}, {1e15, "1000000000000000.0"},
        {1e16, "1e+16"},    {1e300, "1e+300"},  {5e-324, "5e-324"}};
    for (const auto& [value, expected] : kCases) {
        fillStackWithDigits();
        EXPECT_EQ(floatText(value), expected);
    }
}

} // namespace
} // namespace hearth::jinja
