#pragma once

#include <bit>
#include <cstdint>

namespace hearth::kernels {

/// IEEE 754 binary16 to binary32; exact, subnormals, infinities and NaN included.
[[nodiscard]] constexpr float f16ToF32(std::uint16_t half) {
    const std::uint32_t sign = std::uint32_t{half & 0x8000u} << 16;
    const std::uint32_t exponent = (half >> 10) & 0x1fu;
    const std::uint32_t mantissa = half & 0x3ffu;
    if (exponent == 0) {
        const float magnitude = static_cast<float>(mantissa) * 0x1p-24f;
        return std::bit_cast<float>(std::bit_cast<std::uint32_t>(magnitude) | sign);
    }
    const std::uint32_t bias = exponent == 0x1fu ? 255u - 31u : 127u - 15u;
    return std::bit_cast<float>(sign | (exponent + bias) << 23 | mantissa << 13);
}

/// binary32 to binary16, rounded to nearest, ties to even; overflow gives infinity, NaN a quiet
/// NaN.
[[nodiscard]] constexpr std::uint16_t f32ToF16(float value) {
    const std::uint32_t bits = std::bit_cast<std::uint32_t>(value);
    const std::uint32_t sign = (bits >> 16) & 0x8000u;
    const std::uint32_t magnitude = bits & 0x7fffffffu;
    if (magnitude > 0x7f800000u)
        return static_cast<std::uint16_t>(sign | 0x7e00u | (magnitude >> 13 & 0x3ffu));
    if (magnitude >= 0x477ff000u) // 65520, the least value that rounds to 65536
        return static_cast<std::uint16_t>(sign | 0x7c00u);
    if (magnitude >= 0x38800000u) { // 2^-14, the least normal value
        const std::uint32_t odd = magnitude >> 13 & 1u;
        return static_cast<std::uint16_t>(sign | (magnitude - (112u << 23) + 0xfffu + odd) >> 13);
    }
    // Adding 0.5 shifts the value's units of 2^-24 to the bottom of the mantissa, rounded by the
    // addition itself.
    const float shifted = std::bit_cast<float>(magnitude) + 0.5f;
    return static_cast<std::uint16_t>(sign | (std::bit_cast<std::uint32_t>(shifted) - 0x3f000000u));
}

[[nodiscard]] constexpr float bf16ToF32(std::uint16_t value) {
    return std::bit_cast<float>(std::uint32_t{value} << 16);
}

/// binary32 to bfloat16, rounded to nearest, ties to even; NaN stays a (quiet) NaN.
[[nodiscard]] constexpr std::uint16_t f32ToBf16(float value) {
    const std::uint32_t bits = std::bit_cast<std::uint32_t>(value);
    if ((bits & 0x7fffffffu) > 0x7f800000u)
        return static_cast<std::uint16_t>(bits >> 16 | 0x40u);
    return static_cast<std::uint16_t>((bits + 0x7fffu + (bits >> 16 & 1u)) >> 16);
}

/// E4M3 as checkpoints have it ("fn": no infinities, NaN where all bits of the magnitude are set).
[[nodiscard]] constexpr float f8E4M3ToF32(std::uint8_t code) {
    const std::uint32_t magnitude = code & 0x7fu;
    const auto half = static_cast<std::uint16_t>((code & 0x80u) << 8 | magnitude << 7);
    return magnitude == 0x7fu ? f16ToF32(0x7e00) : f16ToF32(half) * 256.0F;
}

/// E5M2: the upper byte of a binary16.
[[nodiscard]] constexpr float f8E5M2ToF32(std::uint8_t code) {
    return f16ToF32(static_cast<std::uint16_t>(code << 8));
}

/// Half of the scale 2^(code - 127) that MXFP4 keeps (OCP Microscaling Formats 1.0).
[[nodiscard]] constexpr float e8M0HalfToF32(std::uint8_t code) {
    return std::bit_cast<float>(code < 2 ? 0x00200000u << code : std::uint32_t{code - 1u} << 23);
}
/// Twice the numbers of E2M1: what that half scale multiplies.
inline constexpr std::int8_t kTwiceE2M1[16] = {0, 1,  2,  3,  4,  6,  8,  12,
                                               0, -1, -2, -3, -4, -6, -8, -12};

} // namespace hearth::kernels
