#include "models/layer_types.h"

#include <algorithm>
#include <string>

#include <fmt/format.h>

namespace hearth {

Result<std::vector<bool>> readSlidingLayers(const ConfigReader& config, std::int32_t layers,
                                            const std::function<bool(std::int32_t)>& fallback) {
    std::vector<bool> sliding(static_cast<std::size_t>(layers));
    HEARTH_TRY_ASSIGN(const std::vector<std::string> types, config.texts("layer_types"));
    if (types.empty()) {
        for (std::int32_t layer = 0; layer < layers; ++layer)
            sliding[static_cast<std::size_t>(layer)] = fallback(layer);
        return sliding;
    }
    if (types.size() != sliding.size())
        return config.wrong("layer_types",
                            fmt::format("{} types for {} layers", types.size(), layers));
    for (std::size_t layer = 0; layer < types.size(); ++layer) {
        if (types[layer] != "full_attention" && types[layer] != "sliding_attention")
            return config.unsupported("layer_types", types[layer]);
        sliding[layer] = types[layer] == "sliding_attention";
    }
    return sliding;
}

std::vector<bool> slidingPattern(std::int32_t layers, std::int32_t pattern) {
    std::vector<bool> sliding(static_cast<std::size_t>(layers));
    for (std::int32_t layer = 0; layer < layers; ++layer)
        sliding[static_cast<std::size_t>(layer)] = (layer + 1) % pattern != 0;
    return sliding;
}

std::vector<bool> everyLayer(std::int32_t layers) {
    return std::vector<bool>(static_cast<std::size_t>(layers), true);
}

void addSlidingForm(DecoderSpec& decoder, std::int32_t window, const RopeSpec& rope,
                    const std::vector<bool>& sliding) {
    const auto count = std::count(sliding.begin(), sliding.end(), true);
    if (count == 0)
        return;
    const AttentionForm form{window >= decoder.trainedContext ? 0 : window, rope};
    if (count == std::ssize(sliding)) {
        decoder.forms = {form};
        return;
    }
    decoder.forms.push_back(form);
    decoder.formOfLayer.assign(sliding.begin(), sliding.end());
}

void addSlidingForm(DecoderSpec& decoder, std::int32_t window, const std::vector<bool>& sliding) {
    if (window != 0)
        addSlidingForm(decoder, window, RopeSpec(decoder.forms.front().rope), sliding);
}

} // namespace hearth
