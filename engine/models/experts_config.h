#pragma once

#include "formats/checkpoint.h"
#include "hearth/result.h"
#include "models/config_reader.h"
#include "models/decoder_spec.h"
#include "models/gguf_decoder.h"

#include <string>

namespace hearth {

/// Where a Hugging Face checkpoint keeps a layer's experts, "{}" standing for the layer.
struct ExpertPlaces {
    std::string router;         ///< "….gate.weight"
    std::string experts;        ///< "….experts."; behind it "{}.gate_proj.weight" and the like.
    std::string gate = "gate_proj";
    std::string up = "up_proj";
    std::string down = "down_proj";
    std::string shared = {};    ///< "….shared_experts.", where `sharedFeedForward` > 0.
};

/// Names the experts' tensors: one a matrix and expert, as files on the hub have them, or, where
/// the checkpoint has those, `experts`gate_up_proj [E, 2I, H] (gate first) and down_proj [E, H, I],
/// as transformers 5 keeps them. decoder.experts is filled.
void nameExperts(const Checkpoint& checkpoint, const ExpertPlaces& places, DecoderSpec& decoder);

/// decoder.experts of a GGUF file, and the names of its tensors: ffn_*_exps with all experts of a
/// layer, or older files' ffn_*.E. The layers that have experts are those with a router. Called
/// after ggufNames(); leaves a model without experts as it is. Errors: Corrupt naming the key;
/// Unsupported for a way to choose experts that we don't know.
Result<void> readGgufExperts(const GgufKeys& keys, DecoderSpec& decoder);

/// True for layers that have a mixture of experts, [layers]; false at those that `list`, an array
/// of indices, names, and where (layer + 1) % step ≠ 0 (Qwen's decoder_sparse_step and
/// mlp_only_layers).
Result<std::vector<bool>> sparseLayers(const ConfigReader& config, std::int32_t layers);

/// Bounds on decoder.experts and decoder.latent, so that sizes computed from them cannot overflow.
/// Errors: Corrupt naming what is absurd.
Result<void> checkExperts(const Checkpoint& checkpoint, const DecoderSpec& decoder);
Result<void> checkLatent(const Checkpoint& checkpoint, const DecoderSpec& decoder);

} // namespace hearth
