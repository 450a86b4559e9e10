#include "models/encoder_program.h"
#include "models/program_builder.h"

#include <string>
#include <string_view>
#include <utility>

namespace hearth {

using namespace kernels;

namespace {

constexpr std::int32_t kCrossGroup = 1;

/// What a rank has of a stack's sizes.
std::int32_t headsOf(const EncoderDecoderSpec& model, const Shard& shard) {
    return model.heads / shard.ranks;
}
std::int32_t widthOf(const EncoderDecoderSpec& model, const Shard& shard) {
    return headsOf(model, shard) * model.headWidth;
}

/// The biases of a rank's heads.
std::vector<std::int32_t> biasesOfRank(const RelativeBuckets& buckets,
                                       const EncoderDecoderSpec& model, const Shard& shard) {
    const std::vector<std::int32_t> all = pickedBiases(buckets, model.heads);
    const std::int64_t share = std::int64_t(all.size()) / shard.ranks;
    const auto first = all.begin() + share * shard.rank;
    return {first, first + share};
}

KvLayout layoutOf(const EncoderDecoderSpec& model, KvKind kind, DType type, std::uint8_t bits,
                  std::int32_t layers, const Shard& shard) {
    KvLayout layout;
    layout.kind = kind;
    layout.dtype = type;
    layout.bits = bits;
    layout.layers = layers;
    layout.kvHeads = headsOf(model, shard);
    layout.keyWidth = layout.valueWidth = model.headWidth;
    return layout;
}

/// Keys and values of one layer at a time: the next layer's take their place.
KvLayout layerOfTexts(const EncoderDecoderSpec& model, DType type, const Shard& shard) {
    return layoutOf(model, KvKind::Full, type,
                    static_cast<std::uint8_t>(8 * blockSize(type).bytes), 1, shard);
}

/// Writes one of the two stacks.
class StackWriter {
public:
    StackWriter(const EncoderDecoderSpec& model, const StackNames& names,
                const RelativeBuckets& buckets, std::string prefix, ProgramBuilder& builder)
        : m_model(model)
        , m_names(names)
        , m_buckets(buckets)
        , m_prefix(std::move(prefix))
        , m_builder(builder)
        , m_stream(newValue(Rows::Tokens, model.hidden))
        , m_normed(newValue(Rows::Tokens, model.hidden)) {}

    /// Values belong to a program, which the builder has begun.
    [[nodiscard]] View newValue(Rows rows, std::int32_t width) {
        return m_builder.whole(m_builder.addValue(rows, width));
    }
    [[nodiscard]] View normed() const { return m_normed; }

    void embed(WeightId table) {
        EmbedOp op;
        op.table = table;
        op.out = m_stream;
        m_builder.add(op);
    }

    void beginLayer(std::int32_t layer) {
        m_builder.setLayer(layer, m_prefix + "layers." + std::to_string(layer) + ".");
        // Most models have one table for all layers, in the first.
        const bool hasOwn = m_names.relativeBias.find("{}") != std::string::npos;
        if (m_bias == kNone || hasOwn)
            m_bias = m_builder.addPicked("relative_bias", m_names.relativeBias,
                                         m_buckets.buckets, m_model.heads,
                                         biasesOfRank(m_buckets, m_model, m_builder.shard()));
    }

    void addSelfAttention(std::int32_t layer, bool causal) {
        const LayerNames& names = m_names.layer;
        const std::int32_t width = widthOf(m_model, m_builder.shard());
        normalise("attention_norm", names.attentionNorm);
        const ValueId qkv = m_builder.addValue(Rows::Tokens, 3 * width);
        m_builder.addProduct(m_normed, m_builder.whole(qkv), "qkv",
                             {{names.query, m_model.hidden},
                              {names.key, m_model.hidden},
                              {names.value, m_model.hidden}},
                             kNone);
        m_builder.add(StoreKvOp{{qkv, width, width}, {qkv, 2 * width, width}, 0, layer});
        AttentionOp attention;
        attention.queries = {qkv, 0, width};
        attention.layer = layer;
        attention.causal = causal;
        attention.positionBias = m_bias;
        attention.positionBiasReach = m_buckets.maxDistance;
        addAttention(attention, "attention_output", names.attentionOutput);
    }

    void addCrossAttention(std::int32_t layer) {
        normalise("cross_norm", m_names.crossNorm);
        AttentionOp attention;
        attention.queries = newValue(Rows::Tokens, widthOf(m_model, m_builder.shard()));
        m_builder.addProduct(m_normed, attention.queries, "cross_query",
                             {{m_names.crossQuery, m_model.hidden}}, kNone);
        attention.group = kCrossGroup;
        attention.layer = layer;
        attention.causal = false;
        addAttention(attention, "cross_output", m_names.crossOutput);
    }

    void addFeedForward() {
        const LayerNames& names = m_names.layer;
        const std::int32_t width = m_model.feedForward / m_builder.shard().ranks;
        const bool gated = !names.gate.empty();
        normalise("feed_forward_norm", names.feedForwardNorm);
        const ValueId inner = m_builder.addValue(Rows::Tokens, gated ? 2 * width : width);
        std::vector<MatrixSource> sources;
        if (gated)
            sources.push_back({names.gate, m_model.hidden});
        sources.push_back({names.up, m_model.hidden});
        m_builder.addProduct(m_normed, m_builder.whole(inner), "gate_up", sources, kNone);
        ActivationOp activation;
        activation.kind = m_model.activation;
        activation.gate = {inner, 0, width};
        if (gated)
            activation.up = {inner, width, width};
        activation.out = newValue(Rows::Tokens, width);
        m_builder.add(activation);
        m_builder.addSummedProduct(activation.out, m_stream, true, m_normed, "down",
                                   {names.down, m_model.feedForward}, kNone);
    }

    void finish() {
        m_builder.setLayer(0, m_prefix);
        normalise("output_norm", m_names.outputNorm);
        m_builder.program.hidden = m_normed;
    }

private:
    void normalise(std::string_view role, const std::string& name) {
        m_builder.addNorm(m_model.norm, m_stream, m_normed, m_model.hidden, role, name);
    }
    /// Completes an attention and adds its product to the stream.
    void addAttention(AttentionOp& attention, std::string_view role, const MatrixRows& output) {
        attention.out = newValue(Rows::Tokens, widthOf(m_model, m_builder.shard()));
        attention.heads = headsOf(m_model, m_builder.shard());
        attention.scale = 1.0F;
        m_builder.add(attention);
        m_builder.addSummedProduct(attention.out, m_stream, true, m_normed, role,
                                   {output, m_model.attentionWidth()}, kNone);
    }

    const EncoderDecoderSpec& m_model;
    const StackNames& m_names;
    const RelativeBuckets& m_buckets;
    const std::string m_prefix;
    ProgramBuilder& m_builder;
    const View m_stream;
    const View m_normed;
    WeightId m_bias = kNone;
};

WeightId addTable(const EncoderDecoderSpec& model, ProgramBuilder& builder) {
    const MatrixRows table{{model.embedding, model.vocabulary, 0, model.vocabulary}};
    return builder.addMatrix("embedding", {{table, model.hidden}}, Cut::None);
}

/// Returns the view of the encoder's output.
View addEncoder(const EncoderDecoderSpec& model, ProgramBuilder& builder, WeightId table) {
    StackWriter stack(model, model.encoder, model.encoderBuckets, "encoder.", builder);
    stack.embed(table);
    for (std::int32_t layer = 0; layer < model.encoderLayers; ++layer) {
        stack.beginLayer(layer);
        stack.addSelfAttention(0, false);
        stack.addFeedForward();
    }
    stack.finish();
    return stack.normed();
}

/// What the decoder's layers read of the encoder's output.
void storeForDecoder(const EncoderDecoderSpec& model, ProgramBuilder& builder, View encoded) {
    const std::int32_t width = widthOf(model, builder.shard());
    for (std::int32_t layer = 0; layer < model.decoderLayers; ++layer) {
        builder.setLayer(layer, "decoder.layers." + std::to_string(layer) + ".");
        const ValueId kv = builder.addValue(Rows::Tokens, 2 * width);
        builder.addProduct(
            encoded, builder.whole(kv), "cross_kv",
            {{model.decoder.crossKey, model.hidden}, {model.decoder.crossValue, model.hidden}},
            kNone);
        builder.add(StoreKvOp{{kv, 0, width}, {kv, width, width}, kCrossGroup, layer});
    }
}

void addDecoder(const EncoderDecoderSpec& model, ProgramBuilder& builder, WeightId table) {
    StackWriter stack(model, model.decoder, model.decoderBuckets, "decoder.", builder);
    stack.embed(table);
    for (std::int32_t layer = 0; layer < model.decoderLayers; ++layer) {
        stack.beginLayer(layer);
        stack.addSelfAttention(layer, true);
        stack.addCrossAttention(layer);
        stack.addFeedForward();
    }
    stack.finish();
    const View selected = stack.newValue(Rows::Logits, model.hidden);
    builder.add(SelectRowsOp{stack.normed(), selected});
    if (model.headScale != 1.0F)
        builder.add(ScaleOp{selected, model.headScale});
    LinearOp head;
    head.in = selected;
    head.out = stack.newValue(Rows::Logits, model.vocabulary);
    head.weight = model.tiedHead
                      ? table
                      : builder.addMatrix("output", {{model.output, model.hidden}}, Cut::None);
    builder.add(head);
    builder.program.logits = head.out;
}

} // namespace

DecoderProgram buildEncoderProgram(const EncoderDecoderSpec& model, const Checkpoint& checkpoint,
                                   DType kvType, const Shard& shard) {
    ProgramBuilder builder(checkpoint, shard);
    addEncoder(model, builder, addTable(model, builder));
    return {std::move(builder.program),
            std::move(builder.weights),
            {layerOfTexts(model, kvType, shard)}};
}

EncoderDecoderProgram buildEncoderDecoderProgram(const EncoderDecoderSpec& model,
                                                 const Checkpoint& checkpoint, DType kvType,
                                                 std::uint8_t kvBits, DType computeType,
                                                 const Shard& shard) {
    const KvLayout own =
        layoutOf(model, KvKind::Full, kvType, kvBits, model.decoderLayers, shard);
    const KvLayout cross =
        layoutOf(model, KvKind::Cross, kvType, kvBits, model.decoderLayers, shard);
    ProgramBuilder builder(checkpoint, shard);
    const WeightId table = addTable(model, builder);
    EncoderDecoderProgram programs;
    storeForDecoder(model, builder, addEncoder(model, builder, table));
    programs.encoder = std::exchange(builder.program, Program{});
    programs.encoderKv = {layerOfTexts(model, computeType, shard), cross};
    addDecoder(model, builder, table);
    programs.decoder = {std::move(builder.program), std::move(builder.weights), {own, cross}};
    return programs;
}

} // namespace hearth
