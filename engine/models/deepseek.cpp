#include "models/deepseek.h"

#include "models/architectures.h"
#include "models/experts_config.h"
#include "models/hugging_face_decoder.h"
#include "models/tensor_names.h"

#include <algorithm>
#include <cmath>
#include <optional>
#include <utility>

namespace hearth {

void setLatentHeads(DecoderSpec& decoder, const std::string& query) {
    decoder.headWidth = decoder.latent.nopeWidth + decoder.latent.ropeWidth;
    decoder.names.layer.query =
        whole(query, std::int64_t{decoder.heads} * decoder.headWidth);
}

void splitKvUp(DecoderSpec& decoder, const std::string& name) {
    const LatentSpec& latent = decoder.latent;
    const std::int64_t width = std::int64_t{latent.nopeWidth} + latent.valueWidth;
    const std::int64_t rows = decoder.heads * width;
    LayerNames& names = decoder.names.layer;
    names.keyUp.clear();
    names.valueUp.clear();
    for (std::int64_t head = 0; head < decoder.heads; ++head) {
        names.keyUp.push_back({name, rows, head * width, latent.nopeWidth});
        names.valueUp.push_back({name, rows, head * width + latent.nopeWidth, latent.valueWidth});
    }
}

void setYarnScale(DecoderSpec& decoder, double mscale) {
    const double factor = decoder.forms[0].rope.factor;
    const double magnitude = factor > 1.0 ? 0.1 * mscale * std::log(factor) + 1.0 : 1.0;
    decoder.attentionScale =
        static_cast<float>(magnitude * magnitude / std::sqrt(double(decoder.headWidth)));
}

namespace {

/// What the two generations leave unsaid.
struct Defaults {
    const char* method;
    const char* score;
    bool normalise;
    bool scaleNormalised; ///< routed_scaling_factor counts where weights are normalised, too.
    nlohmann::json keys;
};

Result<void> readLatent(const ConfigReader& config, LatentSpec& latent) {
    HEARTH_TRY_ASSIGN(latent.queryRank, config.integer("q_lora_rank", 0));
    HEARTH_TRY_ASSIGN(latent.kvRank, config.requiredInteger("kv_lora_rank"));
    HEARTH_TRY_ASSIGN(latent.nopeWidth, config.requiredInteger("qk_nope_head_dim"));
    HEARTH_TRY_ASSIGN(latent.ropeWidth, config.requiredInteger("qk_rope_head_dim"));
    HEARTH_TRY_ASSIGN(latent.valueWidth, config.requiredInteger("v_head_dim"));
    if (latent.kvRank < 1)
        return config.wrong("kv_lora_rank", "must be above 0");
    return {};
}

void nameLatent(DecoderSpec& decoder) {
    const LatentSpec& latent = decoder.latent;
    const std::string block = "model.layers.{}.self_attn.";
    LayerNames& names = decoder.names.layer;
    names.key.clear();
    names.value.clear();
    if (latent.queryRank > 0) {
        names.queryDown = whole(block + "q_a_proj.weight", latent.queryRank);
        names.queryDownNorm = block + "q_a_layernorm.weight";
    }
    setLatentHeads(decoder, block + (latent.queryRank > 0 ? "q_b_proj.weight" : "q_proj.weight"));
    names.kvDown = whole(block + "kv_a_proj_with_mqa.weight",
                         std::int64_t{latent.kvRank} + latent.ropeWidth);
    names.kvDownNorm = block + "kv_a_layernorm.weight";
    splitKvUp(decoder, block + "kv_b_proj.weight");
}

Result<void> readChoice(const ConfigReader& config, const Defaults& defaults,
                        DecoderSpec& decoder) {
    ExpertSpec& experts = decoder.experts;
    HEARTH_TRY_ASSIGN(const std::string score, config.text("scoring_func", defaults.score));
    if (score == "sigmoid")
        experts.score = kernels::RouterScore::Sigmoid;
    else if (score != "softmax")
        return config.unsupported("scoring_func", score);
    HEARTH_TRY_ASSIGN(const std::string method, config.text("topk_method", defaults.method));
    if (method == "noaux_tc") {
        experts.groupScore = kernels::RouterGroupScore::SumOfTwo;
        decoder.names.layer.routerChoiceBias =
            "model.layers.{}.mlp.gate.e_score_correction_bias";
    } else if (method != "greedy" && method != "group_limited_greedy") {
        return config.unsupported("topk_method", method);
    }
    if (method != "greedy") {
        HEARTH_TRY_ASSIGN(experts.groups, config.integer("n_group", 1));
        HEARTH_TRY_ASSIGN(experts.topGroups, config.integer("topk_group", experts.groups));
    }
    HEARTH_TRY_ASSIGN(experts.normalise, config.boolean("norm_topk_prob", defaults.normalise));
    HEARTH_TRY_ASSIGN(const float scale, config.real("routed_scaling_factor", 1.0F));
    experts.scale = experts.normalise && !defaults.scaleNormalised ? 1.0F : scale;
    return {};
}

Result<void> readExperts(const ConfigReader& config, const Defaults& defaults,
                         DecoderSpec& decoder) {
    ExpertSpec& experts = decoder.experts;
    HEARTH_TRY_ASSIGN(experts.count, config.integer("n_routed_experts", 0));
    if (experts.count == 0)
        return {};
    HEARTH_TRY_ASSIGN(experts.perToken, config.requiredInteger("num_experts_per_tok"));
    HEARTH_TRY_ASSIGN(experts.feedForward, config.requiredInteger("moe_intermediate_size"));
    HEARTH_TRY_ASSIGN(const std::int32_t shared, config.integer("n_shared_experts", 0));
    if (shared < 0 || shared > 4096)
        return config.wrong("n_shared_experts", "is not within 0 and 4096");
    const std::int64_t sharedWidth = std::int64_t{shared} * experts.feedForward;
    experts.sharedFeedForward =
        static_cast<std::int32_t>(std::clamp<std::int64_t>(sharedWidth, -1, 1 << 30));
    HEARTH_TRY_ASSIGN(const std::int32_t dense, config.integer("first_k_dense_replace", 0));
    HEARTH_TRY_ASSIGN(const std::int32_t every, config.integer("moe_layer_freq", 1));
    if (every < 1)
        return config.wrong("moe_layer_freq", "must be above 0");
    for (std::int32_t layer = 0; layer < decoder.layers; ++layer)
        experts.inLayer.push_back(layer >= dense && layer % every == 0);
    HEARTH_TRY(readChoice(config, defaults, decoder));
    const std::string block = "model.layers.{}.mlp.";
    nameExperts(config.checkpoint(),
                {block + "gate.weight", block + "experts.", "gate_proj", "up_proj", "down_proj",
                 block + "shared_experts."},
                decoder);
    return {};
}

Result<void> readYarnScale(const ConfigReader& config, DecoderSpec& decoder) {
    if (decoder.forms[0].rope.scaling == RopeScaling::None)
        return {};
    const char* const key = config.has("rope_parameters") ? "rope_parameters" : "rope_scaling";
    HEARTH_TRY_ASSIGN(const std::optional<ConfigReader> scaling, config.object(key));
    if (!scaling)
        return {};
    HEARTH_TRY_ASSIGN(const double mscale, scaling->number("mscale_all_dim", 0.0));
    if (mscale != 0.0)
        setYarnScale(decoder, mscale);
    return {};
}

Result<DecoderSpec> describeFolder(const Checkpoint& checkpoint, const Defaults& defaults) {
    const ConfigReader config(checkpoint, checkpoint.config(), &defaults.keys);
    ConfigKeys keys;
    keys.headWidth = "qk_rope_head_dim"; // so that the rope gets its width
    HEARTH_TRY_ASSIGN(DecoderSpec decoder, readDecoder(config, keys));
    HEARTH_TRY_ASSIGN(const bool interleaved, config.boolean("rope_interleave", true));
    decoder.pairing =
        interleaved ? kernels::RopePairing::Adjacent : kernels::RopePairing::Halves;
    HEARTH_TRY(readLatent(config, decoder.latent));
    decoder.kvHeads = decoder.heads;
    nameLatent(decoder);
    HEARTH_TRY(readYarnScale(config, decoder));
    HEARTH_TRY(readExperts(config, defaults, decoder));
    return decoder;
}

} // namespace

/// DeepSeek-V2, V2-Lite and Coder-V2 (arXiv 2405.04434).
Result<DecoderSpec> describeDeepseekV2(const Checkpoint& checkpoint) {
    if (checkpoint.kind() == Checkpoint::Kind::Gguf)
        return describeDeepseekGguf(checkpoint);
    return describeFolder(checkpoint,
                          {"greedy", "softmax", false, false, {{"n_shared_experts", 2}}});
}

/// DeepSeek-V3, R1 and what copies their form (arXiv 2412.19437). Layers that predict further
/// tokens (MTP) are left unread.
Result<DecoderSpec> describeDeepseekV3(const Checkpoint& checkpoint) {
    if (checkpoint.kind() == Checkpoint::Kind::Gguf)
        return describeDeepseekGguf(checkpoint);
    return describeFolder(checkpoint, {"noaux_tc",
                                       "sigmoid",
                                       true,
                                       true,
                                       {{"n_shared_experts", 1},
                                        {"first_k_dense_replace", 3},
                                        {"routed_scaling_factor", 2.5},
                                        {"n_group", 8},
                                        {"topk_group", 4}}});
}

} // namespace hearth
