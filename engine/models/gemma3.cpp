#include "models/architectures.h"
#include "models/gemma_family.h"
#include "models/gguf_decoder.h"
#include "models/layer_types.h"

#include <optional>

namespace hearth {

namespace {

using nlohmann::json;

constexpr ConfigKeys kGemma3Keys{.activation = "hidden_activation",
                                 .tied = true,
                                 .rope = {.defaultBase = 1e6, .layerType = "full_attention"}};
constexpr std::int32_t kPattern = 6;
constexpr double kLocalBase = 10000.0;
constexpr std::int32_t kGemma3Largest = 62;

const json& gemma3Defaults() {
    static const json kDefaults = [] {
        json all = gemmaDefaults();
        all["vocab_size"] = 262208;
        all["max_position_embeddings"] = 131072;
        return all;
    }();
    return kDefaults;
}

/// The rope of the sliding layers: newer configs nest it, older ones give its base alone.
Result<RopeSpec> readLocalRope(const ConfigReader& config, const DecoderSpec& decoder) {
    HEARTH_TRY_ASSIGN(const std::optional<ConfigReader> parameters,
                      config.object("rope_parameters"));
    if (parameters && parameters->has("sliding_attention"))
        return readRope(config, decoder.headWidth, decoder.trainedContext,
                        {.base = "rope_local_base_freq",
                         .defaultBase = kLocalBase,
                         .layerType = "sliding_attention"});
    RopeSpec rope;
    rope.width = decoder.headWidth;
    HEARTH_TRY_ASSIGN(rope.base, config.number("rope_local_base_freq", kLocalBase));
    return rope;
}

Result<void> readForms(const ConfigReader& config, DecoderSpec& decoder) {
    HEARTH_TRY_ASSIGN(const std::int32_t pattern,
                      config.integer("sliding_window_pattern", kPattern));
    if (pattern < 1)
        return config.wrong("sliding_window_pattern", "must be positive");
    HEARTH_TRY_ASSIGN(const std::vector<bool> sliding,
                      readSlidingLayers(config, decoder.layers, [&](std::int32_t layer) {
                          return (layer + 1) % pattern != 0;
                      }));
    HEARTH_TRY_ASSIGN(const std::int32_t window, config.integer("sliding_window", 0));
    HEARTH_TRY_ASSIGN(const RopeSpec local, readLocalRope(config, decoder));
    addSlidingForm(decoder, window, local, sliding);
    return {};
}

Result<DecoderSpec> readText(const ConfigReader& config, const std::string& root) {
    HEARTH_TRY_ASSIGN(DecoderSpec decoder, readDecoder(config, kGemma3Keys));
    useGemmaForm(decoder, false);
    decoder.names = llamaNames(decoder, root);
    nameFourNorms(decoder, root + "layers.{}.");
    nameHeadNorms(decoder, root);
    HEARTH_TRY(readGemmaScores(config, decoder));
    HEARTH_TRY(readForms(config, decoder));
    return decoder;
}

Result<DecoderSpec> describeGemma3Gguf(const Checkpoint& checkpoint) {
    const GgufKeys keys(checkpoint, "gemma3");
    HEARTH_TRY_ASSIGN(DecoderSpec decoder, describeGemmaGguf(checkpoint, "gemma3", kGemma3Largest));
    nameGgufHeadNorms(decoder);
    HEARTH_TRY_ASSIGN(const GgufWindow window, readGgufWindow(keys, decoder, 0, kPattern));
    RopeSpec local;
    local.width = decoder.forms.front().rope.width;
    HEARTH_TRY_ASSIGN(local.base, keys.getOr<double>("rope.freq_base_swa", kLocalBase));
    addSlidingForm(decoder, window.tokens, local, window.sliding);
    return decoder;
}

} // namespace

/// Gemma 3, of text alone or the text model of several modalities.
Result<DecoderSpec> describeGemma3(const Checkpoint& checkpoint) {
    if (checkpoint.kind() == Checkpoint::Kind::Gguf)
        return describeGemma3Gguf(checkpoint);
    const json& whole = checkpoint.config();
    const auto text = whole.find("text_config");
    if (text == whole.end() || !text->is_object())
        return readText(ConfigReader(checkpoint, whole, &gemma3Defaults()), "model.");
    const bool older = checkpoint.has("language_model.model.embed_tokens.weight");
    return readText(ConfigReader(checkpoint, *text, &gemma3Defaults(), "text_config."),
                    older ? "language_model.model." : "model.language_model.");
}

} // namespace hearth
