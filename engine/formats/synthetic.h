#pragma once

#include "formats/tensor_view.h"
#include "hearth/result.h"

#include <nlohmann/json.hpp>

#include <string>
#include <string_view>
#include <vector>

namespace hearth {

/// A model whose weights nobody has: the shape of a published one, as its Hugging Face folder
/// would describe it, and tensors without data. A backend fills them with random numbers.
struct SyntheticModel {
    nlohmann::json config;           ///< As config.json says it.
    std::vector<std::string> names;  ///< Of the tensors; their views point into them.
    std::vector<TensorView> tensors;
};

/// True for "synthetic:SHAPE[:FORMAT]".
[[nodiscard]] bool isSyntheticName(std::string_view name);

/// Shapes: smollm2-135m, llama-1b, llama-3b, llama-2-7b, llama-3-8b, qwen2.5-7b, llama-3-70b,
/// qwen3-30b-a3b.
/// Formats: bf16 (where none is named), w4g128, w8 (linear layers in groups of 128 columns with a
/// float16 scale and zero each), fp8, q4_0, q4_k (linear layers); embedding and head stay bf16.
/// Errors: NotFound for an unknown shape or format, naming those there are.
Result<SyntheticModel> makeSyntheticModel(std::string_view name);

} // namespace hearth
