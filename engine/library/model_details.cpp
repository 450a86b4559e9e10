#include "hearth/model_details.h"

#include "formats/checkpoint.h"
#include "models/model_kind.h"
#include "models/model_spec.h"
#include "models/weight_loader.h"

#include <algorithm>
#include <array>
#include <string_view>

namespace hearth {

namespace {

constexpr std::array<std::string_view, 6> kParts{"embedding", "attention", "feed-forward",
                                                 "experts",   "norms",     "output"};
/// Activations and what an engine takes besides.
constexpr std::uint64_t kWorkingBytes = std::uint64_t{256} << 20;

/// By the weight's name in the program (decoder_layer.cpp).
std::string_view partOf(std::string_view name) {
    const auto has = [&](std::string_view text) {
        return name.find(text) != std::string_view::npos;
    };
    if (has("norm"))
        return "norms";
    if (has("experts.") || has("router"))
        return "experts";
    if (has("gate_up") || has(".up.") || has(".down.") || has("shared_"))
        return "feed-forward";
    if (has("layers.") || has("relative"))
        return "attention";
    return name.starts_with("output") ? "output" : "embedding";
}

std::uint64_t parametersOf(const WeightRequest& request) {
    std::uint64_t count = 0;
    for (const TensorPart& part : request.parts)
        count += std::uint64_t(part.takenNumbers());
    return count;
}

/// Encoders keep none: their keys and values go with each layer.
void addCache(const DecoderProgram& program, ModelDetails& details) {
    for (const kernels::KvLayout& layout : program.kv) {
        const std::uint64_t bytes = layout.blockBytes() / std::uint64_t(layout.blockTokens);
        if (layout.kind == kernels::KvKind::SlidingWindow) {
            details.windowBytesPerToken += bytes;
            details.window = std::max(details.window, layout.window);
        } else {
            details.kvBytesPerToken += bytes;
        }
    }
}

void addParts(const Checkpoint& checkpoint, const DecoderProgram& program, ModelDetails& details) {
    for (const std::string_view name : kParts)
        details.parts.push_back({std::string(name), 0, 0});
    for (const WeightRequest& request : program.weights) {
        const std::string_view name = partOf(request.name);
        ModelPart& part = *std::ranges::find(details.parts, name, &ModelPart::name);
        const std::uint64_t bytes = weightBytes(checkpoint, {request});
        part.bytes += bytes;
        part.parameters += parametersOf(request);
        details.bytes += bytes;
    }
    std::erase_if(details.parts, [](const ModelPart& part) { return part.parameters == 0; });
}

} // namespace

std::uint64_t ModelDetails::cacheBytes(std::uint64_t tokens) const {
    return kvBytesPerToken * tokens +
           windowBytesPerToken * std::min(tokens, std::uint64_t(std::max(window, 0)));
}

std::int32_t ModelDetails::largestContext(std::uint64_t budget) const {
    const auto fits = [&](std::int32_t tokens) {
        return bytes + kWorkingBytes + cacheBytes(std::uint64_t(tokens)) <= budget;
    };
    std::int32_t low = 0;
    std::int32_t high = fits(0) ? trainedContext : 0;
    while (low < high) {
        const std::int32_t middle = low + (high - low + 1) / 2;
        if (fits(middle))
            low = middle;
        else
            high = middle - 1;
    }
    return low;
}

Result<ModelDetails> describeParts(const std::string& path) {
    HEARTH_TRY_ASSIGN(const Checkpoint checkpoint, Checkpoint::open(path));
    HEARTH_TRY_ASSIGN(const ModelSpec spec, describeAnyModel(checkpoint));
    const DecoderProgram program = programOf(spec, checkpoint, Shard{});
    HEARTH_TRY(checkWeights(checkpoint, program.weights));
    ModelDetails details;
    addParts(checkpoint, program, details);
    HEARTH_TRY_ASSIGN(const ModelKind kind, modelKindOf(checkpoint));
    if (kind != ModelKind::Encoder)
        addCache(program, details);
    details.trainedContext = sizesOf(spec).trainedContext;
    return details;
}

} // namespace hearth
