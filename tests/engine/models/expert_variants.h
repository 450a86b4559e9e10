#pragma once

#include "formats/checkpoint.h"
#include "support/temporary_folder.h"

#include <nlohmann/json.hpp>

#include <filesystem>
#include <string>

namespace hearth::test {

/// A folder of tests/data/models.
[[nodiscard]] std::filesystem::path modelFolder(const std::string& name);

/// Writes a model's folder anew with transformers 5's names: experts joined to
/// mlp.experts.gate_up_proj [E, 2I, H] and down_proj [E, H, I]. BF16 tensors only.
std::filesystem::path writeFused(const TemporaryFolder& folder, const std::string& model);

enum class ExpertLayout {
    Stacked, ///< ffn_gate_exps [E, I, H], …; latent attention split in attn_k_b and attn_v_b.
    Older,   ///< ffn_gate.E, …; attn_kv_b, and the lengths of heads without "_mla".
};

/// Writes a mixture of experts of tests/data/models as a GGUF file, as llama.cpp's converter maps
/// it. Of folders in BF16.
std::filesystem::path writeExpertGguf(const TemporaryFolder& folder, const std::string& model,
                                      ExpertLayout layout);

/// Writes a copy of a model's folder with other entries of config.json; null takes one away.
std::filesystem::path writeChanged(const TemporaryFolder& folder, const std::string& model,
                                   const nlohmann::json& changes);

} // namespace hearth::test
