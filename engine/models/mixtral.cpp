#include "models/architectures.h"
#include "models/experts_config.h"
#include "models/hugging_face_decoder.h"
#include "models/layer_types.h"

namespace hearth {

namespace {

constexpr ConfigKeys kMixtralKeys{.defaultEpsilon = 1e-5F, .rope = {.defaultBase = 1e6}};

} // namespace

/// Mixtral 8x7B and 8x22B: Mistral whose feed-forwards are experts, the best two of which count.
/// GGUF files of it are of the architecture llama.
Result<DecoderSpec> describeMixtral(const Checkpoint& checkpoint) {
    const ConfigReader config(checkpoint);
    HEARTH_TRY_ASSIGN(DecoderSpec decoder, readDecoder(config, kMixtralKeys));
    HEARTH_TRY_ASSIGN(const std::int32_t window, config.integer("sliding_window", 0));
    addSlidingForm(decoder, window, everyLayer(decoder.layers));
    ExpertSpec& experts = decoder.experts;
    HEARTH_TRY_ASSIGN(experts.count, config.integer("num_local_experts", 8));
    HEARTH_TRY_ASSIGN(experts.perToken, config.integer("num_experts_per_tok", 2));
    experts.feedForward = decoder.feedForward;
    experts.normalise = true;
    experts.inLayer = everyLayer(decoder.layers);
    const std::string layer = "model.layers.{}.";
    if (checkpoint.has("model.layers.0.block_sparse_moe.gate.weight"))
        nameExperts(checkpoint,
                    {layer + "block_sparse_moe.gate.weight", layer + "block_sparse_moe.experts.",
                     "w1", "w3", "w2"},
                    decoder);
    else
        nameExperts(checkpoint, {layer + "mlp.gate.weight", layer + "mlp.experts."}, decoder);
    return decoder;
}

} // namespace hearth
