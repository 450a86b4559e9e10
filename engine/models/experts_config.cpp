#include "models/experts_config.h"

#include "models/tensor_names.h"

#include <algorithm>
#include <cstddef>
#include <utility>

#include <fmt/format.h>

namespace hearth {

namespace {

std::int32_t firstLayerWithExperts(const DecoderSpec& decoder) {
    const auto& in = decoder.experts.inLayer;
    return static_cast<std::int32_t>(std::find(in.begin(), in.end(), true) - in.begin());
}

/// Every expert's rows of a tensor [experts, rowsOfOne, …]: `count` of them from `first` on.
MatrixRows stacked(std::string name, const ExpertSpec& experts, std::int64_t rowsOfOne,
                   std::int64_t first, std::int64_t count) {
    return {{std::move(name), experts.count * rowsOfOne, first, count, 1, rowsOfOne}};
}

void nameFused(const std::string& prefix, DecoderSpec& decoder) {
    const ExpertSpec& experts = decoder.experts;
    const std::int64_t width = experts.feedForward;
    LayerNames& names = decoder.names.layer;
    names.expertGate = stacked(prefix + "gate_up_proj", experts, 2 * width, 0, width);
    names.expertUp = stacked(prefix + "gate_up_proj", experts, 2 * width, width, width);
    names.expertDown =
        stacked(prefix + "down_proj", experts, decoder.hidden, 0, decoder.hidden);
}

} // namespace

void nameExperts(const Checkpoint& checkpoint, const ExpertPlaces& places, DecoderSpec& decoder) {
    const ExpertSpec& experts = decoder.experts;
    LayerNames& names = decoder.names.layer;
    names.router = whole(places.router, experts.count);
    const std::int32_t first = firstLayerWithExperts(decoder);
    if (checkpoint.has(fmt::format(fmt::runtime(places.experts + "gate_up_proj"), first))) {
        nameFused(places.experts, decoder);
    } else {
        const std::string one = places.experts + "{}.";
        names.expertGate = whole(one + places.gate + ".weight", experts.feedForward);
        names.expertUp = whole(one + places.up + ".weight", experts.feedForward);
        names.expertDown = whole(one + places.down + ".weight", decoder.hidden);
    }
    if (experts.sharedFeedForward == 0)
        return;
    names.sharedGate = whole(places.shared + "gate_proj.weight", experts.sharedFeedForward);
    names.sharedUp = whole(places.shared + "up_proj.weight", experts.sharedFeedForward);
    names.sharedDown = whole(places.shared + "down_proj.weight", decoder.hidden);
}

Result<std::vector<bool>> sparseLayers(const ConfigReader& config, std::int32_t layers) {
    HEARTH_TRY_ASSIGN(const std::int32_t step, config.integer("decoder_sparse_step", 1));
    if (step < 1)
        return config.wrong("decoder_sparse_step", "must be above 0");
    std::vector<bool> sparse(static_cast<std::size_t>(layers));
    for (std::size_t layer = 0; layer < sparse.size(); ++layer)
        sparse[layer] = (layer + 1) % static_cast<std::size_t>(step) == 0;
    const nlohmann::json* dense = config.find("mlp_only_layers");
    if (dense == nullptr)
        return sparse;
    if (!dense->is_array())
        return config.wrong("mlp_only_layers", "must be a list of layers");
    for (const nlohmann::json& index : *dense) {
        if (!index.is_number_integer() || index.get<std::int64_t>() < 0)
            return config.wrong("mlp_only_layers", "must be a list of layers");
        // A layer that is not there is left out by transformers too.
        if (const auto layer = index.get<std::uint64_t>(); layer < sparse.size())
            sparse[layer] = false;
    }
    return sparse;
}

namespace {

Failure absurd(const Checkpoint& checkpoint, std::string_view field, std::string detail) {
    Error error;
    error.code = ErrorCode::Corrupt;
    error.path = checkpoint.path().string();
    error.field = field;
    error.detail = std::move(detail);
    return fail(std::move(error));
}

struct Range {
    std::string_view field;
    std::int64_t value;
    std::int64_t low;
    std::int64_t high;
};

template<std::size_t N>
Result<void> checkRanges(const Checkpoint& checkpoint, const Range (&ranges)[N]) {
    for (const Range& range : ranges)
        if (range.value < range.low || range.value > range.high)
            return absurd(checkpoint, range.field,
                          fmt::format("{} is not within {} and {}", range.value, range.low,
                                      range.high));
    return {};
}

constexpr std::int64_t kMostExperts = 1 << 14;
/// A program names every one: this many take a second and some hundred MB.
constexpr std::int64_t kMostOfModel = 1 << 17;
constexpr std::int64_t kWidest = 1 << 20;

} // namespace

Result<void> checkExperts(const Checkpoint& checkpoint, const DecoderSpec& decoder) {
    const ExpertSpec& experts = decoder.experts;
    if (experts.count == 0)
        return {};
    const Range ranges[] = {
        {"experts", experts.count, 1, kMostExperts},
        {"experts per token", experts.perToken, 1, experts.count},
        {"expert feed-forward size", experts.feedForward, 1, kWidest},
        {"shared feed-forward size", experts.sharedFeedForward, 0, kWidest},
        {"expert groups", experts.groups, 1, experts.count},
        {"expert groups per token", experts.topGroups, 1, experts.groups},
    };
    HEARTH_TRY(checkRanges(checkpoint, ranges));
    if (std::int64_t{experts.count} * decoder.layers > kMostOfModel)
        return absurd(checkpoint, "experts",
                      fmt::format("{} in each of {} layers are more than {} in all", experts.count,
                                  decoder.layers, kMostOfModel));
    const std::int32_t members = experts.count / experts.groups;
    if (experts.count % experts.groups != 0)
        return absurd(checkpoint, "expert groups",
                      fmt::format("{} experts do not fill {} groups", experts.count,
                                  experts.groups));
    if (experts.groups > 1 && experts.groupScore == kernels::RouterGroupScore::SumOfTwo &&
        members < 2)
        return absurd(checkpoint, "expert groups", "need two experts each");
    if (experts.perToken > members * experts.topGroups)
        return absurd(checkpoint, "experts per token",
                      fmt::format("{} are more than {} groups of {} hold", experts.perToken,
                                  experts.topGroups, members));
    if (!(experts.scale > 0.0F && experts.scale <= 1e6F))
        return absurd(checkpoint, "expert weights' scale",
                      fmt::format("{} is not within 0 and 10^6", experts.scale));
    return {};
}

Result<void> checkLatent(const Checkpoint& checkpoint, const DecoderSpec& decoder) {
    const LatentSpec& latent = decoder.latent;
    if (latent.kvRank == 0)
        return {};
    const Range ranges[] = {
        {"query rank", latent.queryRank, 0, kWidest},
        {"KV rank", latent.kvRank, 1, 1 << 16},
        {"head size without rope", latent.nopeWidth, 1, 4096},
        {"head size with rope", latent.ropeWidth, 2, 4096},
        {"value size", latent.valueWidth, 1, 4096},
    };
    return checkRanges(checkpoint, ranges);
}

} // namespace hearth
