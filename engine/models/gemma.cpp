#include "models/architectures.h"
#include "models/gemma_family.h"
#include "models/gguf_decoder.h"

namespace hearth {

/// Gemma 1.
Result<DecoderSpec> describeGemma(const Checkpoint& checkpoint) {
    const bool gguf = checkpoint.kind() == Checkpoint::Kind::Gguf;
    HEARTH_TRY_ASSIGN(
        DecoderSpec decoder,
        gguf ? describeGgufDecoder(checkpoint, "gemma", kernels::RopePairing::Halves)
             : readDecoder(ConfigReader(checkpoint, checkpoint.config(), &gemmaDefaults()),
                           kGemmaKeys));
    useGemmaForm(decoder, gguf);
    return decoder;
}

} // namespace hearth
