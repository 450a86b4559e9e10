#include "models/architectures.h"
#include "models/gguf_decoder.h"
#include "models/hugging_face_decoder.h"

namespace hearth {

namespace {

constexpr ConfigKeys kChatGlmKeys{.layers = "num_layers",
                                  .feedForward = "ffn_hidden_size",
                                  .kvHeads = "multi_query_group_num",
                                  .headWidth = "kv_channels",
                                  .vocabulary = "padded_vocab_size",
                                  .context = "seq_length",
                                  .epsilon = "layernorm_epsilon",
                                  .rope = {.defaultPartial = 0.5}};

void nameChatGlmTensors(DecoderSpec& decoder, bool grouped) {
    DecoderNames& names = decoder.names;
    names.embedding = "transformer.embedding.word_embeddings.weight";
    names.outputNorm = "transformer.encoder.final_layernorm.weight";
    names.output = whole("transformer.output_layer.weight", decoder.vocabulary);
    const std::string layer = "transformer.encoder.layers.{}.";
    names.layer.attentionNorm = layer + "input_layernorm.weight";
    names.layer.attentionOutput = whole(layer + "self_attention.dense.weight", decoder.hidden);
    names.layer.feedForwardNorm = layer + "post_attention_layernorm.weight";
    fuseGateUp(decoder, layer + "mlp.dense_h_to_4h.weight");
    names.layer.down = whole(layer + "mlp.dense_4h_to_h.weight", decoder.hidden);
    if (grouped)
        fuseQkv(decoder, layer + "self_attention.query_key_value.weight");
    else // head by head
        groupQkv(decoder, layer + "self_attention.query_key_value.weight");
}

Result<void> checkFeatures(const ConfigReader& config) {
    if (config.has("position_encoding_2d"))
        return config.unsupported("position_encoding_2d", "ChatGLM 1");
    HEARTH_TRY(
        config.mustBeOff("apply_residual_connection_post_layernorm", "residuals behind the norms"));
    for (const std::string_view on : {"rmsnorm", "post_layer_norm", "original_rope"}) {
        HEARTH_TRY_ASSIGN(const bool is, config.boolean(on, true));
        if (!is)
            return config.unsupported(on, "false");
    }
    return {};
}

} // namespace

/// ChatGLM 2 and 3 and GLM-4-9B with the names of their own code (modeling_chatglm.py).
Result<DecoderSpec> describeChatGlm(const Checkpoint& checkpoint) {
    if (checkpoint.kind() == Checkpoint::Kind::Gguf) {
        HEARTH_TRY_ASSIGN(DecoderSpec decoder, describeGgufDecoder(checkpoint, "chatglm",
                                                                   kernels::RopePairing::Adjacent));
        fuseGateUp(decoder, "blk.{}.ffn_up.weight");
        return decoder;
    }
    const ConfigReader config(checkpoint);
    HEARTH_TRY(checkFeatures(config));
    HEARTH_TRY_ASSIGN(DecoderSpec decoder, readDecoder(config, kChatGlmKeys));
    HEARTH_TRY_ASSIGN(const bool grouped, config.boolean("multi_query_attention", false));
    if (!grouped)
        decoder.kvHeads = decoder.heads;
    decoder.pairing = kernels::RopePairing::Adjacent;
    HEARTH_TRY_ASSIGN(const double ratio, config.number("rope_ratio", 1.0));
    decoder.forms.front().rope.base *= ratio;
    nameChatGlmTensors(decoder, grouped);
    return decoder;
}

} // namespace hearth
