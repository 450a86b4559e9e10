#include "models/architectures.h"
#include "models/gguf_decoder.h"
#include "models/hugging_face_decoder.h"

namespace hearth {

namespace {

Result<void> setLogitScaling(const ConfigReader& config, DecoderSpec& decoder) {
    HEARTH_TRY_ASSIGN(const float scaling, config.real("logits_scaling", 1.0F));
    if (!(scaling > 0.0F))
        return config.wrong("logits_scaling", "must be positive");
    decoder.logitScale = 1.0F / scaling;
    return {};
}

Result<DecoderSpec> describeGraniteGguf(const Checkpoint& checkpoint) {
    const GgufKeys keys(checkpoint, "granite");
    HEARTH_TRY_ASSIGN(DecoderSpec decoder,
                      describeGgufDecoder(checkpoint, "granite", kernels::RopePairing::Adjacent));
    HEARTH_TRY_ASSIGN(decoder.embeddingScale, keys.getOr<float>("embedding_scale", 1.0F));
    HEARTH_TRY_ASSIGN(decoder.residualScale, keys.getOr<float>("residual_scale", 1.0F));
    HEARTH_TRY_ASSIGN(const float scaling, keys.getOr<float>("logit_scale", 1.0F));
    if (!(scaling > 0.0F))
        return keys.wrong("logit_scale", "must be positive");
    decoder.logitScale = 1.0F / scaling;
    return decoder;
}

} // namespace

/// Granite 3: Llama with factors on embedding, scores, blocks and logits.
Result<DecoderSpec> describeGranite(const Checkpoint& checkpoint) {
    if (checkpoint.kind() == Checkpoint::Kind::Gguf)
        return describeGraniteGguf(checkpoint);
    const ConfigReader config(checkpoint);
    HEARTH_TRY_ASSIGN(DecoderSpec decoder, readDecoder(config));
    HEARTH_TRY_ASSIGN(decoder.embeddingScale, config.real("embedding_multiplier", 1.0F));
    HEARTH_TRY_ASSIGN(decoder.attentionScale, config.real("attention_multiplier", 1.0F));
    HEARTH_TRY_ASSIGN(decoder.residualScale, config.real("residual_multiplier", 1.0F));
    if (!(decoder.attentionScale > 0.0F))
        return config.wrong("attention_multiplier", "must be positive");
    HEARTH_TRY(setLogitScaling(config, decoder));
    return decoder;
}

} // namespace hearth
