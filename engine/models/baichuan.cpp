#include "models/alibi.h"
#include "models/architectures.h"
#include "models/gguf_decoder.h"
#include "models/hugging_face_decoder.h"

#include <algorithm>

namespace hearth {

namespace {

/// The 13B models' configs state model_max_length alone.
constexpr ConfigKeys kAlibiKeys{.context = "model_max_length"};
constexpr std::int32_t kFirstVocabulary = 64000;
constexpr std::int32_t kAlibiLayers = 40;

void useAlibi(DecoderSpec& decoder) {
    decoder.forms = {{}};
    decoder.alibi = alibiSlopes(decoder.heads);
}

/// Configs do not state the version: 7B of the first is spelt "BaiChuan", both of the first have
/// the same vocabulary.
Result<bool> isFirstVersion(const ConfigReader& config, const DecoderSpec& decoder) {
    HEARTH_TRY_ASSIGN(const std::vector<std::string> classes, config.texts("architectures"));
    return decoder.vocabulary == kFirstVocabulary ||
           std::find(classes.begin(), classes.end(), "BaiChuanForCausalLM") != classes.end();
}

/// llama.cpp knows the 13B models by their layers.
Result<DecoderSpec> describeBaichuanGguf(const Checkpoint& checkpoint) {
    HEARTH_TRY_ASSIGN(DecoderSpec decoder,
                      describeGgufDecoder(checkpoint, "baichuan", kernels::RopePairing::Adjacent));
    const GgufKeys keys(checkpoint, "baichuan");
    const float fallback = decoder.layers == kAlibiLayers ? kAlibiBias : 0.0F;
    HEARTH_TRY_ASSIGN(const float bias, keys.getOr<float>("attention.max_alibi_bias", fallback));
    if (bias != 0.0F && bias != kAlibiBias)
        return keys.unsupported("attention.max_alibi_bias", "other than 8");
    if (bias != 0.0F)
        useAlibi(decoder);
    return decoder;
}

} // namespace

/// Baichuan 1 and 2, 7B (rope) and 13B (ALiBi).
Result<DecoderSpec> describeBaichuan(const Checkpoint& checkpoint) {
    if (checkpoint.kind() == Checkpoint::Kind::Gguf)
        return describeBaichuanGguf(checkpoint);
    const ConfigReader config(checkpoint);
    const bool alibi = !config.has("max_position_embeddings");
    HEARTH_TRY_ASSIGN(DecoderSpec decoder, readDecoder(config, alibi ? kAlibiKeys : ConfigKeys{}));
    fuseQkv(decoder, "model.layers.{}.self_attn.W_pack.weight");
    if (alibi)
        useAlibi(decoder);
    HEARTH_TRY_ASSIGN(const bool first, isFirstVersion(config, decoder));
    if (!first)
        decoder.names.output.front().transform = TensorTransform::NormalisedRows;
    return decoder;
}

} // namespace hearth
