#pragma once

#include "formats/quantised/quantisation_config.h"
#include "formats/tensor_view.h"
#include "hearth/result.h"

#include <deque>
#include <filesystem>
#include <optional>
#include <span>
#include <string>
#include <vector>

namespace hearth {

/// A checkpoint's tensors after the parts of each quantised matrix became one logical tensor.
struct QuantisedTensors {
    std::deque<std::string> names;   ///< Of the logical tensors; their views point into it.
    std::vector<TensorView> tensors; ///< Logical ones and those that are none's parts.
};

/// How a Hugging Face folder says that it is quantised: `config`'s quantization_config, or the
/// files quantize_config.json (old GPTQ), quant_config.json (old AWQ); or, where X.qweight lie in
/// it without any of these, what their shapes say (LMDeploy 0.1's AWQ). Nothing if it isn't.
/// Errors: Corrupt if it is no object; those of readJson().
Result<std::optional<QuantisationConfig>> findQuantisation(const std::filesystem::path& folder,
                                                           const nlohmann::json& config,
                                                           std::span<const TensorView> tensors);

/// Replaces parts by logical tensors. `tensors` sorted by name.
/// Errors: Unsupported naming the method; those of the format's reader.
Result<QuantisedTensors> resolveQuantised(const QuantisationConfig& config, const std::string& path,
                                          std::span<const TensorView> tensors);

} // namespace hearth
