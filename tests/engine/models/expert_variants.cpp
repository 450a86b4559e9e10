#include "engine/models/expert_variants.h"

#include "support/make_gguf.h"
#include "support/make_safetensors.h"

#include <array>
#include <cmath>
#include <cstdint>
#include <map>
#include <regex>
#include <vector>

namespace hearth::test {

namespace {

using Json = nlohmann::json;
using Shape = std::vector<std::int64_t>;

/// BF16 numbers, row-major.
struct Numbers {
    Shape shape;
    std::string bytes;

    [[nodiscard]] std::string at(std::int64_t index) const {
        return bytes.substr(std::size_t(index) * 2, 2);
    }
};

using Tensors = std::map<std::string, Numbers>;

Tensors tensorsOf(const Checkpoint& checkpoint) {
    Tensors tensors;
    for (const TensorView& tensor : checkpoint.tensors())
        tensors[std::string(tensor.name)] = {
            tensor.shape,
            {reinterpret_cast<const char*>(tensor.data.data()), tensor.data.size()}};
    return tensors;
}

/// The names of an expert's matrix: what is before and behind "experts.E.", and E.
const std::regex kExpert(R"((.*\.)experts\.(\d+)\.(\w+)\.weight)");

/// gate, up or down, whatever the file calls it.
std::string kindOf(const std::string& name) {
    if (name == "w1" || name == "gate_proj")
        return "gate";
    return name == "w3" || name == "up_proj" ? "up" : "down";
}

/// Experts' matrices one after the other by prefix and kind, taken out of `tensors`.
std::map<std::string, std::map<std::string, Numbers>> takeExperts(Tensors& tensors) {
    std::map<std::string, std::map<int, std::map<std::string, Numbers>>> found;
    for (auto at = tensors.begin(); at != tensors.end();) {
        std::smatch match;
        if (!std::regex_match(at->first, match, kExpert)) {
            ++at;
            continue;
        }
        found[match[1]][std::stoi(match[2])][kindOf(match[3])] = at->second;
        at = tensors.erase(at);
    }
    std::map<std::string, std::map<std::string, Numbers>> stacked;
    for (const auto& [prefix, experts] : found)
        for (const auto& [expert, kinds] : experts)
            for (const auto& [kind, matrix] : kinds) {
                Numbers& all = stacked[prefix][kind];
                all.shape = {std::int64_t(experts.size()), matrix.shape[0], matrix.shape[1]};
                all.bytes += matrix.bytes;
            }
    return stacked;
}

/// Of every expert its gate's numbers, then its up's.
Numbers joined(const Numbers& gate, const Numbers& up) {
    Numbers all;
    all.shape = {gate.shape[0], 2 * gate.shape[1], gate.shape[2]};
    const std::size_t one = gate.bytes.size() / std::size_t(gate.shape[0]);
    for (std::int64_t expert = 0; expert < gate.shape[0]; ++expert)
        all.bytes += gate.bytes.substr(std::size_t(expert) * one, one) +
                     up.bytes.substr(std::size_t(expert) * one, one);
    return all;
}

/// [heads, 2, half, columns] → [heads, half, 2, columns]: llama's rows in GGUF files.
Numbers interleaved(const Numbers& matrix, std::int64_t heads) {
    const std::int64_t half = matrix.shape[0] / heads / 2;
    const auto row = std::size_t(matrix.shape[1]) * 2;
    Numbers out{matrix.shape, {}};
    for (std::int64_t head = 0; head < heads; ++head)
        for (std::int64_t i = 0; i < half; ++i)
            for (const std::int64_t part : {0, 1})
                out.bytes +=
                    matrix.bytes.substr(std::size_t((head * 2 + part) * half + i) * row, row);
    return out;
}

std::string replaced(std::string name, const std::string& from, const std::string& to) {
    if (const std::size_t at = name.find(from); at != std::string::npos)
        name.replace(at, from.size(), to);
    return name;
}

std::string ggufName(std::string name, bool isGptOss) {
    constexpr std::array<std::array<const char*, 2>, 29> kNames{
        {{"model.embed_tokens.", "token_embd."},
         {"model.norm.", "output_norm."},
         {"lm_head.", "output."},
         {"model.layers.", "blk."},
         {"input_layernorm", "attn_norm"},
         {"self_attn.q_proj", "attn_q"},
         {"self_attn.k_proj", "attn_k"},
         {"self_attn.v_proj", "attn_v"},
         {"self_attn.o_proj", "attn_output"},
         {"self_attn.q_norm", "attn_q_norm"},
         {"self_attn.k_norm", "attn_k_norm"},
         {"self_attn.q_a_proj", "attn_q_a"},
         {"self_attn.q_a_layernorm", "attn_q_a_norm"},
         {"self_attn.q_b_proj", "attn_q_b"},
         {"self_attn.kv_a_proj_with_mqa", "attn_kv_a_mqa"},
         {"self_attn.kv_a_layernorm", "attn_kv_a_norm"},
         {"self_attn.kv_b_proj", "attn_kv_b"},
         {"self_attn.sinks", "attn_sinks.weight"},
         {"mlp.gate.e_score_correction_bias", "exp_probs_b.bias"},
         {"block_sparse_moe.gate.", "ffn_gate_inp."},
         {"mlp.gate.", "ffn_gate_inp."},
         {"mlp.router.", "ffn_gate_inp."},
         {"mlp.shared_expert_gate.", "ffn_gate_inp_shexp."},
         {"mlp.shared_experts.gate_proj", "ffn_gate_shexp"},
         {"mlp.shared_experts.up_proj", "ffn_up_shexp"},
         {"mlp.shared_experts.down_proj", "ffn_down_shexp"},
         {"mlp.gate_proj", "ffn_gate"},
         {"mlp.up_proj", "ffn_up"},
         {"mlp.down_proj", "ffn_down"}}};
    name = replaced(std::move(name), "shared_expert.", "shared_experts.");
    name = replaced(std::move(name), "post_attention_layernorm",
                    isGptOss ? "post_attention_norm" : "ffn_norm");
    for (const auto& [from, to] : kNames)
        name = replaced(std::move(name), from, to);
    return name;
}

/// gpt-oss's tensors of all experts, [E, inputs, outputs], as GGUF has them: outputs
/// first, first + step, … as rows; `isBias`: [E, outputs].
Numbers outputsOf(const Numbers& all, bool isBias, std::int64_t first, std::int64_t step) {
    const std::int64_t outputs = all.shape.back();
    const std::int64_t inputs = isBias ? 1 : all.shape[1];
    Numbers out;
    out.shape = {all.shape[0], outputs / step};
    if (!isBias)
        out.shape.push_back(inputs);
    for (std::int64_t expert = 0; expert < all.shape[0]; ++expert)
        for (std::int64_t output = first; output < outputs; output += step)
            for (std::int64_t input = 0; input < inputs; ++input)
                out.bytes += all.at((expert * inputs + input) * outputs + output);
    return out;
}

void splitGptOss(Tensors& tensors) {
    for (const auto& [name, numbers] : Tensors(tensors)) {
        const std::size_t at = name.find("mlp.experts.");
        if (at == std::string::npos)
            continue;
        const std::string prefix = name.substr(0, at);
        const bool isBias = name.ends_with("_bias");
        const std::string suffix = isBias ? "_exps.bias" : "_exps.weight";
        if (name.find("gate_up_proj") != std::string::npos) {
            tensors[prefix + "ffn_gate" + suffix] = outputsOf(numbers, isBias, 0, 2);
            tensors[prefix + "ffn_up" + suffix] = outputsOf(numbers, isBias, 1, 2);
        } else {
            tensors[prefix + "ffn_down" + suffix] = outputsOf(numbers, isBias, 0, 1);
        }
        tensors.erase(name);
    }
}

/// kv_b_proj as attn_k_b [heads, rank, nope] and attn_v_b [heads, value, rank].
void splitKvUp(Tensors& tensors, const Json& config) {
    const std::int64_t heads = config["num_attention_heads"];
    const std::int64_t nope = config["qk_nope_head_dim"];
    const std::int64_t value = config["v_head_dim"];
    for (const auto& [name, matrix] : Tensors(tensors)) {
        if (!name.ends_with("kv_b_proj.weight"))
            continue;
        const std::int64_t rank = matrix.shape[1];
        Numbers keys{{heads, rank, nope}, {}};
        Numbers values{{heads, value, rank}, {}};
        for (std::int64_t head = 0; head < heads; ++head) {
            const std::int64_t first = head * (nope + value);
            for (std::int64_t r = 0; r < rank; ++r)
                for (std::int64_t n = 0; n < nope; ++n)
                    keys.bytes += matrix.at((first + n) * rank + r);
            for (std::int64_t i = 0; i < value * rank; ++i)
                values.bytes += matrix.at((first + nope) * rank + i);
        }
        tensors[replaced(name, "self_attn.kv_b_proj", "attn_k_b")] = keys;
        tensors[replaced(name, "self_attn.kv_b_proj", "attn_v_b")] = values;
        tensors.erase(name);
    }
}

/// Keys by GGUF's name, taken from config.json's where that has it.
class KeyWriter {
public:
    KeyWriter(GgufBuilder& builder, std::string architecture, const Json& config)
        : m_builder(builder), m_architecture(std::move(architecture)), m_config(config) {}

    void integer(const std::string& key, const char* from) {
        if (const auto at = m_config.find(from); at != m_config.end() && !at->is_null())
            m_builder.add(full(key), at->get<std::uint32_t>());
    }
    void real(const std::string& key, const char* from) {
        if (const auto at = m_config.find(from); at != m_config.end() && !at->is_null())
            m_builder.add(full(key), at->get<float>());
    }
    template<typename T>
    void add(const std::string& key, T value) {
        m_builder.add(full(key), value);
    }
    [[nodiscard]] std::string full(const std::string& key) const {
        return m_architecture + "." + key;
    }

private:
    GgufBuilder& m_builder;
    std::string m_architecture;
    const Json& m_config;
};

void writeYarn(KeyWriter& keys, const Json& config) {
    const Json scaling = config.value("rope_scaling", Json());
    if (!scaling.is_object())
        return;
    keys.add("rope.scaling.type", "yarn");
    keys.add("rope.scaling.factor", scaling["factor"].get<float>());
    keys.add("rope.scaling.original_context_length",
             scaling["original_max_position_embeddings"].get<std::uint32_t>());
    if (scaling.contains("mscale_all_dim"))
        keys.add("rope.scaling.yarn_log_multiplier",
                 0.1F * scaling["mscale_all_dim"].get<float>());
}

void writeLatentKeys(KeyWriter& keys, const Json& config, ExpertLayout layout) {
    const std::uint32_t rope = config["qk_rope_head_dim"];
    const std::uint32_t rank = config["kv_lora_rank"];
    const std::uint32_t value = config["v_head_dim"];
    const std::uint32_t key = rope + config["qk_nope_head_dim"].get<std::uint32_t>();
    keys.integer("attention.q_lora_rank", "q_lora_rank");
    keys.add("attention.kv_lora_rank", rank);
    keys.add("rope.dimension_count", rope);
    keys.add("attention.head_count_kv", layout == ExpertLayout::Stacked ? 1U : 4U);
    keys.add("attention.key_length", layout == ExpertLayout::Stacked ? rank + rope : key);
    keys.add("attention.value_length", layout == ExpertLayout::Stacked ? rank : value);
    if (layout == ExpertLayout::Stacked) {
        keys.add("attention.key_length_mla", key);
        keys.add("attention.value_length_mla", value);
    }
    keys.integer("leading_dense_block_count", "first_k_dense_replace");
    keys.integer("expert_shared_count", "n_shared_experts");
    keys.integer("expert_count", "n_routed_experts");
    keys.real("expert_weights_scale", "routed_scaling_factor");
    keys.add("expert_weights_norm", config.value("norm_topk_prob", false));
    if (config["model_type"] == "deepseek_v3")
        keys.add("expert_gating_func", 2U);
    keys.integer("expert_group_count", "n_group");
    keys.integer("expert_group_used_count", "topk_group");
}

void writeKeys(GgufBuilder& builder, const std::string& architecture, const Json& config,
               ExpertLayout layout) {
    builder.add("general.architecture", architecture);
    Json newer = config; // rope_theta may be nested
    if (const auto rope = config.find("rope_parameters"); rope != config.end())
        newer["rope_theta"] = (*rope)["rope_theta"];
    KeyWriter keys(builder, architecture, newer);
    keys.integer("block_count", "num_hidden_layers");
    keys.integer("embedding_length", "hidden_size");
    keys.integer("feed_forward_length", "intermediate_size");
    keys.integer("context_length", "max_position_embeddings");
    keys.integer("attention.head_count", "num_attention_heads");
    keys.real("attention.layer_norm_rms_epsilon", "rms_norm_eps");
    keys.real("rope.freq_base", "rope_theta");
    keys.integer("expert_feed_forward_length", "moe_intermediate_size");
    keys.integer("expert_used_count", "num_experts_per_tok");
    writeYarn(keys, config);
    if (architecture == "deepseek2")
        return writeLatentKeys(keys, config, layout);
    keys.integer("attention.head_count_kv", "num_key_value_heads");
    keys.integer("attention.key_length", "head_dim");
    keys.integer("attention.value_length", "head_dim");
    keys.integer("attention.sliding_window", "sliding_window");
    keys.integer("expert_count", config.contains("num_experts") ? "num_experts"
                                                                : "num_local_experts");
    if (architecture == "qwen3moe")
        keys.add("expert_weights_norm", config.value("norm_topk_prob", false));
}

void addTensor(GgufBuilder& builder, const std::string& name, const Numbers& numbers) {
    builder.tensor(name, {numbers.shape.rbegin(), numbers.shape.rend()}, kernels::DType::BF16,
                   numbers.bytes);
}

void addExperts(GgufBuilder& builder, const std::string& prefix, const std::string& kind,
                const Numbers& all, ExpertLayout layout) {
    if (layout == ExpertLayout::Stacked)
        return addTensor(builder, prefix + "ffn_" + kind + "_exps.weight", all);
    const std::size_t one = all.bytes.size() / std::size_t(all.shape[0]);
    for (std::int64_t expert = 0; expert < all.shape[0]; ++expert)
        addTensor(builder, prefix + "ffn_" + kind + "." + std::to_string(expert) + ".weight",
                  {{all.shape[1], all.shape[2]},
                   all.bytes.substr(std::size_t(expert) * one, one)});
}

std::string ggufArchitecture(const std::string& type) {
    const std::map<std::string, std::string> names{
        {"mixtral", "llama"},         {"qwen2_moe", "qwen2moe"},
        {"qwen3_moe", "qwen3moe"},    {"deepseek_v2", "deepseek2"},
        {"deepseek_v3", "deepseek2"}, {"gpt_oss", "gpt-oss"}};
    return names.at(type);
}

} // namespace

std::filesystem::path modelFolder(const std::string& name) {
    return std::filesystem::path(HEARTH_TEST_DATA) / "models" / name;
}

std::filesystem::path writeFused(const TemporaryFolder& folder, const std::string& model) {
    const Checkpoint checkpoint = Checkpoint::open(modelFolder(model)).value();
    Tensors tensors = tensorsOf(checkpoint);
    for (auto& [prefix, kinds] : takeExperts(tensors)) {
        const std::string block = replaced(prefix, "block_sparse_moe", "mlp") + "experts.";
        tensors[block + "gate_up_proj"] = joined(kinds["gate"], kinds["up"]);
        tensors[block + "down_proj"] = kinds["down"];
    }
    SafetensorsBuilder builder;
    for (const auto& [name, numbers] : tensors)
        builder.tensor(replaced(name, "block_sparse_moe", "mlp"), "BF16", numbers.shape,
                       numbers.bytes);
    folder.write("fused/model.safetensors", builder.build());
    return folder.write("fused/config.json", checkpoint.config().dump()).parent_path();
}

std::filesystem::path writeExpertGguf(const TemporaryFolder& folder, const std::string& model,
                                      ExpertLayout layout) {
    const Checkpoint checkpoint = Checkpoint::open(modelFolder(model)).value();
    const Json& config = checkpoint.config();
    const std::string architecture = ggufArchitecture(config["model_type"]);
    const bool isGptOss = architecture == "gpt-oss";
    Tensors tensors = tensorsOf(checkpoint);
    GgufBuilder builder;
    writeKeys(builder, architecture, config, layout);
    for (const auto& [prefix, kinds] : takeExperts(tensors)) {
        const std::string layer = replaced(prefix.substr(0, prefix.find('.', 13) + 1),
                                           "model.layers.", "blk.");
        for (const auto& [kind, all] : kinds)
            addExperts(builder, layer, kind, all, layout);
    }
    if (isGptOss)
        splitGptOss(tensors);
    if (architecture == "deepseek2" && layout == ExpertLayout::Stacked)
        splitKvUp(tensors, config);
    for (const auto& [name, numbers] : tensors) {
        const bool isQuery = name.find("self_attn.q_proj") != std::string::npos;
        const bool isKey = name.find("self_attn.k_proj") != std::string::npos;
        const bool turned = architecture == "llama" && (isQuery || isKey);
        addTensor(builder, ggufName(name, isGptOss),
                  turned ? interleaved(numbers, config[isQuery ? "num_attention_heads"
                                                               : "num_key_value_heads"])
                         : numbers);
    }
    return folder.write(model + ".gguf", builder.build());
}

std::filesystem::path writeChanged(const TemporaryFolder& folder, const std::string& model,
                                   const Json& changes) {
    Json config = Json::parse(readFile(modelFolder(model) / "config.json"));
    config.merge_patch(changes);
    folder.write("changed/model.safetensors", readFile(modelFolder(model) / "model.safetensors"));
    return folder.write("changed/config.json", config.dump()).parent_path();
}

} // namespace hearth::test
