#include "models/decoder_layer.h"

#include <utility>

namespace hearth {

using namespace kernels;

namespace {

RouteOp routeOf(const DecoderSpec& decoder, ProgramBuilder& builder, View logits) {
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
    return route;
}

void addExpertWeights(const DecoderSpec& decoder, ProgramBuilder& builder, ExpertsOp& op) {
    const LayerNames& names = decoder.names.layer;
    for (std::int32_t expert = 0; expert < decoder.experts.count; ++expert) {
        const std::string prefix = "experts." + std::to_string(expert) + ".";
        builder.setExpert(expert);
        op.gateUp.push_back(builder.addMatrix(
            prefix + "gate_up",
            {{names.expertGate, decoder.hidden}, {names.expertUp, decoder.hidden}}, Cut::Rows));
        op.down.push_back(builder.addMatrix(
            prefix + "down", {{names.expertDown, decoder.experts.feedForward}}, Cut::Columns));
        if (!names.expertGateBias.empty())
            op.gateUpBias.push_back(
                builder.addVector(prefix + "gate_up.bias",
                                  {{names.expertGateBias, 1}, {names.expertUpBias, 1}}, Cut::Rows));
        if (!names.expertDownBias.empty())
            op.downBias.push_back(builder.addVector(prefix + "down.bias",
                                                    {{names.expertDownBias, 1}}, Cut::None));
    }
    builder.setExpert(0);
}

} // namespace

void addExperts(DecoderLayers& layers, std::int32_t layer) {
    const DecoderSpec& decoder = layers.decoder;
    const LayerNames& names = decoder.names.layer;
    ProgramBuilder& builder = layers.builder;
    const View logits = builder.whole(builder.addValue(Rows::Tokens, decoder.experts.count));
    builder.addProduct(layers.normed, logits, "router", {{names.router, decoder.hidden}}, kNone,
                       Cut::None);
    const RouteOp route = routeOf(decoder, builder, logits);
    builder.add(route);
    ExpertsOp op;
    op.in = layers.normed;
    op.routes = route.out;
    op.out = layers.residual;
    op.width = decoder.experts.feedForward / builder.shard().ranks;
    op.activation = decoder.activation;
    op.accumulate = true;
    addExpertWeights(decoder, builder, op);
    builder.add(std::move(op));
    if (decoder.experts.sharedFeedForward > 0)
        addGatedProducts(layers, layer, "shared_", names.sharedGate, names.sharedUp,
                         names.sharedDown, decoder.experts.sharedFeedForward, {});
}

} // namespace hearth
