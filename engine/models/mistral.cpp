#include "models/architectures.h"
#include "models/hugging_face_decoder.h"
#include "models/layer_types.h"

namespace hearth {

/// Mistral: Llama with a sliding window in every layer of version 0.1, none since. GGUF files of
/// it call themselves llama.
Result<DecoderSpec> describeMistral(const Checkpoint& checkpoint) {
    HEARTH_TRY_ASSIGN(DecoderSpec decoder, describeHuggingFaceDecoder(checkpoint));
    const ConfigReader config(checkpoint);
    HEARTH_TRY_ASSIGN(const std::int32_t window, config.integer("sliding_window", 0));
    addSlidingForm(decoder, window, everyLayer(decoder.layers));
    return decoder;
}

} // namespace hearth
