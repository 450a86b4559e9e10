#include "models/architectures.h"
#include "models/gguf_decoder.h"
#include "models/hugging_face_decoder.h"

namespace hearth {

namespace {

void nameInternLm2Tensors(DecoderSpec& decoder) {
    DecoderNames& names = decoder.names;
    names.embedding = "model.tok_embeddings.weight";
    names.output = whole("output.weight", decoder.vocabulary);
    const std::string layer = "model.layers.{}.";
    names.layer.attentionNorm = layer + "attention_norm.weight";
    names.layer.attentionOutput = whole(layer + "attention.wo.weight", decoder.hidden);
    names.layer.feedForwardNorm = layer + "ffn_norm.weight";
    names.layer.gate = whole(layer + "feed_forward.w1.weight", decoder.feedForward);
    names.layer.up = whole(layer + "feed_forward.w3.weight", decoder.feedForward);
    names.layer.down = whole(layer + "feed_forward.w2.weight", decoder.hidden);
    groupQkv(decoder, layer + "attention.wqkv.weight");
}

} // namespace

/// InternLM 2 and 2.5: Llama with names of its own and q, k and v grouped by KV head in one tensor.
Result<DecoderSpec> describeInternLm2(const Checkpoint& checkpoint) {
    if (checkpoint.kind() == Checkpoint::Kind::Gguf)
        return describeGgufDecoder(checkpoint, "internlm2", kernels::RopePairing::Adjacent);
    HEARTH_TRY_ASSIGN(DecoderSpec decoder, describeHuggingFaceDecoder(checkpoint));
    nameInternLm2Tensors(decoder);
    return decoder;
}

} // namespace hearth
