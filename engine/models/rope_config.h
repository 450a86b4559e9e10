#pragma once

#include "hearth/result.h"
#include "models/config_reader.h"
#include "models/rope.h"

#include <cstdint>
#include <string_view>

namespace hearth {

/// Where an architecture's config keeps what a rope needs.
struct RopeKeys {
    std::string_view base = "rope_theta";
    std::string_view partial = "partial_rotary_factor"; ///< Share of a head that turns.
    double defaultBase = 10000.0;
    double defaultPartial = 1.0;
    /// In newer configs `rope_parameters` holds an object for each kind of layer:
    /// "full_attention", "sliding_attention". Used where it is there.
    std::string_view layerType = {};
};

/// The rope of heads `headWidth` wide, as `rope_parameters` (newer) or `rope_scaling` beside
/// `rope_theta` (older) say it: default, linear, dynamic, llama3, yarn, longrope ("su").
/// `trainedContext`: max_position_embeddings, in tokens. Unsupported names the type of any other.
Result<RopeSpec> readRope(const ConfigReader& config, std::int32_t headWidth,
                          std::int32_t trainedContext, const RopeKeys& keys = {});

} // namespace hearth
