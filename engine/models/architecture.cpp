#include "models/architecture.h"

#include "formats/format_error.h"
#include "models/architectures.h"
#include "models/decoder_spec_check.h"
#include "models/experts_config.h"
#include "models/model_spec_json.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <utility>

#include <fmt/format.h>

namespace hearth {

namespace {

using Describe = Result<DecoderSpec> (*)(const Checkpoint&);

struct Architecture {
    ArchitectureInfo info;
    Describe describe;
};

// A row a class; of rows with one model type the first speaks for it.
constexpr std::array kArchitectures{
    Architecture{{"baichuan", "BaichuanForCausalLM", "baichuan"}, describeBaichuan},
    Architecture{{"baichuan", "BaiChuanForCausalLM", "baichuan"}, describeBaichuan},
    Architecture{{"chatglm", "ChatGLMModel", "chatglm"}, describeChatGlm},
    Architecture{{"chatglm", "ChatGLMForConditionalGeneration", "chatglm"}, describeChatGlm},
    Architecture{{"deepseek_v2", "DeepseekV2ForCausalLM", "deepseek2"}, describeDeepseekV2},
    Architecture{{"deepseek_v3", "DeepseekV3ForCausalLM", "deepseek2"}, describeDeepseekV3},
    Architecture{{"gemma", "GemmaForCausalLM", "gemma"}, describeGemma},
    Architecture{{"gemma2", "Gemma2ForCausalLM", "gemma2"}, describeGemma2},
    Architecture{{"gemma3_text", "Gemma3ForCausalLM", "gemma3"}, describeGemma3},
    Architecture{{"gemma3", "Gemma3ForConditionalGeneration", "gemma3"}, describeGemma3},
    Architecture{{"glm", "GlmForCausalLM", "chatglm"}, describeGlm},
    Architecture{{"glm4", "Glm4ForCausalLM", "glm4"}, describeGlm4},
    Architecture{{"gpt2", "GPT2LMHeadModel", "gpt2"}, describeGpt2},
    Architecture{{"gpt_oss", "GptOssForCausalLM", "gpt-oss"}, describeGptOss},
    Architecture{{"granite", "GraniteForCausalLM", "granite"}, describeGranite},
    Architecture{{"internlm", "InternLMForCausalLM", "llama"}, describeInternLm},
    Architecture{{"internlm2", "InternLM2ForCausalLM", "internlm2"}, describeInternLm2},
    Architecture{{"internlm3", "InternLM3ForCausalLM", "llama"}, describeLlama},
    Architecture{{"llama", "LlamaForCausalLM", "llama"}, describeLlama},
    Architecture{{"llama", "LLaMAForCausalLM", "llama"}, describeLlama},
    Architecture{{"mistral", "MistralForCausalLM", "llama"}, describeMistral},
    Architecture{{"mixtral", "MixtralForCausalLM", "llama"}, describeMixtral},
    Architecture{{"phi3", "Phi3ForCausalLM", "phi3"}, describePhi3},
    Architecture{{"qwen", "QWenLMHeadModel", "qwen"}, describeQwen},
    Architecture{{"qwen2", "Qwen2ForCausalLM", "qwen2"}, describeQwen2},
    Architecture{{"qwen2_moe", "Qwen2MoeForCausalLM", "qwen2moe"}, describeQwen2Moe},
    Architecture{{"qwen3", "Qwen3ForCausalLM", "qwen3"}, describeQwen3},
    Architecture{{"qwen3_moe", "Qwen3MoeForCausalLM", "qwen3moe"}, describeQwen3Moe},
    Architecture{{"smollm3", "SmolLM3ForCausalLM", "smollm3"}, describeSmolLm3},
    Architecture{{"stablelm", "StableLmForCausalLM", "stablelm"}, describeStableLm},
    Architecture{{"starcoder2", "Starcoder2ForCausalLM", "starcoder2"}, describeStarCoder2},
};

/// The function of an architecture that has the name as `field`.
template<typename Field>
const Architecture* findBy(Field field, std::string_view name) {
    const auto* const found =
        std::find_if(kArchitectures.begin(), kArchitectures.end(),
                     [&](const Architecture& one) { return one.info.*field == name; });
    return found == kArchitectures.end() ? nullptr : found;
}

/// A GGUF file that calls itself llama is read as llama, whatever was converted.
const Architecture* findGguf(std::string_view name) {
    if (const Architecture* own = findBy(&ArchitectureInfo::modelType, name);
        own != nullptr && own->info.ggufName == name)
        return own;
    return findBy(&ArchitectureInfo::ggufName, name);
}

/// By model_type; where nobody knows that, by the class that `architectures` names.
const Architecture* findHuggingFace(const nlohmann::json& config, std::string_view modelType) {
    if (const Architecture* known = findBy(&ArchitectureInfo::modelType, modelType))
        return known;
    const auto classes = config.find("architectures");
    if (classes == config.end() || !classes->is_array())
        return nullptr;
    for (const nlohmann::json& name : *classes)
        if (name.is_string())
            if (const Architecture* known =
                    findBy(&ArchitectureInfo::className, name.get_ref<const std::string&>()))
                return known;
    return nullptr;
}

Failure absurd(const Checkpoint& checkpoint, std::string_view field, std::string detail) {
    return fileFailure(ErrorCode::Corrupt, checkpoint.path().string(), std::string(field),
                       std::move(detail));
}

Result<void> checkSizes(const Checkpoint& checkpoint, const DecoderSpec& decoder) {
    const std::array ranges{
        SizeRange{"layers", decoder.layers, 1, kMaxLayers},
        SizeRange{"hidden size", decoder.hidden, 1, kMaxHidden},
        SizeRange{"feed-forward size", decoder.feedForward, 1, 1 << 20},
        SizeRange{"attention heads", decoder.heads, 1, kMaxHeads},
        SizeRange{"KV heads", decoder.kvHeads, 1, kMaxHeads},
        SizeRange{"head size", decoder.headWidth, 1, 4096},
        SizeRange{"vocabulary size", decoder.vocabulary, 1, 1 << 24},
        SizeRange{"context length", decoder.trainedContext, 1, 1 << 28},
    };
    HEARTH_TRY(checkRanges(ranges, checkpoint.path().string()));
    if (decoder.heads % decoder.kvHeads != 0)
        return absurd(checkpoint, "KV heads",
                      fmt::format("{} heads cannot share {}", decoder.heads, decoder.kvHeads));
    return {};
}

Result<void> checkDivisors(const Checkpoint& checkpoint, const RopeSpec& rope,
                           const std::vector<float>& divisors) {
    if (divisors.empty())
        return {};
    if (divisors.size() != static_cast<std::size_t>(rope.width) / 2)
        return absurd(checkpoint, "rope factors",
                      fmt::format("{} values, {} are needed", divisors.size(), rope.width / 2));
    for (const float divisor : divisors)
        if (!(std::isfinite(divisor) && divisor > 0.0F))
            return absurd(checkpoint, "rope factors", "hold a value that is not positive");
    return {};
}

Result<void> checkRope(const Checkpoint& checkpoint, const RopeSpec& rope, std::int32_t widest) {
    if (rope.width == 0)
        return {};
    if (rope.width < 2 || rope.width > widest || rope.width % 2 != 0)
        return absurd(checkpoint, "rope width",
                      fmt::format("{} is not even and within 2 and {}", rope.width, widest));
    const auto positive = [](double value) { return std::isfinite(value) && value > 0.0; };
    if (!positive(rope.base))
        return absurd(checkpoint, "rope base",
                      fmt::format("{} is not a positive number", rope.base));
    if (!positive(rope.factor))
        return absurd(checkpoint, "rope factor",
                      fmt::format("{} is not a positive number", rope.factor));
    const bool needsOriginal =
        rope.scaling != RopeScaling::None && rope.scaling != RopeScaling::Linear;
    if (needsOriginal && !(rope.originalContext >= 2.0 && rope.originalContext <= 0x1p28))
        return absurd(checkpoint, "original context length",
                      fmt::format("{} is not within 2 and 2^28", rope.originalContext));
    if (rope.scaling == RopeScaling::Dynamic && rope.width < 4)
        return absurd(checkpoint, "rope width", "is too small for a dynamic rope");
    if (rope.scaling == RopeScaling::Llama3 &&
        !(positive(rope.lowFrequencyFactor) && positive(rope.highFrequencyFactor) &&
          rope.highFrequencyFactor > rope.lowFrequencyFactor))
        return absurd(checkpoint, "rope frequency factors", "they must be positive and rising");
    if (rope.scaling == RopeScaling::Yarn &&
        !(positive(rope.betaFast) && positive(rope.betaSlow) && rope.base > 1.0))
        return absurd(checkpoint, "rope beta", "must be positive numbers");
    if (!std::isfinite(rope.magnitude))
        return absurd(checkpoint, "rope attention factor", "is not a number");
    HEARTH_TRY(checkDivisors(checkpoint, rope, rope.divisors));
    return checkDivisors(checkpoint, rope, rope.longDivisors);
}

Result<void> checkScales(const Checkpoint& checkpoint, const DecoderSpec& decoder) {
    for (const auto& [field, value] :
         {std::pair{"embedding scale", decoder.embeddingScale},
          {"residual scale", decoder.residualScale},
          {"logit scale", decoder.logitScale}})
        if (!std::isfinite(value))
            return absurd(checkpoint, field,
                          fmt::format("{} is not a number to count with", value));
    for (const auto& [field, value] : {std::pair{"attention scale", decoder.attentionScale},
                                       {"attention softcap", decoder.attentionSoftcap},
                                       {"final softcap", decoder.finalSoftcap}})
        if (!std::isfinite(value) || value < 0.0F)
            return absurd(checkpoint, field, fmt::format("{} is not a positive number", value));
    return {};
}

Result<void> checkSpec(const Checkpoint& checkpoint, const DecoderSpec& decoder) {
    HEARTH_TRY(checkSizes(checkpoint, decoder));
    HEARTH_TRY(checkExperts(checkpoint, decoder));
    HEARTH_TRY(checkLatent(checkpoint, decoder));
    for (const AttentionForm& form : decoder.forms) {
        if (form.window < 0 || form.window > (1 << 28))
            return absurd(checkpoint, "sliding window",
                          fmt::format("{} is not within 0 and 2^28", form.window));
        HEARTH_TRY(checkRope(checkpoint, form.rope, decoder.headWidth));
    }
    HEARTH_TRY(checkNorm(decoder.norm, checkpoint.path().string()));
    return checkScales(checkpoint, decoder);
}

Result<DecoderSpec> readConverted(const Checkpoint& checkpoint) {
    const Workspace& workspace = checkpoint.workspace();
    HEARTH_TRY_ASSIGN(const nlohmann::json* const json, workspace.spec("decoder"));
    HEARTH_TRY_ASSIGN(DecoderSpec decoder, decoderFromJson(*json, workspace.indexPath()));
    HEARTH_TRY(checkSpecLists(decoder, workspace.indexPath()));
    HEARTH_TRY(checkSpec(checkpoint, decoder));
    return decoder;
}

} // namespace

Result<std::string> architectureOf(const Checkpoint& checkpoint) {
    if (checkpoint.kind() == Checkpoint::Kind::Workspace) {
        const Workspace& workspace = checkpoint.workspace();
        const nlohmann::json& spec = workspace.spec();
        const auto name = spec.is_object() ? spec.find("architecture") : spec.end();
        if (name == spec.end() || !name->is_string())
            return fileFailure(ErrorCode::Corrupt, workspace.indexPath(), "architecture",
                               "must be a string");
        return name->get<std::string>();
    }
    if (checkpoint.kind() == Checkpoint::Kind::Gguf) {
        HEARTH_TRY_ASSIGN(const std::string_view name,
                          checkpoint.gguf().get<std::string_view>("general.architecture"));
        return std::string(name);
    }
    const nlohmann::json& config = checkpoint.config();
    if (const auto type = config.find("model_type"); type != config.end() && type->is_string())
        return type->get<std::string>();
    // Some old configs name their class only.
    if (const Architecture* known = findHuggingFace(config, {}))
        return std::string(known->info.modelType);
    return absurd(checkpoint, "model_type", "is missing from config.json");
}

bool isKnownDecoder(const nlohmann::json& config) {
    const auto type = config.find("model_type");
    const bool isNamed = type != config.end() && type->is_string();
    return findHuggingFace(config, isNamed ? type->get<std::string>() : std::string()) != nullptr;
}

Failure unknownArchitecture(const Checkpoint& checkpoint, const std::string& name) {
    return fileFailure(ErrorCode::Unsupported, checkpoint.path().string(), "architecture", name);
}

Result<DecoderSpec> describeModel(const Checkpoint& checkpoint) {
    if (checkpoint.kind() == Checkpoint::Kind::Workspace)
        return readConverted(checkpoint);
    HEARTH_TRY_ASSIGN(const std::string name, architectureOf(checkpoint));
    const Architecture* const found = checkpoint.kind() == Checkpoint::Kind::Gguf
                                          ? findGguf(name)
                                          : findHuggingFace(checkpoint.config(), name);
    if (found == nullptr) {
        return unknownArchitecture(checkpoint, name);
    }
    HEARTH_TRY_ASSIGN(DecoderSpec decoder, found->describe(checkpoint));
    if (decoder.architecture.empty())
        decoder.architecture = found->info.modelType;
    HEARTH_TRY(checkSpec(checkpoint, decoder));
    return decoder;
}

std::vector<ArchitectureInfo> supportedArchitectures() {
    std::vector<ArchitectureInfo> all;
    for (const Architecture& architecture : kArchitectures)
        if (findBy(&ArchitectureInfo::modelType, architecture.info.modelType) == &architecture)
            all.push_back(architecture.info);
    std::sort(all.begin(), all.end(), [](const ArchitectureInfo& a, const ArchitectureInfo& b) {
        return a.modelType < b.modelType;
    });
    return all;
}

} // namespace hearth
