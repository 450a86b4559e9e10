#include "models/architectures.h"
#include "models/gguf_decoder.h"
#include "models/hugging_face_decoder.h"
#include "models/layer_types.h"

namespace hearth {

namespace {

Result<DecoderSpec> describePhi3Gguf(const Checkpoint& checkpoint) {
    HEARTH_TRY_ASSIGN(DecoderSpec decoder,
                      describeGgufDecoder(checkpoint, "phi3", kernels::RopePairing::Halves));
    fuseGateUp(decoder, "blk.{}.ffn_up.weight");
    HEARTH_TRY(addGgufWindow(GgufKeys(checkpoint, "phi3"), decoder));
    return decoder;
}

} // namespace

/// Phi 3, 3.5, 4 and 4-mini: Llama with fused tensors.
Result<DecoderSpec> describePhi3(const Checkpoint& checkpoint) {
    if (checkpoint.kind() == Checkpoint::Kind::Gguf)
        return describePhi3Gguf(checkpoint);
    HEARTH_TRY_ASSIGN(DecoderSpec decoder,
                      describeHuggingFaceDecoder(checkpoint, {.defaultEpsilon = 1e-5F}));
    fuseQkv(decoder, "model.layers.{}.self_attn.qkv_proj.weight");
    fuseGateUp(decoder, "model.layers.{}.mlp.gate_up_proj.weight");
    HEARTH_TRY_ASSIGN(const std::int32_t window,
                      ConfigReader(checkpoint).integer("sliding_window", 0));
    addSlidingForm(decoder, window, everyLayer(decoder.layers));
    return decoder;
}

} // namespace hearth
