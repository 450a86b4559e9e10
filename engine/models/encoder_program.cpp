#include "models/encoder_program.h"

#include "models/program_builder.h"

#include <cmath>
#include <string>
#include <utility>

namespace hearth {

using namespace kernels;

namespace {

/// Keys and values of one layer at a time: the next layer's take their place.
KvLayout layerOfTexts(DType type, std::int32_t heads, std::int32_t headWidth) {
    KvLayout layout;
    layout.dtype = type;
    layout.bits = static_cast<std::uint8_t>(8 * blockSize(type).bytes);
    layout.layers = 1;
    layout.kvHeads = heads;
    layout.keyWidth = layout.valueWidth = headWidth;
    return layout;
}

void addEmbedding(const EncoderSpec& encoder, ProgramBuilder& builder, View stream) {
    const auto matrix = [&](std::string_view role, TensorRows rows) {
        const MatrixRows source{std::move(rows)};
        return builder.addMatrix(role, {{source, encoder.hidden}}, Cut::None);
    };
    EmbedOp embed;
    embed.table = matrix("embedding",
                         {encoder.names.embedding, encoder.vocabulary, 0, encoder.vocabulary});
    embed.positions = matrix("positions", {encoder.names.positions, encoder.positionRows,
                                           encoder.firstPosition, encoder.trainedContext()});
    if (!encoder.names.tokenTypes.empty()) {
        const MatrixRows first{{encoder.names.tokenTypes,
                                std::int64_t{encoder.tokenTypes} * encoder.hidden, 0,
                                encoder.hidden}};
        embed.bias = builder.addVector("token_type", {{first, 1}}, Cut::None);
    }
    embed.out = stream;
    builder.add(embed);
    builder.addNorm(encoder.norm, stream, stream, encoder.hidden, "embedding_norm",
                    encoder.names.embeddingNorm);
}

void addAttention(const EncoderSpec& encoder, ProgramBuilder& builder, View stream, View scratch) {
    const LayerNames& names = encoder.names.layer;
    const std::int32_t hidden = encoder.hidden;
    const std::int32_t width = hidden / builder.shard().ranks;
    const ValueId qkv = builder.addValue(Rows::Tokens, 3 * width);
    builder.addProduct(stream, builder.whole(qkv), "qkv",
                       {{names.query, hidden}, {names.key, hidden}, {names.value, hidden}}, kNone);
    builder.add(StoreKvOp{{qkv, width, width}, {qkv, 2 * width, width}, 0, 0});
    AttentionOp attention;
    attention.queries = {qkv, 0, width};
    attention.out = builder.whole(builder.addValue(Rows::Tokens, width));
    attention.heads = encoder.heads / builder.shard().ranks;
    attention.scale = 1.0F / std::sqrt(static_cast<float>(encoder.headWidth()));
    attention.causal = false;
    const View attended = attention.out;
    builder.add(std::move(attention));
    builder.addSummedProduct(attended, stream, true, scratch, "attention_output",
                             {names.attentionOutput, hidden}, kNone);
    builder.addNorm(encoder.norm, stream, stream, hidden, "attention_norm",
                    names.postAttentionNorm);
}

void addFeedForward(const EncoderSpec& encoder, ProgramBuilder& builder, View stream,
                    View scratch) {
    const LayerNames& names = encoder.names.layer;
    const View inner = builder.whole(
        builder.addValue(Rows::Tokens, encoder.feedForward / builder.shard().ranks));
    builder.addProduct(stream, inner, "up", {{names.up, encoder.hidden}}, kNone);
    ActivationOp activation;
    activation.kind = encoder.activation;
    activation.gate = activation.out = inner;
    builder.add(activation);
    builder.addSummedProduct(inner, stream, true, scratch, "down",
                             {names.down, encoder.feedForward}, kNone);
    builder.addNorm(encoder.norm, stream, stream, encoder.hidden, "feed_forward_norm",
                    names.postFeedForwardNorm);
}

} // namespace

DecoderProgram buildEncoderProgram(const EncoderSpec& encoder, const Checkpoint& checkpoint,
                                   DType kvType, const Shard& shard) {
    ProgramBuilder builder(checkpoint, shard);
    const View stream = builder.whole(builder.addValue(Rows::Tokens, encoder.hidden));
    const View scratch =
        shard.ranks > 1 ? builder.whole(builder.addValue(Rows::Tokens, encoder.hidden)) : View{};
    addEmbedding(encoder, builder, stream);
    for (std::int32_t layer = 0; layer < encoder.layers; ++layer) {
        builder.setLayer(layer, "layers." + std::to_string(layer) + ".");
        addAttention(encoder, builder, stream, scratch);
        addFeedForward(encoder, builder, stream, scratch);
    }
    builder.program.hidden = stream;
    return {std::move(builder.program), std::move(builder.weights),
            {layerOfTexts(kvType, encoder.heads / shard.ranks, encoder.headWidth())}};
}

} // namespace hearth
