#include "models/architectures.h"
#include "models/gguf_decoder.h"
#include "models/hugging_face_decoder.h"
#include "models/layer_types.h"

namespace hearth {

/// Llama 1 to 3.x and what copies its form: TinyLlama, SmolLM2, Yi, vicuna, InternLM 3.
Result<DecoderSpec> describeLlama(const Checkpoint& checkpoint) {
    if (checkpoint.kind() != Checkpoint::Kind::Gguf)
        return describeHuggingFaceDecoder(checkpoint);
    HEARTH_TRY_ASSIGN(DecoderSpec decoder,
                      describeGgufDecoder(checkpoint, "llama", kernels::RopePairing::Adjacent));
    // Of Mistral 0.1, where its converter kept it.
    HEARTH_TRY_ASSIGN(const std::int32_t window,
                      GgufKeys(checkpoint, "llama")
                          .getOr<std::int32_t>("attention.sliding_window", 0));
    addSlidingForm(decoder, window, everyLayer(decoder.layers));
    return decoder;
}

} // namespace hearth
