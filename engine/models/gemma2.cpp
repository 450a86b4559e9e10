#include "models/architectures.h"
#include "models/gemma_family.h"
#include "models/gguf_decoder.h"
#include "models/layer_types.h"

namespace hearth {

namespace {

using nlohmann::json;

constexpr std::int32_t kGemma2Largest = 46;

const json& gemma2Defaults() {
    static const json kDefaults = [] {
        json all = gemmaDefaults();
        all["attn_logit_softcapping"] = 50.0;
        all["final_logit_softcapping"] = 30.0;
        return all;
    }();
    return kDefaults;
}

Result<DecoderSpec> describeGemma2Gguf(const Checkpoint& checkpoint) {
    HEARTH_TRY_ASSIGN(DecoderSpec decoder, describeGemmaGguf(checkpoint, "gemma2", kGemma2Largest));
    HEARTH_TRY_ASSIGN(const GgufWindow window,
                      readGgufWindow(GgufKeys(checkpoint, "gemma2"), decoder, 4096, 2));
    addSlidingForm(decoder, window.tokens, window.sliding);
    return decoder;
}

} // namespace

/// Gemma 2: every second layer sees a window.
Result<DecoderSpec> describeGemma2(const Checkpoint& checkpoint) {
    if (checkpoint.kind() == Checkpoint::Kind::Gguf)
        return describeGemma2Gguf(checkpoint);
    const ConfigReader config(checkpoint, checkpoint.config(), &gemma2Defaults());
    HEARTH_TRY_ASSIGN(DecoderSpec decoder, readDecoder(config, kGemmaKeys));
    useGemmaForm(decoder, false);
    nameFourNorms(decoder, "model.layers.{}.");
    HEARTH_TRY(readGemmaScores(config, decoder));
    HEARTH_TRY_ASSIGN(const std::vector<bool> sliding,
                      readSlidingLayers(config, decoder.layers,
                                        [](std::int32_t layer) { return layer % 2 == 0; }));
    HEARTH_TRY_ASSIGN(const std::int32_t window, config.integer("sliding_window", 0));
    addSlidingForm(decoder, window, sliding);
    return decoder;
}

} // namespace hearth
