#include "models/architectures.h"
#include "models/gguf_decoder.h"
#include "models/hugging_face_decoder.h"

namespace hearth {

namespace {

constexpr ConfigKeys kQwenKeys{.headWidth = "kv_channels",
                               .epsilon = "layer_norm_epsilon",
                               .rope = {.base = "rotary_emb_base", .partial = "rotary_pct"}};

void nameQwenTensors(DecoderSpec& decoder) {
    DecoderNames& names = decoder.names;
    names.embedding = "transformer.wte.weight";
    names.outputNorm = "transformer.ln_f.weight";
    const std::string layer = "transformer.h.{}.";
    names.layer.attentionNorm = layer + "ln_1.weight";
    names.layer.attentionOutput = whole(layer + "attn.c_proj.weight", decoder.hidden);
    names.layer.feedForwardNorm = layer + "ln_2.weight";
    names.layer.gate = whole(layer + "mlp.w2.weight", decoder.feedForward);
    names.layer.up = whole(layer + "mlp.w1.weight", decoder.feedForward);
    names.layer.down = whole(layer + "mlp.c_proj.weight", decoder.hidden);
    fuseQkv(decoder, layer + "attn.c_attn.weight");
}

/// Beyond seq_length the rope's base grows in steps (NTK) and queries grow with the logarithm of
/// their position. modeling_qwen.py: alpha = 2^⌈log2(length / seq_length) + 1⌉ - 1.
Result<void> readLengthening(const ConfigReader& config, DecoderSpec& decoder) {
    HEARTH_TRY_ASSIGN(const std::int32_t trained,
                      config.integer("seq_length", decoder.trainedContext));
    HEARTH_TRY_ASSIGN(const bool ntk, config.boolean("use_dynamic_ntk", false));
    HEARTH_TRY_ASSIGN(const bool logN, config.boolean("use_logn_attn", false));
    if (logN && trained < 2)
        return config.wrong("seq_length", "must be 2 at least");
    decoder.logNContext = logN ? trained : 0;
    if (ntk) {
        RopeSpec& rope = decoder.forms.front().rope;
        rope.scaling = RopeScaling::Dynamic;
        rope.originalContext = trained;
        rope.factor = 2.0;
        rope.doubling = true;
    }
    return {};
}

Result<DecoderSpec> describeQwenGguf(const Checkpoint& checkpoint) {
    HEARTH_TRY_ASSIGN(DecoderSpec decoder,
                      describeGgufDecoder(checkpoint, "qwen", kernels::RopePairing::Halves));
    decoder.feedForward /= 2;
    decoder.names = ggufNames(decoder);
    fuseQkv(decoder, "blk.{}.attn_qkv.weight");
    return decoder;
}

} // namespace

/// Qwen 1.
Result<DecoderSpec> describeQwen(const Checkpoint& checkpoint) {
    if (checkpoint.kind() == Checkpoint::Kind::Gguf)
        return describeQwenGguf(checkpoint);
    HEARTH_TRY_ASSIGN(DecoderSpec decoder, describeHuggingFaceDecoder(checkpoint, kQwenKeys));
    if (decoder.feedForward % 2 != 0)
        return ConfigReader(checkpoint).wrong("intermediate_size", "must be even");
    decoder.feedForward /= 2; // counts gate and up
    nameQwenTensors(decoder);
    HEARTH_TRY(readLengthening(ConfigReader(checkpoint), decoder));
    return decoder;
}

} // namespace hearth
