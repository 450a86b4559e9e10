#include "models/architectures.h"
#include "models/experts_config.h"
#include "models/gguf_decoder.h"
#include "models/hugging_face_decoder.h"
#include "models/layer_types.h"
#include "models/tensor_names.h"

#include <cmath>
#include <optional>
#include <utility>

namespace hearth {

namespace {

/// Gate and up take turns as rows of gate_up_proj. In MXFP4 its rows are outputs, [E, 2I, H]; as
/// plain numbers it is stored [E, H, 2I], and down_proj [E, I, H].
void nameExperts(const Checkpoint& checkpoint, DecoderSpec& decoder) {
    const ExpertSpec& experts = decoder.experts;
    const std::string block = "model.layers.{}.mlp.experts.";
    const std::optional<TensorView> first =
        checkpoint.find("model.layers.0.mlp.experts.gate_up_proj");
    const bool transposed = first && !first->groups;
    const std::int64_t width = experts.feedForward;
    const auto of = [&](const std::string& name, std::int64_t rows, std::int64_t begin,
                        std::int64_t count, std::int64_t step, std::int64_t columns) {
        if (transposed)
            return MatrixRows{
                {block + name, rows, begin, count, step, columns, TensorTransform::Transposed}};
        return MatrixRows{{block + name, experts.count * rows, begin, count, step, rows}};
    };
    const auto bias = [&](const std::string& name, std::int64_t rows, std::int64_t begin,
                          std::int64_t count, std::int64_t step) {
        return MatrixRows{{block + name, experts.count * rows, begin, count, step, rows}};
    };
    const std::int64_t hidden = decoder.hidden;
    LayerNames& names = decoder.names.layer;
    names.router = whole("model.layers.{}.mlp.router.weight", experts.count);
    names.expertGate = of("gate_up_proj", 2 * width, 0, width, 2, hidden);
    names.expertUp = of("gate_up_proj", 2 * width, 1, width, 2, hidden);
    names.expertDown = of("down_proj", hidden, 0, hidden, 1, width);
    names.expertGateBias = bias("gate_up_proj_bias", 2 * width, 0, width, 2);
    names.expertUpBias = bias("gate_up_proj_bias", 2 * width, 1, width, 2);
    names.expertDownBias = bias("down_proj_bias", hidden, 0, hidden, 1);
}

/// Our activation has the published numbers built in.
Result<void> checkActivation(const ConfigReader& config) {
    HEARTH_TRY_ASSIGN(const double limit, config.number("swiglu_limit", 7.0));
    HEARTH_TRY_ASSIGN(const double alpha, config.number("swiglu_alpha", 1.702));
    if (limit != 7.0)
        return config.unsupported("swiglu_limit", "a limit other than 7");
    if (std::abs(alpha - 1.702) > 1e-6)
        return config.unsupported("swiglu_alpha", "a factor other than 1.702");
    return {};
}

/// What configs without any scaling mean.
const nlohmann::json& defaultScaling() {
    static const nlohmann::json scaling{
        {"rope_parameters",
         {{"rope_type", "yarn"},
          {"factor", 32.0},
          {"beta_fast", 32.0},
          {"beta_slow", 1.0},
          {"truncate", false},
          {"original_max_position_embeddings", 4096}}}};
    return scaling;
}

Result<DecoderSpec> describeFolder(const Checkpoint& checkpoint) {
    const ConfigReader given(checkpoint);
    const bool scaled = given.has("rope_parameters") || given.has("rope_scaling");
    const ConfigReader config(checkpoint, checkpoint.config(),
                              scaled ? nullptr : &defaultScaling());
    ConfigKeys keys;
    keys.defaultEpsilon = 1e-5F;
    keys.rope.defaultBase = 150000.0;
    HEARTH_TRY_ASSIGN(DecoderSpec decoder, readDecoder(config, keys));
    HEARTH_TRY(checkActivation(config));
    HEARTH_TRY_ASSIGN(const std::int32_t window, config.integer("sliding_window", 128));
    HEARTH_TRY_ASSIGN(const std::vector<bool> sliding,
                      readSlidingLayers(config, decoder.layers,
                                        [](std::int32_t layer) { return layer % 2 == 0; }));
    addSlidingForm(decoder, window, sliding);
    ExpertSpec& experts = decoder.experts;
    HEARTH_TRY_ASSIGN(const auto older, config.integer("num_experts"));
    HEARTH_TRY_ASSIGN(experts.count, config.integer("num_local_experts", older.value_or(0)));
    HEARTH_TRY_ASSIGN(experts.perToken, config.requiredInteger("num_experts_per_tok"));
    if (experts.count < 1)
        return config.wrong("num_local_experts", "must be above 0");
    experts.feedForward = decoder.feedForward;
    decoder.names.layer.attentionSinks = "model.layers.{}.self_attn.sinks";
    nameExperts(checkpoint, decoder);
    return decoder;
}

Result<DecoderSpec> describeGptOssGguf(const Checkpoint& checkpoint) {
    const GgufKeys keys(checkpoint, "gpt-oss");
    HEARTH_TRY_ASSIGN(DecoderSpec decoder, describeGgufDecoder(checkpoint, "gpt-oss",
                                                               kernels::RopePairing::Halves));
    if (decoder.experts.count < 1)
        return keys.wrong("expert_count", "must be above 0");
    decoder.forms[0].rope.truncate = false; // GGUF has no key for it
    HEARTH_TRY_ASSIGN(const GgufWindow window, readGgufWindow(keys, decoder, 128, 2));
    addSlidingForm(decoder, window.tokens, window.sliding);
    LayerNames& names = decoder.names.layer;
    names.attentionSinks = "blk.{}.attn_sinks.weight";
    if (checkpoint.has("blk.0.post_attention_norm.weight"))
        names.feedForwardNorm = "blk.{}.post_attention_norm.weight";
    return decoder;
}

} // namespace

/// gpt-oss 20b and 120b (as transformers' GptOss classes have it): attention sinks, every second
/// layer with a window, biases everywhere, experts with a clamped SwiGLU.
Result<DecoderSpec> describeGptOss(const Checkpoint& checkpoint) {
    HEARTH_TRY_ASSIGN(DecoderSpec decoder, checkpoint.kind() == Checkpoint::Kind::Gguf
                                               ? describeGptOssGguf(checkpoint)
                                               : describeFolder(checkpoint));
    decoder.activation = kernels::Activation::ClampedSwiglu;
    // A softmax over the chosen logits is the normalised softmax over all.
    decoder.experts.normalise = true;
    decoder.experts.inLayer = everyLayer(decoder.layers);
    return decoder;
}

} // namespace hearth
