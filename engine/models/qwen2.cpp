#include "models/architectures.h"
#include "models/gguf_decoder.h"
#include "models/hugging_face_decoder.h"
#include "models/layer_types.h"

namespace hearth {

Result<void> readQwenWindow(const ConfigReader& config, DecoderSpec& decoder) {
    HEARTH_TRY_ASSIGN(const bool use, config.boolean("use_sliding_window", false));
    if (!use)
        return {};
    HEARTH_TRY_ASSIGN(const std::int32_t window, config.integer("sliding_window", 4096));
    HEARTH_TRY_ASSIGN(const std::int32_t fullLayers, config.integer("max_window_layers", 28));
    HEARTH_TRY_ASSIGN(const std::vector<bool> sliding,
                      readSlidingLayers(config, decoder.layers,
                                        [&](std::int32_t layer) { return layer >= fullLayers; }));
    addSlidingForm(decoder, window, sliding);
    return {};
}

/// Qwen 1.5, 2 and 2.5: Llama with biases on q, k and v.
Result<DecoderSpec> describeQwen2(const Checkpoint& checkpoint) {
    if (checkpoint.kind() == Checkpoint::Kind::Gguf) {
        HEARTH_TRY_ASSIGN(DecoderSpec decoder,
                          describeGgufDecoder(checkpoint, "qwen2", kernels::RopePairing::Halves));
        HEARTH_TRY(addGgufWindow(GgufKeys(checkpoint, "qwen2"), decoder));
        return decoder;
    }
    HEARTH_TRY_ASSIGN(DecoderSpec decoder, describeHuggingFaceDecoder(checkpoint));
    HEARTH_TRY(readQwenWindow(ConfigReader(checkpoint), decoder));
    return decoder;
}

} // namespace hearth
