#pragma once

#include "formats/checkpoint.h"
#include "hearth/result.h"
#include "models/config_reader.h"
#include "models/decoder_spec.h"
#include "models/rope_config.h"
#include "models/tensor_names.h"

#include <cstdint>
#include <string_view>

namespace hearth {

/// Names of keys of config.json, where architectures differ.
struct ConfigKeys {
    std::string_view layers = "num_hidden_layers";
    std::string_view hidden = "hidden_size";
    std::string_view feedForward = "intermediate_size";
    std::string_view heads = "num_attention_heads";
    std::string_view kvHeads = "num_key_value_heads"; ///< Optional: heads.
    std::string_view headWidth = "head_dim";          ///< Optional: hidden / heads.
    std::string_view vocabulary = "vocab_size";
    std::string_view context = "max_position_embeddings";
    std::string_view epsilon = "rms_norm_eps";
    std::string_view activation = "hidden_act"; ///< Optional: defaultActivation.
    float defaultEpsilon = 1e-6F;
    std::string_view defaultActivation = "silu";
    std::int32_t feedForwardTimes = 0;          ///< Of hidden, where feedForward may be left out.
    bool tied = false;                          ///< Where tie_word_embeddings is left out.
    RopeKeys rope = {};
};

/// What config.json files of the Llama family share, with LLaMA's tensor names; an architecture
/// changes what it does otherwise. `config` may be a part of config.json; end tokens come from
/// generation_config.json too. Unsupported names the rope type, activation or quantisation that
/// we cannot run.
Result<DecoderSpec> readDecoder(const ConfigReader& config, const ConfigKeys& keys = {});
/// Of the whole of config.json.
Result<DecoderSpec> describeHuggingFaceDecoder(const Checkpoint& checkpoint,
                                               const ConfigKeys& keys = {});

// The parts of readDecoder().
Result<void> readSizes(const ConfigReader& config, const ConfigKeys& keys, DecoderSpec& decoder);
/// silu, gelu in its two forms, relu, by the names that transformers knows.
Result<kernels::Activation> readActivation(const ConfigReader& config, std::string_view key,
                                           std::string_view fallback);
Result<void> readEndTokens(const ConfigReader& config, DecoderSpec& decoder);

} // namespace hearth
