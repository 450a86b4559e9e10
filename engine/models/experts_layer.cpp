#include "models/decoder_layer.h"

#include <utility>

namespace hearth {

using namespace kernels;

namespace {

View addRoutes(const DecoderSpec& decoder, ProgramBuilder& builder, View logits) {
    const ExpertSpec& experts = decoder.experts;
    RouteOp route;
    route.logits = logits;
    route.out = builder.whole(builder.addValue(Rows::Tokens, 2 * experts.perToken));
    route.score = experts.score;
    route.choiceBias = builder.addVector("router_choice_bias",
                                         decoder.names.layer.routerChoiceBias, experts.count);
    route.groups = experts.groups;
    route.topGroups = experts.topGroups;
    route.groupScore = experts.groupScore;
    route.topK = experts.perToken;
    route.normalise = experts.normalise;
    route.scale = experts.scale;
    builder.add(route);
    return route.out;
}

void addExpertWeights(const DecoderSpec& decoder, ProgramBuilder& builder, ExpertsOp& op) {
    const LayerNames& names = decoder.names.layer;
    for (std::int32_t expert = 0; expert < decoder.experts.count; ++expert) {
        const std::string prefix = "experts." + std::to_string(expert) + ".";
        builder.setExpert(expert, decoder.experts.count);
        op.gateUp.push_back(builder.addMatrix(
            prefix + "gate_up",
            {{names.expertGate, decoder.hidden}, {names.expertUp, decoder.hidden}}, Cut::Rows));
        op.down.push_back(builder.addMatrix(
            prefix + "down", {{names.expertDown, decoder.experts.feedForward}}, Cut::Columns));
        if (!names.expertGateBias.empty())
            op.gateUpBias.push_back(
                builder.addVector(prefix + "gate_up.bias",
                                  {{names.expertGateBias, 1}, {names.expertUpBias, 1}}, Cut::Rows));
        // Added once, by the first rank, before the sum.
        if (!names.expertDownBias.empty() && builder.shard().rank == 0)
            op.downBias.push_back(builder.addVector(prefix + "down.bias",
                                                    {{names.expertDownBias, 1}}, Cut::None));
    }
    builder.setExpert(0, 1);
}

/// Where the ranks' shares of experts go: the residual stream itself if there is one rank.
View sharesOf(DecoderLayers& layers) {
    if (layers.builder.shard().ranks == 1)
        return layers.residual;
    return layers.builder.whole(layers.builder.addValue(Rows::Tokens, layers.decoder.hidden));
}

/// `op` onto the residual stream, summed over the ranks.
void addSummedExperts(DecoderLayers& layers, ExpertsOp op) {
    ProgramBuilder& builder = layers.builder;
    op.out = sharesOf(layers);
    op.accumulate = builder.shard().ranks == 1;
    const View shares = op.out;
    builder.add(std::move(op));
    if (builder.shard().ranks == 1)
        return;
    builder.add(AllReduceOp{shares});
    builder.add(AddOp{shares, layers.residual});
}

/// Shared experts that a sigmoid of their own weighs: a mixture of one expert.
void addWeighedShared(DecoderLayers& layers) {
    const DecoderSpec& decoder = layers.decoder;
    const LayerNames& names = decoder.names.layer;
    ProgramBuilder& builder = layers.builder;
    RouteOp route;
    route.logits = builder.whole(builder.addValue(Rows::Tokens, 1));
    builder.addProduct(layers.normed, route.logits, "shared_router",
                       {{names.sharedRouter, decoder.hidden}}, kNone, Cut::None);
    route.out = builder.whole(builder.addValue(Rows::Tokens, 2));
    route.score = RouterScore::Sigmoid;
    route.topK = 1;
    builder.add(route);
    ExpertsOp op;
    op.in = layers.normed;
    op.routes = route.out;
    op.width = decoder.experts.sharedFeedForward / builder.shard().ranks;
    op.activation = decoder.activation;
    op.gateUp = {builder.addMatrix(
        "shared_gate_up", {{names.sharedGate, decoder.hidden}, {names.sharedUp, decoder.hidden}},
        Cut::Rows)};
    op.down = {builder.addMatrix(
        "shared_down", {{names.sharedDown, decoder.experts.sharedFeedForward}}, Cut::Columns)};
    addSummedExperts(layers, std::move(op));
}

} // namespace

void addExperts(DecoderLayers& layers, std::int32_t layer) {
    const DecoderSpec& decoder = layers.decoder;
    const LayerNames& names = decoder.names.layer;
    ProgramBuilder& builder = layers.builder;
    const View logits = builder.whole(builder.addValue(Rows::Tokens, decoder.experts.count));
    builder.addProduct(layers.normed, logits, "router", {{names.router, decoder.hidden}}, kNone,
                       Cut::None);
    ExpertsOp op;
    op.in = layers.normed;
    op.routes = addRoutes(decoder, builder, logits);
    op.width = decoder.experts.feedForward / builder.shard().ranks;
    op.activation = decoder.activation;
    addExpertWeights(decoder, builder, op);
    addSummedExperts(layers, std::move(op));
    if (decoder.experts.sharedFeedForward == 0)
        return;
    if (!names.sharedRouter.empty())
        addWeighedShared(layers);
    else
        addGatedProducts(layers, layer, "shared_", names.sharedGate, names.sharedUp,
                         names.sharedDown, decoder.experts.sharedFeedForward, {});
}

} // namespace hearth
