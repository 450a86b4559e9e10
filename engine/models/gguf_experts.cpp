#include "models/experts_config.h"

#include "models/tensor_names.h"

#include <cstddef>
#include <optional>
#include <string_view>

#include <fmt/format.h>

namespace hearth {

namespace {

std::vector<bool> layersWithRouter(const Checkpoint& checkpoint, std::int32_t layers) {
    std::vector<bool> found(static_cast<std::size_t>(layers));
    for (std::size_t layer = 0; layer < found.size(); ++layer)
        found[layer] = checkpoint.has(fmt::format("blk.{}.ffn_gate_inp.weight", layer));
    return found;
}

std::size_t firstOf(const std::vector<bool>& layers) {
    std::size_t first = 0;
    while (first < layers.size() && !layers[first])
        ++first;
    return first;
}

void nameGgufExperts(const Checkpoint& checkpoint, DecoderSpec& decoder) {
    const ExpertSpec& experts = decoder.experts;
    LayerNames& names = decoder.names.layer;
    const std::size_t first = firstOf(experts.inLayer);
    const bool stacked = checkpoint.has(fmt::format("blk.{}.ffn_down_exps.weight", first));
    const std::string layer = "blk.{}.";
    const auto of = [&](std::string_view kind, std::int64_t rows) {
        if (!stacked)
            return whole(fmt::format("blk.{{}}.ffn_{}.{{}}.weight", kind), rows);
        return MatrixRows{{fmt::format("blk.{{}}.ffn_{}_exps.weight", kind), experts.count * rows,
                           0, rows, 1, rows}};
    };
    const auto biasOf = [&](std::string_view kind, std::int64_t rows) {
        const std::string name = fmt::format("blk.{{}}.ffn_{}_exps.bias", kind);
        if (!checkpoint.has(fmt::format(fmt::runtime(name), first)))
            return MatrixRows{};
        return MatrixRows{{name, experts.count * rows, 0, rows, 1, rows}};
    };
    names.router = whole(layer + "ffn_gate_inp.weight", experts.count);
    names.expertGate = of("gate", experts.feedForward);
    names.expertUp = of("up", experts.feedForward);
    names.expertDown = of("down", decoder.hidden);
    names.expertGateBias = biasOf("gate", experts.feedForward);
    names.expertUpBias = biasOf("up", experts.feedForward);
    names.expertDownBias = biasOf("down", decoder.hidden);
    for (const char* const bias : {"blk.{}.exp_probs_b.bias", "blk.{}.exp_probs_b"})
        if (checkpoint.has(fmt::format(fmt::runtime(bias), first)))
            names.routerChoiceBias = bias;
    if (experts.sharedFeedForward == 0)
        return;
    names.sharedGate = whole(layer + "ffn_gate_shexp.weight", experts.sharedFeedForward);
    names.sharedUp = whole(layer + "ffn_up_shexp.weight", experts.sharedFeedForward);
    names.sharedDown = whole(layer + "ffn_down_shexp.weight", decoder.hidden);
    if (checkpoint.has(fmt::format("blk.{}.ffn_gate_inp_shexp.weight", first)))
        names.sharedRouter = whole(layer + "ffn_gate_inp_shexp.weight", 1);
}

/// The rows of the shared experts' tensor tell their size; keys for it came later and differ.
Result<std::int32_t> sharedFeedForward(const GgufKeys& keys, const ExpertSpec& experts) {
    const std::string name =
        fmt::format("blk.{}.ffn_up_shexp.weight", firstOf(experts.inLayer));
    const std::optional<TensorView> tensor = keys.checkpoint().find(name);
    if (!tensor)
        return 0;
    if (tensor->shape.size() != 2 || tensor->shape[0] > (1 << 20))
        return keys.wrong("expert_shared_count", name + " must be a matrix");
    return static_cast<std::int32_t>(tensor->shape[0]);
}

Result<void> readRouting(const GgufKeys& keys, ExpertSpec& experts) {
    constexpr std::int32_t kSoftmax = 1;
    constexpr std::int32_t kSigmoid = 2;
    constexpr std::int32_t kSoftmaxOfChosen = 3; // the same as softmax, normalised
    HEARTH_TRY_ASSIGN(const std::int32_t gating,
                      keys.getOr<std::int32_t>("expert_gating_func", kSoftmax));
    if (gating < 0 || gating > kSoftmaxOfChosen)
        return keys.unsupported("expert_gating_func", fmt::format("function {}", gating));
    if (gating == kSigmoid) {
        experts.score = kernels::RouterScore::Sigmoid;
        experts.groupScore = kernels::RouterGroupScore::SumOfTwo;
    }
    HEARTH_TRY_ASSIGN(experts.normalise, keys.getOr<bool>("expert_weights_norm",
                                                          experts.normalise));
    if (gating == kSoftmaxOfChosen)
        experts.normalise = true;
    HEARTH_TRY_ASSIGN(experts.scale, keys.getOr<float>("expert_weights_scale", 1.0F));
    if (experts.scale == 0.0F) // what converters write for "none"
        experts.scale = 1.0F;
    HEARTH_TRY_ASSIGN(experts.groups, keys.getOr<std::int32_t>("expert_group_count", 1));
    HEARTH_TRY_ASSIGN(experts.topGroups,
                      keys.getOr<std::int32_t>("expert_group_used_count", experts.groups));
    if (experts.groups == 0)
        experts.groups = experts.topGroups = 1;
    return {};
}

} // namespace

Result<void> readGgufExperts(const GgufKeys& keys, DecoderSpec& decoder) {
    ExpertSpec& experts = decoder.experts;
    HEARTH_TRY_ASSIGN(experts.count, keys.getOr<std::int32_t>("expert_count", 0));
    if (experts.count == 0)
        return {};
    experts.inLayer = layersWithRouter(keys.checkpoint(), decoder.layers);
    HEARTH_TRY_ASSIGN(experts.perToken, keys.get<std::int32_t>("expert_used_count"));
    HEARTH_TRY_ASSIGN(experts.feedForward,
                      keys.getOr<std::int32_t>("expert_feed_forward_length",
                                               decoder.feedForward));
    HEARTH_TRY_ASSIGN(experts.sharedFeedForward, sharedFeedForward(keys, experts));
    HEARTH_TRY(readRouting(keys, experts));
    nameGgufExperts(keys.checkpoint(), decoder);
    return {};
}

} // namespace hearth
