#include "models/architectures.h"
#include "models/gguf_decoder.h"
#include "models/hugging_face_decoder.h"

namespace hearth {

namespace {

constexpr ConfigKeys kGpt2Keys{.layers = "n_layer",
                               .hidden = "n_embd",
                               .feedForward = "n_inner",
                               .heads = "n_head",
                               .context = "n_positions",
                               .epsilon = "layer_norm_epsilon",
                               .activation = "activation_function",
                               .feedForwardTimes = 4,
                               .tied = true};

// Config files of before transformers 4 say n_ctx.
const nlohmann::json& gpt2Defaults() {
    static const nlohmann::json kDefaults{{"activation_function", "gelu_new"},
                                          {"layer_norm_epsilon", 1e-5},
                                          {"n_positions", 1024},
                                          {"vocab_size", 50257}};
    return kDefaults;
}

/// Conv1D keeps its matrices [in, out].
void transpose(MatrixRows& rows) {
    for (TensorRows& one : rows)
        one.transform = TensorTransform::Transposed;
}

void nameTensors(DecoderSpec& decoder, const std::string& root) {
    decoder.names = {};
    DecoderNames& names = decoder.names;
    names.embedding = root + "wte.weight";
    names.positions = root + "wpe.weight";
    names.outputNorm = root + "ln_f.weight";
    names.output = whole("lm_head.weight", decoder.vocabulary);
    const std::string layer = root + "h.{}.";
    names.layer.attentionNorm = layer + "ln_1.weight";
    fuseQkv(decoder, layer + "attn.c_attn.weight");
    names.layer.attentionOutput = whole(layer + "attn.c_proj.weight", decoder.hidden);
    names.layer.feedForwardNorm = layer + "ln_2.weight";
    names.layer.up = whole(layer + "mlp.c_fc.weight", decoder.feedForward);
    names.layer.down = whole(layer + "mlp.c_proj.weight", decoder.hidden);
    for (MatrixRows* rows : {&names.layer.query, &names.layer.key, &names.layer.value,
                             &names.layer.attentionOutput, &names.layer.up, &names.layer.down})
        transpose(*rows);
}

Result<DecoderSpec> describeGpt2Gguf(const Checkpoint& checkpoint) {
    HEARTH_TRY_ASSIGN(DecoderSpec decoder,
                      describeGgufDecoder(checkpoint, "gpt2", kernels::RopePairing::Halves));
    decoder.norm.kind = kernels::NormKind::Layer;
    decoder.activation = kernels::Activation::GeluTanh;
    decoder.forms = {{}};
    decoder.names.positions = "position_embd.weight";
    decoder.names.layer.gate.clear();
    return decoder;
}

} // namespace

/// GPT-2 (Radford et al. 2019): LayerNorm, learned positions, no rope and no gate.
Result<DecoderSpec> describeGpt2(const Checkpoint& checkpoint) {
    if (checkpoint.kind() == Checkpoint::Kind::Gguf)
        return describeGpt2Gguf(checkpoint);
    const ConfigReader config(checkpoint, checkpoint.config(), &gpt2Defaults());
    HEARTH_TRY(config.mustBeOff("scale_attn_by_inverse_layer_idx", "scales of every layer"));
    HEARTH_TRY(config.mustBeOff("add_cross_attention", "cross attention"));
    HEARTH_TRY_ASSIGN(DecoderSpec decoder, readDecoder(config, kGpt2Keys));
    decoder.norm.kind = kernels::NormKind::Layer;
    decoder.forms = {{}};
    HEARTH_TRY_ASSIGN(const bool scaled, config.boolean("scale_attn_weights", true));
    if (!scaled)
        decoder.attentionScale = 1.0F;
    // The published files have no prefix, those that transformers saves do.
    nameTensors(decoder, checkpoint.has("wte.weight") ? "" : "transformer.");
    return decoder;
}

} // namespace hearth
