#include "models/architectures.h"
#include "models/gguf_decoder.h"
#include "models/hugging_face_decoder.h"

namespace hearth {

namespace {

constexpr ConfigKeys kStableLmKeys{
    .epsilon = "layer_norm_eps", .defaultEpsilon = 1e-5F, .rope = {.defaultPartial = 0.25}};

} // namespace

/// StableLM 2: Llama with LayerNorm and a rope on a quarter of each head.
Result<DecoderSpec> describeStableLm(const Checkpoint& checkpoint) {
    if (checkpoint.kind() == Checkpoint::Kind::Gguf) {
        HEARTH_TRY_ASSIGN(DecoderSpec decoder, describeGgufDecoder(checkpoint, "stablelm",
                                                                   kernels::RopePairing::Halves));
        if (checkpoint.has("blk.0.attn_q_norm.weight"))
            return GgufKeys(checkpoint, "stablelm").unsupported("attn_q_norm", "norms of heads");
        decoder.norm.kind = kernels::NormKind::Layer;
        return decoder;
    }
    const ConfigReader config(checkpoint);
    HEARTH_TRY(config.mustBeOff("use_parallel_residual", "blocks side by side"));
    HEARTH_TRY(config.mustBeOff("qk_layernorm", "norms of heads"));
    HEARTH_TRY_ASSIGN(DecoderSpec decoder, readDecoder(config, kStableLmKeys));
    decoder.norm.kind = kernels::NormKind::Layer;
    return decoder;
}

} // namespace hearth
