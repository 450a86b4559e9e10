#include "convert/gguf_encoder.h"

#include "convert/gguf_keys.h"
#include "convert/gguf_tensor_list.h"
#include "formats/format_error.h"

#include <cmath>
#include <utility>

#include <fmt/format.h>

namespace hearth {

namespace {

using kernels::Activation;

/// What readers take for granted: files do not say it.
constexpr std::int32_t kMaxDistance = 128;

class EncoderTensors : private GgufTensorList {
public:
    EncoderTensors(const EncoderSpec& encoder, const Checkpoint& checkpoint)
        : GgufTensorList(encoder.norm, checkpoint), m_encoder(encoder) {}

    std::vector<GgufTensorJob> take() {
        addEmbedding();
        for (std::int32_t layer = 0; layer < m_encoder.layers; ++layer) {
            m_builder.setLayer(layer, "blk." + std::to_string(layer) + ".");
            addLayer();
        }
        return std::move(m_jobs);
    }

private:
    void addEmbedding() {
        const EncoderNames& names = m_encoder.names;
        const std::int64_t hidden = m_encoder.hidden;
        m_builder.setLayer(0, {});
        addTable("token_embd", {names.embedding, m_encoder.vocabulary, 0, m_encoder.vocabulary},
                 hidden);
        addTable("position_embd",
                 {names.positions, m_encoder.positionRows, m_encoder.firstPosition,
                  m_encoder.trainedContext()},
                 hidden);
        if (!names.tokenTypes.empty())
            addTypes();
        addNorm("token_embd_norm", names.embeddingNorm, hidden);
    }
    /// The program takes the first row only, as numbers in a row; so does a workspace.
    void addTypes() {
        const std::int64_t hidden = m_encoder.hidden;
        const MatrixRows first{{m_encoder.names.tokenTypes,
                                std::int64_t{m_encoder.tokenTypes} * hidden, 0, hidden}};
        m_builder.addVector("token_types.weight", {{first, 1}}, Cut::None);
        collect();
        m_jobs.back().dims = {hidden, 1};
    }
    void addLayer() {
        const LayerNames& names = m_encoder.names.layer;
        const std::int64_t hidden = m_encoder.hidden;
        addMatrix("attn_q", {{names.query, hidden}});
        addMatrix("attn_k", {{names.key, hidden}});
        addMatrix("attn_v", {{names.value, hidden}});
        addMatrix("attn_output", {{names.attentionOutput, hidden}});
        addNorm("attn_output_norm", names.postAttentionNorm, hidden);
        addMatrix("ffn_up", {{names.up, hidden}});
        addMatrix("ffn_down", {{names.down, m_encoder.feedForward}});
        addNorm("layer_output_norm", names.postFeedForwardNorm, hidden);
    }

    const EncoderSpec& m_encoder;
};

class EncoderDecoderTensors : private GgufTensorList {
public:
    EncoderDecoderTensors(const EncoderDecoderSpec& model, const Checkpoint& checkpoint)
        : GgufTensorList(model.norm, checkpoint), m_model(model) {}

    std::vector<GgufTensorJob> take() {
        const TensorRows table{m_model.embedding, m_model.vocabulary, 0, m_model.vocabulary};
        addTable("token_embd", table, m_model.hidden);
        addStack(m_model.encoder, m_model.encoderBuckets, "enc.", m_model.encoderLayers);
        if (m_model.decoderLayers == 0)
            return std::move(m_jobs);
        addStack(m_model.decoder, m_model.decoderBuckets, "dec.", m_model.decoderLayers);
        m_builder.setLayer(0, {});
        // A file without a head of its own is read as one whose hidden state is scaled.
        if (!m_model.tiedHead)
            addMatrix("output", {{m_model.output, m_model.hidden}});
        else if (m_model.headScale == 1.0F)
            addTable("output", table, m_model.hidden);
        return std::move(m_jobs);
    }

private:
    void addStack(const StackNames& names, const RelativeBuckets& buckets,
                  const std::string& prefix, std::int32_t layers) {
        const bool hasOwn = names.relativeBias.find("{}") != std::string::npos;
        for (std::int32_t layer = 0; layer < layers; ++layer) {
            m_builder.setLayer(layer, prefix + "blk." + std::to_string(layer) + ".");
            addNorm("attn_norm", names.layer.attentionNorm, m_model.hidden);
            if (layer == 0 || hasOwn)
                addTable("attn_rel_b", {names.relativeBias, buckets.buckets, 0, buckets.buckets},
                         m_model.heads);
            addAttention("attn", names.layer.query, names.layer.key, names.layer.value,
                         names.layer.attentionOutput);
            if (!names.crossNorm.empty() && prefix == "dec.") {
                addNorm("cross_attn_norm", names.crossNorm, m_model.hidden);
                addAttention("cross_attn", names.crossQuery, names.crossKey, names.crossValue,
                             names.crossOutput);
            }
            addFeedForward(names.layer);
        }
        m_builder.setLayer(0, prefix);
        addNorm("output_norm", names.outputNorm, m_model.hidden);
    }
    void addAttention(const std::string& role, const MatrixRows& query, const MatrixRows& key,
                      const MatrixRows& value, const MatrixRows& output) {
        addMatrix(role + "_q", {{query, m_model.hidden}});
        addMatrix(role + "_k", {{key, m_model.hidden}});
        addMatrix(role + "_v", {{value, m_model.hidden}});
        addMatrix(role + "_o", {{output, m_model.attentionWidth()}});
    }
    void addFeedForward(const LayerNames& names) {
        addNorm("ffn_norm", names.feedForwardNorm, m_model.hidden);
        if (!names.gate.empty())
            addMatrix("ffn_gate", {{names.gate, m_model.hidden}});
        addMatrix("ffn_up", {{names.up, m_model.hidden}});
        addMatrix("ffn_down", {{names.down, m_model.feedForward}});
    }

    const EncoderDecoderSpec& m_model;
};

} // namespace

Result<void> checkGgufEncoder(const EncoderSpec& encoder, const std::string& path) {
    if (encoder.activation == Activation::GeluErf)
        return {};
    return fileFailure(ErrorCode::Unsupported, path, "hidden_act",
                       "a GGUF file of a BERT says of no activation but gelu");
}

Result<void> checkGgufEncoder(const EncoderDecoderSpec& model, const std::string& path) {
    const auto refuse = [&](const char* field, std::string detail) {
        return fileFailure(ErrorCode::Unsupported, path, field, std::move(detail));
    };
    const bool gated = !model.encoder.layer.gate.empty();
    if (model.activation != (gated ? Activation::GeluTanh : Activation::Relu))
        return refuse("feed_forward_proj",
                      "a GGUF file of a T5 says of no activation but relu and gated-gelu");
    if (model.encoderBuckets.maxDistance != kMaxDistance)
        return refuse("relative_attention_max_distance",
                      fmt::format("{}, a GGUF file of a T5 knows {} only",
                                  model.encoderBuckets.maxDistance, kMaxDistance));
    const float usual = 1.0F / std::sqrt(static_cast<float>(model.hidden));
    if (model.headScale != 1.0F && model.headScale != usual)
        return refuse("head scale", "one that readers do not compute");
    return {};
}

std::string ggufNameOf(const EncoderSpec& /*encoder*/) {
    return "bert";
}

std::string ggufNameOf(const EncoderDecoderSpec& model) {
    return model.decoderLayers == 0 ? "t5encoder" : "t5";
}

void addModelKeys(const EncoderSpec& encoder, const std::string& modelName, GgufWriter& writer) {
    GgufKeys keys(ggufNameOf(encoder), modelName, writer);
    keys.setWhole("vocab_size", encoder.vocabulary);
    keys.setWhole("context_length", encoder.trainedContext());
    keys.setWhole("embedding_length", encoder.hidden);
    keys.setWhole("block_count", encoder.layers);
    keys.setWhole("feed_forward_length", encoder.feedForward);
    keys.setWhole("attention.head_count", encoder.heads);
    keys.set("attention.layer_norm_epsilon", encoder.norm.epsilon);
    keys.set("attention.causal", false);
    writer.add("tokenizer.ggml.token_type_count", 1U); // that of all tokens
}

void addModelKeys(const EncoderDecoderSpec& model, const std::string& modelName,
                  GgufWriter& writer) {
    GgufKeys keys(ggufNameOf(model), modelName, writer);
    keys.setWhole("vocab_size", model.vocabulary);
    keys.setWhole("context_length", model.trainedContext);
    keys.setWhole("embedding_length", model.hidden);
    keys.setWhole("feed_forward_length", model.feedForward);
    keys.setWhole("block_count", model.encoderLayers);
    if (model.decoderLayers > 0) {
        keys.setWhole("decoder_block_count", model.decoderLayers);
        keys.setWhole("decoder_start_token_id", model.startToken);
    }
    keys.setWhole("attention.head_count", model.heads);
    keys.setWhole("attention.key_length", model.headWidth);
    keys.setWhole("attention.value_length", model.headWidth);
    keys.set("attention.layer_norm_epsilon", model.norm.epsilon);
    keys.set("attention.layer_norm_rms_epsilon", model.norm.epsilon);
    keys.setWhole("attention.relative_buckets_count", model.encoderBuckets.buckets);
}

std::vector<GgufTensorJob> ggufTensors(const EncoderSpec& encoder, const Checkpoint& checkpoint) {
    return EncoderTensors(encoder, checkpoint).take();
}

std::vector<GgufTensorJob> ggufTensors(const EncoderDecoderSpec& model,
                                       const Checkpoint& checkpoint) {
    return EncoderDecoderTensors(model, checkpoint).take();
}

} // namespace hearth
