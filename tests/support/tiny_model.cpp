#include "support/tiny_model.h"

#include <cmath>
#include <random>
#include <vector>

namespace hearth::test {

namespace {

class TensorWriter {
public:
    TensorWriter(GgufBuilder& builder, const TinyModel& model)
        : m_builder(builder), m_model(model), m_random(model.seed) {}

    void matrix(const std::string& name, std::int64_t rows, std::int64_t columns) {
        const float scale = 1.0F / std::sqrt(static_cast<float>(columns));
        std::normal_distribution<float> normal(0.0F, scale);
        write(name, {columns, rows}, [&] { return normal(m_random); });
    }
    void ones(const std::string& name, std::int64_t length) {
        write(name, {length}, [] { return 1.0F; });
    }

private:
    void write(const std::string& name, const std::vector<std::int64_t>& dims,
               const std::function<float()>& next) {
        std::int64_t count = 1;
        for (const std::int64_t dim : dims)
            count *= dim;
        std::string data;
        for (std::int64_t i = 0; i < count; ++i)
            data += littleEndian(next());
        if (m_model.edit)
            m_model.edit(name, data);
        m_builder.tensor(name, dims, kernels::DType::F32, data);
    }

    GgufBuilder& m_builder;
    const TinyModel& m_model;
    std::mt19937 m_random;
};

} // namespace

GgufBuilder tinyKeys(const TinyModel& model) {
    const std::string prefix = model.architecture + ".";
    GgufBuilder builder;
    builder.add("general.architecture", model.architecture)
        .add(prefix + "block_count", std::uint32_t(model.layers))
        .add(prefix + "embedding_length", std::uint32_t(model.hidden))
        .add(prefix + "feed_forward_length", std::uint32_t(model.feedForward))
        .add(prefix + "attention.head_count", std::uint32_t(model.heads))
        .add(prefix + "attention.head_count_kv", std::uint32_t(model.kvHeads))
        .add(prefix + "context_length", std::uint32_t(model.context))
        .add(prefix + "attention.layer_norm_rms_epsilon", 1e-5F)
        .add(prefix + "rope.freq_base", 10000.0F);
    return builder;
}

GgufBuilder tinyGguf(const TinyModel& model) {
    GgufBuilder builder = tinyKeys(model);
    TensorWriter writer(builder, model);
    const std::int64_t kvRows = std::int64_t{model.kvHeads} * model.headWidth();
    writer.matrix("token_embd.weight", model.vocabulary, model.hidden);
    writer.ones("output_norm.weight", model.hidden);
    for (std::int32_t layer = 0; layer < model.layers; ++layer) {
        const std::string block = "blk." + std::to_string(layer) + ".";
        writer.ones(block + "attn_norm.weight", model.hidden);
        writer.matrix(block + "attn_q.weight", model.hidden, model.hidden);
        writer.matrix(block + "attn_k.weight", kvRows, model.hidden);
        writer.matrix(block + "attn_v.weight", kvRows, model.hidden);
        writer.matrix(block + "attn_output.weight", model.hidden, model.hidden);
        writer.ones(block + "ffn_norm.weight", model.hidden);
        writer.matrix(block + "ffn_gate.weight", model.feedForward, model.hidden);
        writer.matrix(block + "ffn_up.weight", model.feedForward, model.hidden);
        writer.matrix(block + "ffn_down.weight", model.hidden, model.feedForward);
    }
    return builder;
}

} // namespace hearth::test
