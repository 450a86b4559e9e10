#include "models/decoder_program.h"

#include "models/decoder_layer.h"

#include <string>
#include <utility>

namespace hearth {

using namespace kernels;

namespace {

/// One group for each window of the forms, in their order.
void addCacheGroups(const DecoderSpec& decoder, DType kvType, std::uint8_t kvBits,
                    std::int32_t kvHeads, DecoderLayers& layers) {
    for (std::int32_t layer = 0; layer < decoder.layers; ++layer)
        layers.places.push_back(placeInCache(decoder, layer, kvType, kvBits, kvHeads, layers.kv));
}

WeightId addEmbedding(const DecoderSpec& decoder, ProgramBuilder& builder, View residual) {
    const MatrixRows table{{decoder.names.embedding, decoder.vocabulary, 0, decoder.vocabulary}};
    EmbedOp embed;
    embed.table = builder.addMatrix("embedding", {{table, decoder.hidden}}, Cut::None);
    if (!decoder.names.positions.empty()) {
        const MatrixRows positions{
            {decoder.names.positions, decoder.trainedContext, 0, decoder.trainedContext}};
        embed.positions = builder.addMatrix("positions", {{positions, decoder.hidden}}, Cut::None);
    }
    embed.scale = decoder.embeddingScale;
    embed.out = residual;
    builder.add(embed);
    return embed.table;
}

void addHead(const DecoderSpec& decoder, ProgramBuilder& builder, View residual, View normed,
             WeightId embedding) {
    builder.addNorm(decoder.norm, residual, normed, decoder.hidden, "output_norm",
                    decoder.names.outputNorm);
    builder.program.hidden = normed;
    const View selected = builder.whole(builder.addValue(Rows::Logits, decoder.hidden));
    const View logits = builder.whole(builder.addValue(Rows::Logits, decoder.vocabulary));
    builder.add(SelectRowsOp{normed, selected});
    LinearOp head;
    head.in = selected;
    head.out = logits;
    head.weight = embedding;
    if (!decoder.tiedHead) {
        const MatrixSource source{decoder.names.output, decoder.hidden};
        head.weight = builder.addMatrix("output", {source}, Cut::None);
        head.bias = builder.addBias("output", {source}, Cut::None);
    }
    builder.add(head);
    if (decoder.logitScale != 1.0F)
        builder.add(ScaleOp{logits, decoder.logitScale});
    if (decoder.finalSoftcap > 0.0F)
        builder.add(SoftcapOp{logits, decoder.finalSoftcap});
    builder.program.logits = logits;
}

} // namespace

DecoderProgram buildDecoderProgram(const DecoderSpec& decoder, const Checkpoint& checkpoint,
                                   DType kvType, std::uint8_t kvBits, const Shard& shard) {
    ProgramBuilder builder(checkpoint, shard);
    DecoderLayers layers(decoder, builder);
    addCacheGroups(decoder, kvType, kvBits, decoder.kvHeads / shard.ranks, layers);
    const WeightId embedding = addEmbedding(decoder, builder, layers.residual);
    for (std::int32_t layer = 0; layer < decoder.layers; ++layer) {
        builder.setLayer(layer, "layers." + std::to_string(layer) + ".");
        if (decoder.latent.kvRank > 0)
            addLatentAttention(layers, layer);
        else
            addAttention(layers, layer);
        addFeedForward(layers, layer);
    }
    builder.setLayer(0, {});
    addHead(decoder, builder, layers.residual, layers.normed, embedding);
    return {std::move(builder.program), std::move(builder.weights), std::move(layers.kv)};
}

} // namespace hearth
