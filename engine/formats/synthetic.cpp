#include "formats/synthetic.h"

#include <algorithm>
#include <array>
#include <optional>
#include <utility>

#include <fmt/format.h>
#include <fmt/ranges.h>

namespace hearth {

namespace {

using kernels::DType;

constexpr std::string_view kPrefix = "synthetic:";

/// As the model's published config.json says.
struct Shape {
    std::string_view name;
    std::string_view type;
    std::int32_t layers;
    std::int32_t hidden;
    std::int32_t feedForward;
    std::int32_t heads;
    std::int32_t kvHeads;
    std::int32_t headWidth;
    std::int32_t vocabulary;
    std::int32_t context;
    double ropeBase;
    bool tied;
    // A mixture of experts.
    std::int32_t experts = 0;
    std::int32_t expertsPerToken = 0;
    std::int32_t expertFeedForward = 0;
};

constexpr std::array kShapes{
    Shape{"smollm2-135m", "llama", 30, 576, 1536, 9, 3, 64, 49152, 8192, 1e5, true},
    Shape{"llama-1b", "llama", 16, 2048, 8192, 32, 8, 64, 128256, 131072, 5e5, true},
    Shape{"llama-3b", "llama", 28, 3072, 8192, 24, 8, 128, 128256, 131072, 5e5, true},
    Shape{"llama-2-7b", "llama", 32, 4096, 11008, 32, 32, 128, 32000, 4096, 1e4, false},
    Shape{"llama-3-8b", "llama", 32, 4096, 14336, 32, 8, 128, 128256, 8192, 5e5, false},
    Shape{"qwen2.5-7b", "qwen2", 28, 3584, 18944, 28, 4, 128, 152064, 32768, 1e6, false},
    Shape{"llama-3-70b", "llama", 80, 8192, 28672, 64, 8, 128, 128256, 8192, 5e5, false},
    Shape{"qwen3-30b-a3b", "qwen3_moe", 48, 2048, 6144, 32, 4, 128, 151936, 40960, 1e6, false, 128,
          8, 768},
};

struct Format {
    std::string_view name;
    DType type;
    std::optional<GroupFormat> groups;
};

constexpr std::array kFormats{
    Format{"bf16", DType::BF16, {}},
    Format{"w4g128", DType::U8, GroupFormat{4, 128}},
    Format{"w8", DType::U8, GroupFormat{8, 128}},
    Format{"fp8", DType::F8E4M3, {}},
    Format{"q4_0", DType::Q4_0, {}},
    Format{"q4_k", DType::Q4_K, {}},
};

Failure unknown(std::string_view name, std::string_view what, std::string known) {
    Error error;
    error.code = ErrorCode::NotFound;
    error.field = name;
    error.detail = fmt::format("no such {}; there are {}", what, known);
    return fail(std::move(error));
}

template<typename List>
std::string namesOf(const List& list) {
    std::vector<std::string_view> names;
    for (const auto& entry : list)
        names.push_back(entry.name);
    return fmt::format("{}", fmt::join(names, ", "));
}

nlohmann::json configOf(const Shape& shape) {
    nlohmann::json config{{"model_type", shape.type},
                          {"num_hidden_layers", shape.layers},
                          {"hidden_size", shape.hidden},
                          {"intermediate_size", shape.feedForward},
                          {"num_attention_heads", shape.heads},
                          {"num_key_value_heads", shape.kvHeads},
                          {"head_dim", shape.headWidth},
                          {"vocab_size", shape.vocabulary},
                          {"max_position_embeddings", shape.context},
                          {"rms_norm_eps", 1e-5},
                          {"rope_theta", shape.ropeBase},
                          {"tie_word_embeddings", shape.tied}};
    if (shape.experts > 0)
        config.update({{"num_experts", shape.experts},
                       {"num_experts_per_tok", shape.expertsPerToken},
                       {"moe_intermediate_size", shape.expertFeedForward},
                       {"norm_topk_prob", true}});
    return config;
}

/// FNV-1a: a tensor gets the same numbers wherever it is asked for.
std::uint64_t seedOf(std::string_view name) {
    std::uint64_t hash = 0xcbf29ce484222325;
    for (const char c : name)
        hash = (hash ^ static_cast<unsigned char>(c)) * 0x100000001b3;
    return hash;
}

class Writer {
public:
    Writer(const Shape& shape, const Format& format) : m_shape(shape), m_format(format) {}

    SyntheticModel write() {
        m_model.config = configOf(m_shape);
        matrix("model.embed_tokens", m_shape.vocabulary, m_shape.hidden, kFormats.front());
        if (!m_shape.tied)
            matrix("lm_head", m_shape.vocabulary, m_shape.hidden, kFormats.front());
        vector("model.norm.weight", m_shape.hidden);
        for (std::int32_t layer = 0; layer < m_shape.layers; ++layer)
            writeLayer(fmt::format("model.layers.{}.", layer));
        // Only now do the names stay where they are.
        for (std::size_t i = 0; i < m_model.names.size(); ++i)
            m_model.tensors[i].name = m_model.names[i];
        return std::move(m_model);
    }

private:
    void writeLayer(const std::string& layer) {
        const std::int64_t queryRows = std::int64_t{m_shape.heads} * m_shape.headWidth;
        const std::int64_t kvRows = std::int64_t{m_shape.kvHeads} * m_shape.headWidth;
        vector(layer + "input_layernorm.weight", m_shape.hidden);
        vector(layer + "post_attention_layernorm.weight", m_shape.hidden);
        matrix(layer + "self_attn.q_proj", queryRows, m_shape.hidden, m_format);
        matrix(layer + "self_attn.k_proj", kvRows, m_shape.hidden, m_format);
        matrix(layer + "self_attn.v_proj", kvRows, m_shape.hidden, m_format);
        matrix(layer + "self_attn.o_proj", m_shape.hidden, queryRows, m_format);
        if (m_shape.experts > 0)
            writeExperts(layer + "mlp.");
        else
            writeFeedForward(layer + "mlp.", m_shape.feedForward);
        if (m_shape.type == "qwen3_moe") {
            vector(layer + "self_attn.q_norm.weight", m_shape.headWidth);
            vector(layer + "self_attn.k_norm.weight", m_shape.headWidth);
        }
        if (m_shape.type == "qwen2") {
            vector(layer + "self_attn.q_proj.bias", queryRows);
            vector(layer + "self_attn.k_proj.bias", kvRows);
            vector(layer + "self_attn.v_proj.bias", kvRows);
        }
    }
    void writeFeedForward(const std::string& block, std::int64_t width) {
        matrix(block + "gate_proj", width, m_shape.hidden, m_format);
        matrix(block + "up_proj", width, m_shape.hidden, m_format);
        matrix(block + "down_proj", m_shape.hidden, width, m_format);
    }
    void writeExperts(const std::string& block) {
        matrix(block + "gate", m_shape.experts, m_shape.hidden, kFormats.front());
        for (std::int32_t expert = 0; expert < m_shape.experts; ++expert)
            writeFeedForward(fmt::format("{}experts.{}.", block, expert),
                             m_shape.expertFeedForward);
    }
    /// Rows that no whole block of the format fits into stay bf16, as converters leave them.
    void matrix(const std::string& name, std::int64_t rows, std::int64_t columns,
                const Format& format) {
        const bool fits = columns % std::int64_t{kernels::blockSize(format.type).elements} == 0;
        add(name + ".weight", {rows, columns}, fits ? format : kFormats.front());
    }
    void vector(const std::string& name, std::int64_t length) {
        add(name, {length}, kFormats.front());
    }
    void add(std::string name, std::vector<std::int64_t> shape, const Format& format) {
        TensorView tensor;
        tensor.shape = std::move(shape);
        tensor.type = format.type;
        tensor.groups = format.groups;
        tensor.seed = seedOf(name);
        m_model.names.push_back(std::move(name));
        m_model.tensors.push_back(std::move(tensor));
    }

    const Shape& m_shape;
    const Format& m_format;
    SyntheticModel m_model;
};

} // namespace

bool isSyntheticName(std::string_view name) {
    return name.starts_with(kPrefix);
}

Result<SyntheticModel> makeSyntheticModel(std::string_view name) {
    std::string_view shapeName = name.substr(kPrefix.size());
    std::string_view formatName = kFormats.front().name;
    if (const std::size_t colon = shapeName.find(':'); colon != std::string_view::npos) {
        formatName = shapeName.substr(colon + 1);
        shapeName = shapeName.substr(0, colon);
    }
    const auto* const shape = std::ranges::find(kShapes, shapeName, &Shape::name);
    if (shape == kShapes.end())
        return unknown(name, "shape", namesOf(kShapes));
    const auto* const format = std::ranges::find(kFormats, formatName, &Format::name);
    if (format == kFormats.end())
        return unknown(name, "format", namesOf(kFormats));
    return Writer(*shape, *format).write();
}

} // namespace hearth
