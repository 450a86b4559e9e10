#include "convert/lmdeploy_config.h"

#include "text/named_template.h"
#include "text/open_tokenizer.h"

#include <algorithm>
#include <string_view>

#include <fmt/format.h>

namespace hearth {

namespace {

constexpr int kSpareTokens = 8; // LMDeploy's sessions are that much longer than their models'

class Ini {
public:
    template<typename T>
    void set(std::string_view key, const T& value) {
        m_text += fmt::format("{} = {}\n", key, value);
    }
    void set(std::string_view key, bool value) { set(key, value ? 1 : 0); }
    [[nodiscard]] std::string take() { return std::move(m_text); }

private:
    std::string m_text = "[llama]\n";
};

/// fp16, bf16, fp32, int4, int8, or a block format of GGUF in lower case.
std::string weightType(const Checkpoint& checkpoint) {
    std::string type = checkpoint.mainType();
    if (type == "F16" || type == "F32")
        return "fp" + type.substr(1);
    if (type.starts_with('W') && type.find('G') != std::string::npos)
        return "int" + type.substr(1, type.find('G') - 1);
    std::transform(type.begin(), type.end(), type.begin(),
                   [](unsigned char c) { return char(c >= 'A' && c <= 'Z' ? c + 32 : c); });
    return type;
}

/// LMDeploy's factor is of dynamic NTK; other scalings stand in workspace.json.
double ropeScaling(const RopeSpec& rope) {
    return rope.scaling == RopeScaling::Dynamic ? rope.factor : 0.0;
}

struct Ends {
    std::int32_t start = -1;
    std::int32_t end = -1;
};

Ends endsOf(const DecoderSpec& decoder, const std::filesystem::path& folder) {
    Ends ends;
    if (!decoder.eosTokens.empty())
        ends.end = decoder.eosTokens.front();
    const auto tokenizer = openTokenizer(folder);
    if (!tokenizer)
        return ends;
    const SpecialTokens& tokens = (*tokenizer)->specialTokens();
    ends.start = tokens.bos.value_or(-1);
    if (ends.end < 0 && !tokens.eos.empty())
        ends.end = tokens.eos.front();
    return ends;
}

bool hasAttentionBias(const DecoderProgram& program) {
    return std::any_of(program.weights.begin(), program.weights.end(),
                       [](const WeightRequest& weight) {
                           return weight.name.ends_with(".qkv.bias");
                       });
}

} // namespace

std::string lmdeployConfig(const Checkpoint& checkpoint, const DecoderSpec& decoder,
                           const DecoderProgram& program, const ConvertOptions& options,
                           const std::filesystem::path& folder) {
    const RopeSpec& rope = decoder.forms.front().rope;
    const Ends ends = endsOf(decoder, folder);
    const auto named = findNamedTemplate(options.modelName);
    const int session = named ? named->sessionTokens : decoder.trainedContext;
    Ini ini;
    ini.set("config_version", kWorkspaceVersion);
    ini.set("model_name", options.modelName);
    ini.set("model_arch", decoder.architecture);
    ini.set("tensor_para_size", options.tensorParallel);
    ini.set("head_num", decoder.heads);
    ini.set("kv_head_num", decoder.kvHeads);
    ini.set("size_per_head", decoder.headWidth);
    ini.set("num_layer", decoder.layers);
    ini.set("inter_size", decoder.feedForward);
    ini.set("vocab_size", decoder.vocabulary);
    ini.set("norm_eps", decoder.norm.epsilon);
    ini.set("attn_bias", hasAttentionBias(program));
    ini.set("start_id", ends.start);
    ini.set("end_id", ends.end);
    ini.set("weight_type", weightType(checkpoint));
    ini.set("group_size", groupSizeOf(checkpoint));
    ini.set("rotary_embedding", rope.width);
    ini.set("rope_theta", rope.base);
    ini.set("max_position_embeddings", decoder.trainedContext);
    ini.set("rope_scaling_factor", ropeScaling(rope));
    ini.set("use_dynamic_ntk", rope.scaling == RopeScaling::Dynamic);
    ini.set("use_logn_attn", decoder.logNContext > 0);
    ini.set("session_len", session + kSpareTokens);
    ini.set("max_batch_size", 64);
    ini.set("max_context_token_num", 1);
    ini.set("step_length", 1);
    ini.set("use_context_fmha", true);
    ini.set("cache_max_entry_count", 0.8);
    ini.set("cache_block_seq_len", program.kv.front().blockTokens);
    ini.set("cache_chunk_size", -1);
    ini.set("num_tokens_per_iter", 0);
    ini.set("max_prefill_iters", 1);
    ini.set("extra_tokens_per_iter", 0);
    ini.set("enable_prefix_caching", true);
    ini.set("quant_policy", 0);
    return ini.take();
}

} // namespace hearth
