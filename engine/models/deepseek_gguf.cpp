#include "models/deepseek.h"
#include "models/experts_config.h"
#include "models/gguf_decoder.h"
#include "models/tensor_names.h"

#include <utility>

namespace hearth {

namespace {

/// Newer files describe the cache in key_length and value_length, and the heads in ….._mla.
Result<std::int32_t> headLength(const GgufKeys& keys, const std::string& key) {
    if (keys.has(key + "_mla"))
        return keys.get<std::int32_t>(key + "_mla");
    return keys.get<std::int32_t>(key);
}

Result<void> readLatent(const GgufKeys& keys, DecoderSpec& decoder) {
    LatentSpec& latent = decoder.latent;
    HEARTH_TRY_ASSIGN(latent.queryRank, keys.getOr<std::int32_t>("attention.q_lora_rank", 0));
    HEARTH_TRY_ASSIGN(latent.kvRank, keys.get<std::int32_t>("attention.kv_lora_rank"));
    HEARTH_TRY_ASSIGN(latent.ropeWidth, keys.get<std::int32_t>("rope.dimension_count"));
    HEARTH_TRY_ASSIGN(const std::int32_t key, headLength(keys, "attention.key_length"));
    HEARTH_TRY_ASSIGN(latent.valueWidth, headLength(keys, "attention.value_length"));
    if (latent.kvRank < 1)
        return keys.wrong("attention.kv_lora_rank", "must be above 0");
    if (latent.ropeWidth < 2 || key <= latent.ropeWidth)
        return keys.wrong("attention.key_length", "must be above rope.dimension_count");
    latent.nopeWidth = key - latent.ropeWidth;
    return {};
}

/// attn_k_b [heads, kvRank, nopeWidth] and attn_v_b [heads, valueWidth, kvRank]; older files have
/// both in attn_kv_b, as Hugging Face's kv_b_proj.
void nameKvUp(const Checkpoint& checkpoint, DecoderSpec& decoder) {
    const LatentSpec& latent = decoder.latent;
    if (!checkpoint.has("blk.0.attn_k_b.weight"))
        return splitKvUp(decoder, "blk.{}.attn_kv_b.weight");
    LayerNames& names = decoder.names.layer;
    for (std::int32_t head = 0; head < decoder.heads; ++head)
        names.keyUp.push_back({"blk.{}.attn_k_b.weight", 0, 0, latent.nopeWidth, 1, 0,
                               TensorTransform::Transposed});
    names.valueUp = whole("blk.{}.attn_v_b.weight",
                          std::int64_t{decoder.heads} * latent.valueWidth);
}

void nameLatent(const Checkpoint& checkpoint, DecoderSpec& decoder) {
    const LatentSpec& latent = decoder.latent;
    const std::string layer = "blk.{}.";
    LayerNames& names = decoder.names.layer;
    names.key.clear();
    names.value.clear();
    if (latent.queryRank > 0) {
        names.queryDown = whole(layer + "attn_q_a.weight", latent.queryRank);
        names.queryDownNorm = layer + "attn_q_a_norm.weight";
    }
    setLatentHeads(decoder,
                   layer + (latent.queryRank > 0 ? "attn_q_b.weight" : "attn_q.weight"));
    names.kvDown = whole(layer + "attn_kv_a_mqa.weight",
                         std::int64_t{latent.kvRank} + latent.ropeWidth);
    names.kvDownNorm = layer + "attn_kv_a_norm.weight";
    nameKvUp(checkpoint, decoder);
}

/// yarn_log_multiplier is 0.1 · mscale_all_dim; such files leave cosine and sine as they are
/// (mscale = mscale_all_dim in all published configs).
Result<void> readYarnScale(const GgufKeys& keys, DecoderSpec& decoder) {
    RopeSpec& rope = decoder.forms[0].rope;
    HEARTH_TRY_ASSIGN(const double multiplier,
                      keys.getOr<double>("rope.scaling.yarn_log_multiplier", 0.0));
    if (rope.scaling != RopeScaling::Yarn || multiplier == 0.0)
        return {};
    HEARTH_TRY_ASSIGN(rope.magnitude, keys.getOr<double>("rope.scaling.attn_factor", 1.0));
    setYarnScale(decoder, multiplier / 0.1);
    return {};
}

} // namespace

Result<DecoderSpec> describeDeepseekGguf(const Checkpoint& checkpoint) {
    const GgufKeys keys(checkpoint, "deepseek2");
    DecoderSpec decoder;
    HEARTH_TRY(readGgufSizes(keys, decoder));
    HEARTH_TRY_ASSIGN(const std::int32_t predictors,
                      keys.getOr<std::int32_t>("nextn_predict_layers", 0));
    if (predictors < 0 || predictors >= decoder.layers)
        return keys.wrong("nextn_predict_layers", "must be below block_count");
    decoder.layers -= predictors;
    HEARTH_TRY(readLatent(keys, decoder));
    decoder.kvHeads = decoder.heads;
    decoder.pairing = kernels::RopePairing::Adjacent;
    HEARTH_TRY_ASSIGN(RopeSpec rope, readGgufRope(keys, decoder));
    decoder.forms = {{0, std::move(rope)}};
    decoder.names = ggufNames(decoder);
    decoder.tiedHead = !checkpoint.has("output.weight");
    nameLatent(checkpoint, decoder);
    HEARTH_TRY(readYarnScale(keys, decoder));
    HEARTH_TRY(readGgufExperts(keys, decoder));
    const bool isThird = decoder.experts.score == kernels::RouterScore::Sigmoid;
    decoder.architecture = isThird ? "deepseek_v3" : "deepseek_v2";
    return decoder;
}

} // namespace hearth
