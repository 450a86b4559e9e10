#include "models/gemma_family.h"

#include "models/gguf_decoder.h"

#include <cmath>

namespace hearth {

using nlohmann::json;

const json& gemmaDefaults() {
    static const json kDefaults{{"hidden_activation", "gelu_pytorch_tanh"},
                                {"num_attention_heads", 8},
                                {"num_key_value_heads", 4},
                                {"head_dim", 256},
                                {"query_pre_attn_scalar", 256},
                                {"sliding_window", 4096}};
    return kDefaults;
}

void useGemmaForm(DecoderSpec& decoder, bool gguf) {
    decoder.norm.gainOffset = gguf ? 0.0F : 1.0F;
    decoder.activation = kernels::Activation::GeluTanh;
    decoder.embeddingScale = std::sqrt(static_cast<float>(decoder.hidden));
}

void nameFourNorms(DecoderSpec& decoder, const std::string& layer) {
    LayerNames& names = decoder.names.layer;
    names.postAttentionNorm = layer + "post_attention_layernorm.weight";
    names.feedForwardNorm = layer + "pre_feedforward_layernorm.weight";
    names.postFeedForwardNorm = layer + "post_feedforward_layernorm.weight";
}

Result<void> readGemmaScores(const ConfigReader& config, DecoderSpec& decoder) {
    HEARTH_TRY_ASSIGN(const double scalar, config.number("query_pre_attn_scalar", 256.0));
    if (!(scalar > 0.0))
        return config.wrong("query_pre_attn_scalar", "must be positive");
    decoder.attentionScale = static_cast<float>(1.0 / std::sqrt(scalar));
    HEARTH_TRY_ASSIGN(decoder.attentionSoftcap, config.real("attn_logit_softcapping", 0.0F));
    HEARTH_TRY_ASSIGN(decoder.finalSoftcap, config.real("final_logit_softcapping", 0.0F));
    return config.mustBeOff("use_bidirectional_attention", "attention to later tokens");
}

Result<DecoderSpec> describeGemmaGguf(const Checkpoint& checkpoint, std::string_view architecture,
                                      std::int32_t largestLayers) {
    HEARTH_TRY_ASSIGN(DecoderSpec decoder,
                      describeGgufDecoder(checkpoint, architecture, kernels::RopePairing::Halves));
    const GgufKeys keys(checkpoint, architecture);
    useGemmaForm(decoder, true);
    decoder.names.layer.postAttentionNorm = "blk.{}.post_attention_norm.weight";
    decoder.names.layer.postFeedForwardNorm = "blk.{}.post_ffw_norm.weight";
    if (decoder.layers == largestLayers && decoder.attentionScale == 0.0F)
        decoder.attentionScale =
            std::sqrt(static_cast<float>(decoder.heads) / static_cast<float>(decoder.hidden));
    HEARTH_TRY_ASSIGN(decoder.attentionSoftcap, keys.getOr<float>("attn_logit_softcapping", 0.0F));
    HEARTH_TRY_ASSIGN(decoder.finalSoftcap, keys.getOr<float>("final_logit_softcapping", 0.0F));
    return decoder;
}

} // namespace hearth
