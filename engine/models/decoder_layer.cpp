#include "models/decoder_layer.h"

#include <cmath>
#include <string>
#include <utility>

namespace hearth {

using namespace kernels;

namespace {

// Matrices of a layer that an adapter may change.
constexpr std::int32_t kAdapterSlots = 4;

KvLayout layoutOf(const DecoderSpec& decoder, std::int32_t layer, DType kvType,
                  std::uint8_t kvBits, std::int32_t kvHeads) {
    KvLayout layout;
    layout.dtype = kvType;
    layout.bits = kvBits;
    if (decoder.latent.kvRank > 0) {
        layout.kind = KvKind::Latent;
        layout.kvHeads = 1;
        layout.keyWidth = decoder.latent.kvRank + decoder.latent.ropeWidth;
        return layout;
    }
    layout.window = decoder.forms[decoder.formIndex(layer)].window;
    layout.kind = layout.window > 0 ? KvKind::SlidingWindow : KvKind::Full;
    layout.kvHeads = kvHeads;
    layout.keyWidth = layout.valueWidth = decoder.headWidth;
    return layout;
}

float attentionScale(const DecoderSpec& decoder) {
    if (decoder.attentionScale > 0.0F)
        return decoder.attentionScale;
    return 1.0F / std::sqrt(static_cast<float>(decoder.headWidth));
}

} // namespace

DecoderLayers::DecoderLayers(const DecoderSpec& spec, ProgramBuilder& programBuilder)
    : decoder(spec)
    , builder(programBuilder)
    , residual(builder.whole(builder.addValue(Rows::Tokens, spec.hidden)))
    , normed(builder.whole(builder.addValue(Rows::Tokens, spec.hidden))) {}

CachePlace placeInCache(const DecoderSpec& decoder, std::int32_t layer, DType kvType,
                        std::uint8_t kvBits, std::int32_t kvHeads, std::vector<KvLayout>& kv) {
    const KvLayout wanted = layoutOf(decoder, layer, kvType, kvBits, kvHeads);
    for (std::size_t group = 0; group < kv.size(); ++group)
        if (kv[group].window == wanted.window)
            return {static_cast<std::int32_t>(group), kv[group].layers++};
    kv.push_back(wanted);
    kv.back().layers = 1;
    return {static_cast<std::int32_t>(kv.size() - 1), 0};
}

void addRope(DecoderLayers& layers, const RopeSpec& rope, View heads, std::int32_t headWidth,
             std::int32_t rotaryOffset) {
    if (rope.width == 0)
        return;
    RopeOp op;
    op.heads = heads;
    op.headWidth = headWidth;
    op.rotaryOffset = rotaryOffset;
    op.rotaryWidth = rope.width;
    op.pairing = layers.decoder.pairing;
    op.frequencies = ropeFrequencies(rope);
    op.magnitude = ropeMagnitude(rope);
    op.originalLength = ropeOriginalLength(rope);
    op.longFrequencies = ropeLongFrequencies(rope);
    if (rope.scaling == RopeScaling::Dynamic)
        op.dynamicFactor = static_cast<float>(rope.factor);
    layers.builder.add(std::move(op));
}

void addBlockOutput(DecoderLayers& layers, View in, std::string_view role,
                    const MatrixSource& source, std::int32_t adapterSlot,
                    const std::string& postNorm) {
    ProgramBuilder& builder = layers.builder;
    const float scale = layers.decoder.residualScale;
    if (postNorm.empty() && scale == 1.0F) {
        builder.addSummedProduct(in, layers.residual, true, layers.normed, role, source,
                                 adapterSlot);
        return;
    }
    builder.addSummedProduct(in, layers.normed, false, layers.normed, role, source, adapterSlot);
    if (!postNorm.empty())
        builder.addNorm(layers.decoder.norm, layers.normed, layers.normed, layers.decoder.hidden,
                        std::string(role) + "_norm", postNorm);
    if (scale != 1.0F)
        builder.add(ScaleOp{layers.normed, scale});
    builder.add(AddOp{layers.normed, layers.residual});
}

void addAttention(DecoderLayers& layers, std::int32_t layer) {
    const DecoderSpec& decoder = layers.decoder;
    const LayerNames& names = decoder.names.layer;
    const AttentionForm& form = decoder.forms[decoder.formIndex(layer)];
    ProgramBuilder& builder = layers.builder;
    const std::int32_t headWidth = decoder.headWidth;
    const std::int32_t heads = decoder.heads / builder.shard().ranks;
    const std::int32_t queryWidth = heads * headWidth;
    const std::int32_t kvWidth = decoder.kvHeads / builder.shard().ranks * headWidth;

    builder.addNorm(decoder.norm, layers.residual, layers.normed, decoder.hidden,
                    "attention_norm", names.attentionNorm);
    const ValueId qkv = builder.addValue(Rows::Tokens, queryWidth + 2 * kvWidth);
    const View queries{qkv, 0, queryWidth};
    const View keys{qkv, queryWidth, kvWidth};
    const View values{qkv, queryWidth + kvWidth, kvWidth};
    builder.addProduct(layers.normed, builder.whole(qkv), "qkv",
                       {{names.query, decoder.hidden},
                        {names.key, decoder.hidden},
                        {names.value, decoder.hidden}},
                       kAdapterSlots * layer);
    if (!names.queryNorm.empty())
        builder.addNorm(decoder.norm, queries, queries, headWidth, "query_norm", names.queryNorm);
    if (!names.keyNorm.empty())
        builder.addNorm(decoder.norm, keys, keys, headWidth, "key_norm", names.keyNorm);
    addRope(layers, form.rope, {qkv, 0, queryWidth + kvWidth}, headWidth, 0);
    if (decoder.logNContext > 0)
        builder.add(PositionScaleOp{queries, decoder.logNContext});

    const CachePlace place = layers.places[static_cast<std::size_t>(layer)];
    builder.add(StoreKvOp{keys, values, place.group, place.layer});
    AttentionOp attention;
    attention.queries = queries;
    attention.out = builder.whole(builder.addValue(Rows::Tokens, queryWidth));
    attention.group = place.group;
    attention.layer = place.layer;
    attention.heads = heads;
    attention.scale = attentionScale(decoder);
    attention.softcap = decoder.attentionSoftcap;
    attention.window = form.window;
    if (!decoder.alibi.empty()) {
        const auto first = decoder.alibi.begin() + std::ptrdiff_t{heads} * builder.shard().rank;
        attention.alibi.assign(first, first + heads);
    }
    if (!names.attentionSinks.empty()) {
        const MatrixRows sinks{{names.attentionSinks, decoder.heads, 0, decoder.heads}};
        attention.sinks = builder.addVector("sinks", {{sinks, 1}}, Cut::Rows);
    }
    const View attended = attention.out;
    builder.add(std::move(attention));
    addBlockOutput(layers, attended, "attention_output",
                   {names.attentionOutput, std::int64_t{decoder.heads} * headWidth},
                   kAdapterSlots * layer + 1, names.postAttentionNorm);
}

void addLatentAttention(DecoderLayers& layers, std::int32_t layer) {
    const DecoderSpec& decoder = layers.decoder;
    const LatentSpec& latent = decoder.latent;
    const LayerNames& names = decoder.names.layer;
    const RopeSpec& rope = decoder.forms[decoder.formIndex(layer)].rope;
    ProgramBuilder& builder = layers.builder;
    const std::int32_t heads = decoder.heads / builder.shard().ranks;
    const std::int32_t queryWidth = latent.nopeWidth + latent.ropeWidth;
    const std::int32_t cachedWidth = latent.kvRank + latent.ropeWidth;

    builder.addNorm(decoder.norm, layers.residual, layers.normed, decoder.hidden,
                    "attention_norm", names.attentionNorm);
    View queryInput = layers.normed;
    if (latent.queryRank > 0) {
        queryInput = builder.whole(builder.addValue(Rows::Tokens, latent.queryRank));
        builder.addProduct(layers.normed, queryInput, "query_down",
                           {{names.queryDown, decoder.hidden}}, kNone, Cut::None);
        builder.addNorm(decoder.norm, queryInput, queryInput, latent.queryRank, "query_down_norm",
                        names.queryDownNorm);
    }
    const View queries = builder.whole(builder.addValue(Rows::Tokens, heads * queryWidth));
    builder.addProduct(queryInput, queries, "query", {{names.query, queryInput.width}},
                       kAdapterSlots * layer);
    const View cached = builder.whole(builder.addValue(Rows::Tokens, cachedWidth));
    builder.addProduct(layers.normed, cached, "kv_down", {{names.kvDown, decoder.hidden}}, kNone,
                       Cut::None);
    const View latents{cached.value, 0, latent.kvRank};
    builder.addNorm(decoder.norm, latents, latents, latent.kvRank, "kv_down_norm",
                    names.kvDownNorm);
    addRope(layers, rope, queries, queryWidth, latent.nopeWidth);
    addRope(layers, rope, {cached.value, latent.kvRank, latent.ropeWidth}, latent.ropeWidth, 0);

    // Queries meet the latents themselves: q · (W c) = (Wᵀ q) · c.
    const View absorbed = builder.whole(builder.addValue(Rows::Tokens, heads * cachedWidth));
    HeadLinearOp intoLatent;
    intoLatent.in = {queries, queryWidth, 0, latent.nopeWidth};
    intoLatent.out = {absorbed, cachedWidth, 0, latent.kvRank};
    intoLatent.weight = builder.addTransposedHeads("key_up", names.keyUp, latent.kvRank);
    builder.add(intoLatent);
    builder.add(CopyHeadsOp{{queries, queryWidth, latent.nopeWidth, latent.ropeWidth},
                            {absorbed, cachedWidth, latent.kvRank, latent.ropeWidth}});

    const CachePlace place = layers.places[static_cast<std::size_t>(layer)];
    builder.add(StoreKvOp{cached, View{}, place.group, place.layer});
    AttentionOp attention;
    attention.queries = absorbed;
    attention.out = builder.whole(builder.addValue(Rows::Tokens, heads * latent.kvRank));
    attention.group = place.group;
    attention.layer = place.layer;
    attention.heads = heads;
    attention.scale = decoder.attentionScale > 0.0F
                          ? decoder.attentionScale
                          : 1.0F / std::sqrt(static_cast<float>(queryWidth));
    const View attended = attention.out;
    builder.add(std::move(attention));
    HeadLinearOp outOfLatent;
    outOfLatent.in = {attended, latent.kvRank, 0, latent.kvRank};
    outOfLatent.out = {builder.whole(builder.addValue(Rows::Tokens, heads * latent.valueWidth)),
                       latent.valueWidth, 0, latent.valueWidth};
    outOfLatent.weight = builder.addMatrix("value_up", {{names.valueUp, latent.kvRank}},
                                           Cut::Rows);
    builder.add(outOfLatent);
    addBlockOutput(layers, outOfLatent.out.heads, "attention_output",
                   {names.attentionOutput, std::int64_t{decoder.heads} * latent.valueWidth},
                   kAdapterSlots * layer + 1, names.postAttentionNorm);
}

void addGatedProducts(DecoderLayers& layers, std::int32_t layer, std::string_view prefix,
                      const MatrixRows& gate, const MatrixRows& up, const MatrixRows& down,
                      std::int32_t width, const std::string& postNorm) {
    const DecoderSpec& decoder = layers.decoder;
    ProgramBuilder& builder = layers.builder;
    const bool gated = !gate.empty();
    const std::int32_t share = width / builder.shard().ranks;
    const ValueId inner = builder.addValue(Rows::Tokens, gated ? 2 * share : share);
    std::vector<MatrixSource> sources;
    if (gated)
        sources.push_back({gate, decoder.hidden});
    sources.push_back({up, decoder.hidden});
    builder.addProduct(layers.normed, builder.whole(inner), std::string(prefix) + "gate_up",
                       sources, kAdapterSlots * layer + 2);
    ActivationOp activation;
    activation.kind = decoder.activation;
    activation.gate = {inner, 0, share};
    if (gated)
        activation.up = {inner, share, share};
    activation.out = builder.whole(builder.addValue(Rows::Tokens, share));
    builder.add(activation);
    addBlockOutput(layers, activation.out, std::string(prefix) + "down", {down, width},
                   kAdapterSlots * layer + 3, postNorm);
}

void addFeedForward(DecoderLayers& layers, std::int32_t layer) {
    const DecoderSpec& decoder = layers.decoder;
    const LayerNames& names = decoder.names.layer;
    layers.builder.addNorm(decoder.norm, layers.residual, layers.normed, decoder.hidden,
                           "feed_forward_norm", names.feedForwardNorm);
    if (decoder.experts.count > 0 && decoder.experts.inLayer[static_cast<std::size_t>(layer)])
        addExperts(layers, layer);
    else
        addGatedProducts(layers, layer, "", names.gate, names.up, names.down, decoder.feedForward,
                         names.postFeedForwardNorm);
}

} // namespace hearth
