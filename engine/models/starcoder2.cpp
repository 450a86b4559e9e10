#include "models/architectures.h"
#include "models/gguf_decoder.h"
#include "models/hugging_face_decoder.h"
#include "models/layer_types.h"

namespace hearth {

namespace {

constexpr ConfigKeys kStarcoder2Keys{.epsilon = "norm_epsilon",
                                     .defaultEpsilon = 1e-5F,
                                     .defaultActivation = "gelu_pytorch_tanh",
                                     .tied = true};

void useForm(DecoderSpec& decoder) {
    decoder.norm.kind = kernels::NormKind::Layer;
    decoder.names.layer.gate.clear();
}

Result<DecoderSpec> describeStarcoder2Gguf(const Checkpoint& checkpoint) {
    HEARTH_TRY_ASSIGN(DecoderSpec decoder,
                      describeGgufDecoder(checkpoint, "starcoder2", kernels::RopePairing::Halves));
    useForm(decoder);
    decoder.activation = kernels::Activation::GeluTanh;
    HEARTH_TRY(addGgufWindow(GgufKeys(checkpoint, "starcoder2"), decoder));
    return decoder;
}

} // namespace

/// StarCoder 2: Llama's names with LayerNorm, biases, no gate and a window.
Result<DecoderSpec> describeStarCoder2(const Checkpoint& checkpoint) {
    if (checkpoint.kind() == Checkpoint::Kind::Gguf)
        return describeStarcoder2Gguf(checkpoint);
    const ConfigReader config(checkpoint);
    HEARTH_TRY_ASSIGN(DecoderSpec decoder, readDecoder(config, kStarcoder2Keys));
    useForm(decoder);
    const std::string layer = "model.layers.{}.mlp.";
    decoder.names.layer.up = whole(layer + "c_fc.weight", decoder.feedForward);
    decoder.names.layer.down = whole(layer + "c_proj.weight", decoder.hidden);
    HEARTH_TRY_ASSIGN(const std::int32_t window, config.integer("sliding_window", 0));
    addSlidingForm(decoder, window, everyLayer(decoder.layers));
    return decoder;
}

} // namespace hearth
