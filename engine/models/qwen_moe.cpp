#include "models/architectures.h"
#include "models/experts_config.h"
#include "models/gguf_decoder.h"
#include "models/hugging_face_decoder.h"
#include "models/tensor_names.h"

namespace hearth {

namespace {

Result<DecoderSpec> describeFolder(const Checkpoint& checkpoint, bool weighedShared) {
    const ConfigReader config(checkpoint);
    HEARTH_TRY(config.mustBeOff("use_sliding_window", "Qwen with a sliding window"));
    HEARTH_TRY_ASSIGN(DecoderSpec decoder, readDecoder(config));
    ExpertSpec& experts = decoder.experts;
    HEARTH_TRY_ASSIGN(const auto local, config.integer("num_local_experts"));
    HEARTH_TRY_ASSIGN(experts.count, config.integer("num_experts", local.value_or(0)));
    HEARTH_TRY_ASSIGN(experts.perToken, config.requiredInteger("num_experts_per_tok"));
    HEARTH_TRY_ASSIGN(experts.feedForward, config.requiredInteger("moe_intermediate_size"));
    HEARTH_TRY_ASSIGN(experts.normalise, config.boolean("norm_topk_prob", false));
    HEARTH_TRY_ASSIGN(experts.inLayer, sparseLayers(config, decoder.layers));
    if (weighedShared) {
        HEARTH_TRY_ASSIGN(experts.sharedFeedForward,
                          config.requiredInteger("shared_expert_intermediate_size"));
    }
    const std::string block = "model.layers.{}.mlp.";
    nameExperts(checkpoint,
                {block + "gate.weight", block + "experts.", "gate_proj", "up_proj", "down_proj",
                 block + "shared_expert."},
                decoder);
    if (weighedShared)
        decoder.names.layer.sharedRouter = whole(block + "shared_expert_gate.weight", 1);
    return decoder;
}

} // namespace

/// Qwen 1.5 MoE and Qwen 2 57B-A14B: Qwen 2 with experts, and shared ones that a gate weighs.
Result<DecoderSpec> describeQwen2Moe(const Checkpoint& checkpoint) {
    if (checkpoint.kind() != Checkpoint::Kind::Gguf)
        return describeFolder(checkpoint, true);
    HEARTH_TRY_ASSIGN(DecoderSpec decoder, describeGgufDecoder(checkpoint, "qwen2moe",
                                                               kernels::RopePairing::Halves));
    if (!GgufKeys(checkpoint, "qwen2moe").has("expert_weights_norm"))
        decoder.experts.normalise = false;
    return decoder;
}

/// Qwen3 30B-A3B and 235B-A22B: Qwen3 with experts.
Result<DecoderSpec> describeQwen3Moe(const Checkpoint& checkpoint) {
    const bool isGguf = checkpoint.kind() == Checkpoint::Kind::Gguf;
    HEARTH_TRY_ASSIGN(DecoderSpec decoder,
                      isGguf ? describeGgufDecoder(checkpoint, "qwen3moe",
                                                   kernels::RopePairing::Halves)
                             : describeFolder(checkpoint, false));
    if (isGguf)
        nameGgufHeadNorms(decoder);
    else
        nameHeadNorms(decoder);
    return decoder;
}

} // namespace hearth
