#pragma once

#include "hearth/result.h"
#include "models/config_reader.h"
#include "models/decoder_spec.h"

#include <cstdint>
#include <functional>
#include <vector>

namespace hearth {

/// Which layers see a sliding window: those of `layer_types` where the config has it, else what
/// `fallback` says of a layer. Unsupported names a type of layer that is neither full nor sliding.
Result<std::vector<bool>> readSlidingLayers(const ConfigReader& config, std::int32_t layers,
                                            const std::function<bool(std::int32_t)>& fallback);
/// The same without a config: layer i slides unless (i + 1) is a multiple of `pattern`.
std::vector<bool> slidingPattern(std::int32_t layers, std::int32_t pattern);
/// All layers.
std::vector<bool> everyLayer(std::int32_t layers);

/// Gives the sliding layers of a decoder with one form another: with this window (0, or as long as
/// the context: none) and rope. What no layer has is left out.
void addSlidingForm(DecoderSpec& decoder, std::int32_t window, const RopeSpec& rope,
                    const std::vector<bool>& sliding);
/// Likewise with the same rope in all layers.
void addSlidingForm(DecoderSpec& decoder, std::int32_t window, const std::vector<bool>& sliding);

} // namespace hearth
