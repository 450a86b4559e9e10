#include "models/architectures.h"
#include "models/gguf_decoder.h"
#include "models/hugging_face_decoder.h"

namespace hearth {

/// Qwen 3: heads of q and k are normed by themselves before they turn.
Result<DecoderSpec> describeQwen3(const Checkpoint& checkpoint) {
    if (checkpoint.kind() == Checkpoint::Kind::Gguf) {
        HEARTH_TRY_ASSIGN(DecoderSpec decoder,
                          describeGgufDecoder(checkpoint, "qwen3", kernels::RopePairing::Halves));
        nameGgufHeadNorms(decoder);
        HEARTH_TRY(addGgufWindow(GgufKeys(checkpoint, "qwen3"), decoder));
        return decoder;
    }
    HEARTH_TRY_ASSIGN(DecoderSpec decoder, describeHuggingFaceDecoder(checkpoint));
    nameHeadNorms(decoder);
    HEARTH_TRY(readQwenWindow(ConfigReader(checkpoint), decoder));
    return decoder;
}

} // namespace hearth
