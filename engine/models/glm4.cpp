#include "models/architectures.h"
#include "models/gguf_decoder.h"
#include "models/hugging_face_decoder.h"

namespace hearth {

namespace {

constexpr ConfigKeys kGlm4Keys{.defaultEpsilon = 1.5625e-7F, .rope = {.defaultPartial = 0.5}};

Result<DecoderSpec> describeGlm4Gguf(const Checkpoint& checkpoint) {
    HEARTH_TRY_ASSIGN(DecoderSpec decoder,
                      describeGgufDecoder(checkpoint, "glm4", kernels::RopePairing::Adjacent));
    fuseGateUp(decoder, "blk.{}.ffn_up.weight");
    decoder.names.layer.postAttentionNorm = "blk.{}.post_attention_norm.weight";
    decoder.names.layer.postFeedForwardNorm = "blk.{}.post_ffw_norm.weight";
    return decoder;
}

} // namespace

/// GLM-4-9B as transformers writes it: Llama whose heads' first halves turn, in adjacent pairs.
/// GGUF files of it call themselves chatglm.
Result<DecoderSpec> describeGlm(const Checkpoint& checkpoint) {
    HEARTH_TRY_ASSIGN(DecoderSpec decoder, describeHuggingFaceDecoder(checkpoint, kGlm4Keys));
    decoder.pairing = kernels::RopePairing::Adjacent;
    fuseGateUp(decoder, "model.layers.{}.mlp.gate_up_proj.weight");
    return decoder;
}

/// GLM-4-0414: with norms behind the blocks too.
Result<DecoderSpec> describeGlm4(const Checkpoint& checkpoint) {
    if (checkpoint.kind() == Checkpoint::Kind::Gguf)
        return describeGlm4Gguf(checkpoint);
    HEARTH_TRY_ASSIGN(DecoderSpec decoder, describeGlm(checkpoint));
    decoder.names.layer.postAttentionNorm = "model.layers.{}.post_self_attn_layernorm.weight";
    decoder.names.layer.postFeedForwardNorm = "model.layers.{}.post_mlp_layernorm.weight";
    return decoder;
}

} // namespace hearth
