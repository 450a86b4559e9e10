#include "models/architectures.h"
#include "models/gguf_decoder.h"
#include "models/hugging_face_decoder.h"

namespace hearth {

/// Llama 1 to 3.x and what copies its form: TinyLlama, SmolLM2, Yi, vicuna, InternLM 3.
Result<DecoderSpec> describeLlama(const Checkpoint& checkpoint) {
    if (checkpoint.kind() == Checkpoint::Kind::Gguf) {
        HEARTH_TRY_ASSIGN(DecoderSpec decoder,
                          describeGgufDecoder(checkpoint, "llama", kernels::RopePairing::Adjacent));
        HEARTH_TRY(addGgufWindow(GgufKeys(checkpoint, "llama"), decoder));
        return decoder;
    }
    return describeHuggingFaceDecoder(checkpoint);
}

} // namespace hearth
