#include "models/architectures.h"
#include "models/gguf_decoder.h"
#include "models/hugging_face_decoder.h"

namespace hearth {

namespace {

constexpr std::int32_t kInterval = 4;
constexpr ConfigKeys kSmolLm3Keys{.tied = true, .rope = {.defaultBase = 2e6}};

/// Layers whose queries and keys don't turn (Yang et al. 2025, "Rope to Nope and back again").
void addStillForm(DecoderSpec& decoder, const std::vector<bool>& still) {
    decoder.forms.push_back({decoder.forms.front().window, {}});
    decoder.formOfLayer.assign(still.begin(), still.end());
}

/// `no_rope_layers` holds a 1 for each layer that turns.
Result<std::vector<bool>> readStillLayers(const ConfigReader& config, std::int32_t layers) {
    HEARTH_TRY_ASSIGN(const std::vector<float> turns, config.numbers("no_rope_layers"));
    HEARTH_TRY_ASSIGN(const std::int32_t interval,
                      config.integer("no_rope_layer_interval", kInterval));
    if (interval < 1)
        return config.wrong("no_rope_layer_interval", "must be positive");
    std::vector<bool> still(static_cast<std::size_t>(layers));
    if (!turns.empty() && turns.size() != still.size())
        return config.wrong("no_rope_layers", "must have a value a layer");
    for (std::size_t layer = 0; layer < still.size(); ++layer)
        still[layer] = turns.empty() ? (static_cast<std::int32_t>(layer) + 1) % interval == 0
                                     : turns[layer] == 0.0F;
    return still;
}

} // namespace

/// SmolLM 3: Llama with every fourth layer without rope.
Result<DecoderSpec> describeSmolLm3(const Checkpoint& checkpoint) {
    if (checkpoint.kind() == Checkpoint::Kind::Gguf) {
        HEARTH_TRY_ASSIGN(DecoderSpec decoder, describeGgufDecoder(checkpoint, "smollm3",
                                                                   kernels::RopePairing::Adjacent));
        std::vector<bool> still;
        for (std::int32_t layer = 1; layer <= decoder.layers; ++layer)
            still.push_back(layer % kInterval == 0);
        addStillForm(decoder, still);
        return decoder;
    }
    const ConfigReader config(checkpoint);
    HEARTH_TRY(config.mustBeOff("use_sliding_window", "smollm3 with a sliding window"));
    HEARTH_TRY_ASSIGN(DecoderSpec decoder, readDecoder(config, kSmolLm3Keys));
    HEARTH_TRY_ASSIGN(const std::vector<bool> still, readStillLayers(config, decoder.layers));
    addStillForm(decoder, still);
    return decoder;
}

} // namespace hearth
