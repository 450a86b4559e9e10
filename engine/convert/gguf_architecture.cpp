#include "convert/gguf_architecture.h"

#include "convert/gguf_keys.h"
#include "formats/format_error.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdint>
#include <vector>

namespace hearth {

namespace {

using kernels::RopePairing;

// Facts of llama.cpp: src/llama-model.cpp (llama_model_rope_type) and src/models/*.cpp.
constexpr std::array kArchitectures{
    GgufArchitecture{"llama", "llama"},
    GgufArchitecture{"mistral", "llama"},
    GgufArchitecture{"mixtral", "llama"},
    GgufArchitecture{"internlm", "llama"},
    GgufArchitecture{"internlm3", "llama"},
    GgufArchitecture{"internlm2", "internlm2"},
    GgufArchitecture{"baichuan", "baichuan", RopePairing::Adjacent, false, false, true},
    GgufArchitecture{"chatglm", "chatglm", RopePairing::Adjacent, true, true},
    GgufArchitecture{"glm", "chatglm", RopePairing::Adjacent, true, true},
    GgufArchitecture{"glm4", "glm4", RopePairing::Adjacent, false, true},
    GgufArchitecture{"qwen", "qwen", RopePairing::Halves, true, false, true},
    GgufArchitecture{"qwen2", "qwen2", RopePairing::Halves},
    GgufArchitecture{"qwen2_moe", "qwen2moe", RopePairing::Halves, false, false, true},
    GgufArchitecture{"qwen3", "qwen3", RopePairing::Halves},
    GgufArchitecture{"qwen3_moe", "qwen3moe", RopePairing::Halves},
    GgufArchitecture{"gemma", "gemma", RopePairing::Halves, false, false, false, true},
    GgufArchitecture{"gemma2", "gemma2", RopePairing::Halves, false, false, false, true},
    GgufArchitecture{"gemma3_text", "gemma3", RopePairing::Halves, false, false, false, true},
    GgufArchitecture{"gemma3", "gemma3", RopePairing::Halves, false, false, false, true},
    GgufArchitecture{"phi3", "phi3", RopePairing::Halves, true, true},
    GgufArchitecture{"gpt2", "gpt2", RopePairing::Halves, true},
    GgufArchitecture{"deepseek_v2", "deepseek2", RopePairing::Adjacent, false, false, true},
    GgufArchitecture{"deepseek_v3", "deepseek2", RopePairing::Adjacent, false, false, true},
    GgufArchitecture{"gpt_oss", "gpt-oss", RopePairing::Halves, false, false, true, false, true},
};

std::uint32_t whole(std::int64_t number) {
    return static_cast<std::uint32_t>(number);
}

/// The form of layers that see everything, or the first.
const AttentionForm& mainForm(const DecoderSpec& decoder) {
    const auto found = std::find_if(decoder.forms.begin(), decoder.forms.end(),
                                    [](const AttentionForm& form) { return form.window == 0; });
    return found == decoder.forms.end() ? decoder.forms.front() : *found;
}

const AttentionForm* slidingForm(const DecoderSpec& decoder) {
    const auto found = std::find_if(decoder.forms.begin(), decoder.forms.end(),
                                    [](const AttentionForm& form) { return form.window > 0; });
    return found == decoder.forms.end() ? nullptr : &*found;
}

void addRope(const RopeSpec& rope, bool isLatent, GgufKeys& keys) {
    if (rope.width == 0)
        return;
    keys.set("rope.dimension_count", whole(rope.width));
    keys.set("rope.freq_base", rope.base);
    if (rope.scaling == RopeScaling::Linear) {
        keys.set("rope.scaling.type", "linear");
        keys.set("rope.scaling.factor", rope.factor);
    }
    if (rope.scaling == RopeScaling::LongRope) {
        keys.set("rope.scaling.original_context_length",
                 whole(static_cast<std::int64_t>(rope.originalContext)));
        keys.set("rope.scaling.attn_factor", static_cast<double>(ropeMagnitude(rope)));
    }
    if (rope.scaling != RopeScaling::Yarn)
        return;
    keys.set("rope.scaling.type", "yarn");
    keys.set("rope.scaling.factor", rope.factor);
    keys.set("rope.scaling.original_context_length",
             whole(static_cast<std::int64_t>(rope.originalContext)));
    keys.set("rope.scaling.yarn_beta_fast", rope.betaFast);
    keys.set("rope.scaling.yarn_beta_slow", rope.betaSlow);
    if (isLatent)
        return; // readers have it from yarn_log_multiplier
    // Readers multiply with what yarn itself says.
    const double own = 0.1 * std::log(std::max(rope.factor, 1.0)) + 1.0;
    if (std::fabs(ropeMagnitude(rope) / own - 1.0) > 1e-6)
        keys.set("rope.scaling.attn_factor", ropeMagnitude(rope) / own);
}

void addWindow(const DecoderSpec& decoder, GgufWriter& writer, std::string_view architecture,
               GgufKeys& keys) {
    const AttentionForm* sliding = slidingForm(decoder);
    if (sliding == nullptr)
        return;
    keys.set("attention.sliding_window", whole(sliding->window));
    if (decoder.forms.size() < 2)
        return;
    if (sliding->rope.base != mainForm(decoder).rope.base)
        keys.set("rope.freq_base_swa", sliding->rope.base);
    std::vector<bool> slides;
    for (std::int32_t layer = 0; layer < decoder.layers; ++layer)
        slides.push_back(decoder.forms[decoder.formIndex(layer)].window > 0);
    // A number where every nth layer sees everything, else a flag a layer.
    const auto first = std::find(slides.begin(), slides.end(), false);
    const std::int64_t every = first - slides.begin() + 1;
    bool periodic = true;
    for (std::int64_t layer = 0; layer < decoder.layers; ++layer)
        periodic &= slides[static_cast<std::size_t>(layer)] == ((layer + 1) % every != 0);
    if (periodic)
        return keys.set("attention.sliding_window_pattern", whole(every));
    const std::vector<std::int32_t> flags(slides.begin(), slides.end());
    writer.add(std::string(architecture) + ".attention.sliding_window_pattern",
               std::span<const std::int32_t>(flags));
}

void addExperts(const DecoderSpec& decoder, bool isLatent, GgufKeys& keys) {
    const ExpertSpec& experts = decoder.experts;
    if (experts.count == 0)
        return;
    keys.set("expert_count", whole(experts.count));
    keys.set("expert_used_count", whole(experts.perToken));
    keys.set("expert_feed_forward_length", whole(experts.feedForward));
    keys.set("expert_weights_norm", experts.normalise);
    if (isLatent) {
        const auto dense = std::find(experts.inLayer.begin(), experts.inLayer.end(), true) -
                           experts.inLayer.begin();
        keys.set("leading_dense_block_count", whole(dense));
        keys.set("expert_shared_count", whole(experts.sharedFeedForward / experts.feedForward));
        keys.set("expert_weights_scale", static_cast<double>(experts.scale));
        keys.set("expert_gating_func",
                 experts.score == kernels::RouterScore::Sigmoid ? 2U : 1U);
        keys.set("expert_group_count", whole(experts.groups));
        keys.set("expert_group_used_count", whole(experts.topGroups));
    } else if (experts.sharedFeedForward > 0) {
        keys.set("expert_shared_feed_forward_length", whole(experts.sharedFeedForward));
    }
}

void addHeads(const DecoderSpec& decoder, GgufKeys& keys) {
    const LatentSpec& latent = decoder.latent;
    keys.set("attention.head_count", whole(decoder.heads));
    if (latent.kvRank == 0) {
        keys.set("attention.head_count_kv", whole(decoder.kvHeads));
        keys.set("attention.key_length", whole(decoder.headWidth));
        keys.set("attention.value_length", whole(decoder.headWidth));
        return;
    }
    // One key and value head: the latent.
    keys.set("attention.head_count_kv", 1U);
    keys.set("attention.key_length", whole(latent.kvRank + latent.ropeWidth));
    keys.set("attention.value_length", whole(latent.kvRank));
    keys.set("attention.key_length_mla", whole(latent.nopeWidth + latent.ropeWidth));
    keys.set("attention.value_length_mla", whole(latent.valueWidth));
    keys.set("attention.kv_lora_rank", whole(latent.kvRank));
    if (latent.queryRank > 0)
        keys.set("attention.q_lora_rank", whole(latent.queryRank));
    const RopeSpec& rope = mainForm(decoder).rope;
    const double plain = 1.0 / std::sqrt(double(latent.nopeWidth + latent.ropeWidth));
    if (rope.scaling == RopeScaling::Yarn && decoder.attentionScale > 0.0F && rope.factor > 1.0)
        keys.set("rope.scaling.yarn_log_multiplier",
                 (std::sqrt(decoder.attentionScale / plain) - 1.0) / std::log(rope.factor));
}

/// llama.cpp scales Gemma's attention by the hidden size for the largest models, which it knows by
/// their layers, else by the head's.
float gemmaScale(const DecoderSpec& decoder) {
    const bool largest = decoder.layers == (decoder.architecture == "gemma2" ? 46 : 62);
    const double width = largest ? double(decoder.hidden) / decoder.heads : decoder.headWidth;
    return static_cast<float>(1.0 / std::sqrt(width));
}

/// What llama.cpp computes for an architecture, whatever the keys say.
Result<void> checkFixedParts(const GgufArchitecture& architecture, const DecoderSpec& decoder,
                             const std::string& path) {
    const auto refuse = [&](const char* field, const std::string& what) {
        return fileFailure(ErrorCode::Unsupported, path, field,
                           what + " in a GGUF file of " + decoder.architecture);
    };
    const bool isGptOss = architecture.name == "gpt-oss";
    using kernels::Activation;
    Activation own = Activation::Silu;
    if (architecture.isGemma || architecture.name == "gpt2")
        own = Activation::GeluTanh;
    else if (isGptOss)
        own = Activation::ClampedSwiglu;
    // Its GELU is the approximation in any case.
    const bool isGelu = decoder.activation == Activation::GeluErf && own == Activation::GeluTanh;
    if (decoder.activation != own && !isGelu)
        return refuse("activation", "one that readers do not compute");
    const RopeSpec& rope = mainForm(decoder).rope;
    if (rope.scaling == RopeScaling::Yarn && rope.truncate == isGptOss)
        return refuse("truncate", "ends of yarn's ramp that readers do not compute");
    if (decoder.latent.kvRank > 0 && decoder.attentionScale > 0.0F &&
        std::fabs(ropeMagnitude(rope) - 1.0F) > 1e-6F)
        return refuse("mscale", "one that is not mscale_all_dim");
    const bool fixed = architecture.name == "qwen2moe" || architecture.name == "qwen3moe";
    if (fixed && decoder.experts.normalise != (architecture.name == "qwen3moe"))
        return refuse("norm_topk_prob", decoder.experts.normalise ? "true" : "false");
    return {};
}

} // namespace

Result<GgufArchitecture> ggufArchitectureOf(const DecoderSpec& decoder, const std::string& path) {
    const auto* const found =
        std::find_if(kArchitectures.begin(), kArchitectures.end(),
                     [&](const GgufArchitecture& each) {
                         return each.modelType == decoder.architecture;
                     });
    if (found == kArchitectures.end())
        return fileFailure(ErrorCode::Unsupported, path, "GGUF",
                           "a file of architecture " + decoder.architecture);
    const bool scales = decoder.embeddingScale != 1.0F;
    if (scales && !found->isGemma)
        return fileFailure(ErrorCode::Unsupported, path, "embedding scale",
                           "in a GGUF file of " + decoder.architecture);
    const bool swaps = decoder.pairing != found->pairing && mainForm(decoder).rope.width > 0;
    const bool isDynamic = std::any_of(
        decoder.forms.begin(), decoder.forms.end(),
        [](const AttentionForm& form) { return form.rope.scaling == RopeScaling::Dynamic; });
    if (isDynamic || decoder.logNContext > 0)
        return fileFailure(ErrorCode::Unsupported, path, "rope",
                           "GGUF has no word for a rope or an attention that follows the length");
    if (swaps && (found->fusedQkv || decoder.latent.kvRank > 0 ||
                  !decoder.names.layer.queryNorm.empty()))
        return fileFailure(ErrorCode::Unsupported, path, "rope",
                           "pairs that a GGUF file of " + decoder.architecture + " cannot have");
    HEARTH_TRY(checkFixedParts(*found, decoder, path));
    return *found;
}

float queryFactor(const GgufArchitecture& architecture, const DecoderSpec& decoder) {
    if (!architecture.isGemma || decoder.attentionScale <= 0.0F)
        return 1.0F;
    const float factor = decoder.attentionScale / gemmaScale(decoder);
    return std::fabs(factor - 1.0F) < 1e-6F ? 1.0F : factor; // a square root's last bit
}

void addModelKeys(const GgufArchitecture& architecture, const DecoderSpec& decoder,
                  const std::string& modelName, GgufWriter& writer) {
    GgufKeys keys(architecture.name, modelName, writer);
    keys.set("vocab_size", whole(decoder.vocabulary));
    keys.set("context_length", whole(decoder.trainedContext));
    keys.set("embedding_length", whole(decoder.hidden));
    keys.set("block_count", whole(decoder.layers));
    // Qwen 1 counts gate and up together.
    keys.set("feed_forward_length",
             whole(std::int64_t{decoder.feedForward} * (architecture.name == "qwen" ? 2 : 1)));
    addHeads(decoder, keys);
    const bool layerNorm = decoder.norm.kind == kernels::NormKind::Layer;
    keys.set(layerNorm ? "attention.layer_norm_epsilon" : "attention.layer_norm_rms_epsilon",
             decoder.norm.epsilon);
    addRope(mainForm(decoder).rope, decoder.latent.kvRank > 0, keys);
    addWindow(decoder, writer, architecture.name, keys);
    addExperts(decoder, decoder.latent.kvRank > 0, keys);
    if (architecture.isGemma) {
        if (gemmaScale(decoder) != static_cast<float>(1.0 / std::sqrt(double(decoder.headWidth))))
            keys.set("attention.scale", gemmaScale(decoder));
    } else if (decoder.attentionScale > 0.0F && decoder.latent.kvRank == 0) {
        keys.set("attention.scale", decoder.attentionScale);
    }
    if (decoder.attentionSoftcap > 0.0F)
        keys.set("attn_logit_softcapping", decoder.attentionSoftcap);
    if (decoder.finalSoftcap > 0.0F)
        keys.set("final_logit_softcapping", decoder.finalSoftcap);
    if (!decoder.alibi.empty())
        keys.set("attention.max_alibi_bias", 8.0F);
}

} // namespace hearth
