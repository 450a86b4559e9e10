#pragma once

#include "hearth/kernels/half.h"

#include <cmath>
#include <cstddef>
#include <cstdint>
#include <limits>

namespace hearth {

/// An 8-bit float E4M3 (OCP 8-bit floating point, "E4M3FN"): no infinities, 0x7F is NaN.
[[nodiscard]] inline float e4m3ToF32(std::byte bits) {
    const auto code = std::to_integer<int>(bits);
    const int exponent = code >> 3 & 15;
    const int mantissa = code & 7;
    float value = exponent == 0 ? std::ldexp(static_cast<float>(mantissa), -9)
                                : std::ldexp(static_cast<float>(mantissa + 8), exponent - 10);
    if ((code & 0x7F) == 0x7F)
        value = std::numeric_limits<float>::quiet_NaN();
    return (code & 0x80) != 0 ? -value : value;
}

/// E5M2 is the upper byte of a half.
[[nodiscard]] inline float e5m2ToF32(std::byte bits) {
    return kernels::f16ToF32(static_cast<std::uint16_t>(std::to_integer<unsigned>(bits) << 8U));
}

} // namespace hearth
