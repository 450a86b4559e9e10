#pragma once

#include <cstdint>

/// Blocks of 256 numbers of GGUF's ternary and i-quants, expanded to out[256]; used by
/// dequantize().
namespace hearth::kernels {

void dequantizeTq10(const std::uint8_t* block, float* out);
void dequantizeTq20(const std::uint8_t* block, float* out);
void dequantizeIq1S(const std::uint8_t* block, float* out);
void dequantizeIq1M(const std::uint8_t* block, float* out);
void dequantizeIq2Xxs(const std::uint8_t* block, float* out);
void dequantizeIq2Xs(const std::uint8_t* block, float* out);
void dequantizeIq2S(const std::uint8_t* block, float* out);
void dequantizeIq3Xxs(const std::uint8_t* block, float* out);
void dequantizeIq3S(const std::uint8_t* block, float* out);

} // namespace hearth::kernels
