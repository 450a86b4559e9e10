#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

namespace hearth::kernels {

/// How numbers lie in memory: plain types, and the block formats of GGUF v3 (the layouts are
/// those of ggml's `ggml-common.h`; a block is a run of consecutive elements of one row).
enum class DType : std::uint8_t {
    F32,
    F16,
    BF16,
    F64,
    I8,
    U8,
    I16,
    I32,
    I64,
    Bool,
    F8E4M3,
    F8E5M2,
    Q4_0,
    Q4_1,
    Q5_0,
    Q5_1,
    Q8_0,
    Q2_K,
    Q3_K,
    Q4_K,
    Q5_K,
    Q6_K,
    IQ4_NL,
    IQ4_XS,
    MXFP4,
    TQ1_0,
    TQ2_0,
    IQ1_S,
    IQ1_M,
    IQ2_XXS,
    IQ2_XS,
    IQ2_S,
    IQ3_XXS,
    IQ3_S,
};

/// Elements and bytes of one block; plain types are blocks of one element.
struct BlockSize {
    std::uint32_t elements;
    std::uint32_t bytes;
};

[[nodiscard]] constexpr BlockSize blockSize(DType type) {
    switch (type) {
    case DType::F32:
    case DType::I32:
        return {1, 4};
    case DType::F16:
    case DType::BF16:
    case DType::I16:
        return {1, 2};
    case DType::F64:
    case DType::I64:
        return {1, 8};
    case DType::I8:
    case DType::U8:
    case DType::Bool:
    case DType::F8E4M3:
    case DType::F8E5M2:
        return {1, 1};
    case DType::Q4_0:
    case DType::IQ4_NL:
        return {32, 18};
    case DType::Q4_1:
        return {32, 20};
    case DType::Q5_0:
        return {32, 22};
    case DType::Q5_1:
        return {32, 24};
    case DType::Q8_0:
        return {32, 34};
    case DType::Q2_K:
        return {256, 84};
    case DType::Q3_K:
        return {256, 110};
    case DType::Q4_K:
        return {256, 144};
    case DType::Q5_K:
        return {256, 176};
    case DType::Q6_K:
        return {256, 210};
    case DType::IQ4_XS:
        return {256, 136};
    case DType::MXFP4:
        return {32, 17};
    case DType::TQ1_0:
        return {256, 54};
    case DType::TQ2_0:
        return {256, 66};
    case DType::IQ1_S:
        return {256, 50};
    case DType::IQ1_M:
        return {256, 56};
    case DType::IQ2_XXS:
        return {256, 66};
    case DType::IQ2_XS:
        return {256, 74};
    case DType::IQ2_S:
        return {256, 82};
    case DType::IQ3_XXS:
        return {256, 98};
    case DType::IQ3_S:
        return {256, 110};
    }
    return {1, 1};
}

[[nodiscard]] constexpr bool isBlockQuantised(DType type) {
    return blockSize(type).elements > 1;
}

/// The format's customary name: "F32", "Q4_K", …
[[nodiscard]] std::string_view name(DType type);

} // namespace hearth::kernels
