#include "models/rope_config.h"

#include <cmath>
#include <optional>
#include <string>

namespace hearth {

namespace {

Result<void> readLlama3(const ConfigReader& scaling, RopeSpec& rope) {
    rope.scaling = RopeScaling::Llama3;
    HEARTH_TRY_ASSIGN(rope.lowFrequencyFactor, scaling.number("low_freq_factor", 1.0));
    HEARTH_TRY_ASSIGN(rope.highFrequencyFactor, scaling.number("high_freq_factor", 4.0));
    return {};
}

Result<void> readYarn(const ConfigReader& scaling, std::int32_t trainedContext, RopeSpec& rope) {
    rope.scaling = RopeScaling::Yarn;
    if (!scaling.has("factor") && rope.originalContext > 0.0)
        rope.factor = trainedContext / rope.originalContext;
    HEARTH_TRY_ASSIGN(rope.betaFast, scaling.number("beta_fast", 32.0));
    HEARTH_TRY_ASSIGN(rope.betaSlow, scaling.number("beta_slow", 1.0));
    HEARTH_TRY_ASSIGN(rope.truncate, scaling.boolean("truncate", true));
    HEARTH_TRY_ASSIGN(rope.magnitude, scaling.number("attention_factor", 0.0));
    HEARTH_TRY_ASSIGN(const double mscale, scaling.number("mscale", 0.0));
    HEARTH_TRY_ASSIGN(const double mscaleAll, scaling.number("mscale_all_dim", 0.0));
    if (rope.magnitude == 0.0 && mscale != 0.0 && mscaleAll != 0.0 && rope.factor > 1.0)
        rope.magnitude = (0.1 * mscale * std::log(rope.factor) + 1.0) /
                         (0.1 * mscaleAll * std::log(rope.factor) + 1.0);
    return {};
}

/// `factor` follows from the contexts where it is not stated.
Result<void> readLongRope(const ConfigReader& scaling, std::int32_t trainedContext,
                          RopeSpec& rope) {
    rope.scaling = RopeScaling::LongRope;
    HEARTH_TRY_ASSIGN(rope.divisors, scaling.numbers("short_factor"));
    HEARTH_TRY_ASSIGN(rope.longDivisors, scaling.numbers("long_factor"));
    if (rope.divisors.empty() || rope.longDivisors.empty())
        return scaling.wrong("short_factor", "and long_factor are needed");
    HEARTH_TRY_ASSIGN(rope.magnitude, scaling.number("attention_factor", 0.0));
    if (!scaling.has("factor") && rope.originalContext > 0.0)
        rope.factor = trainedContext / rope.originalContext;
    return {};
}

Result<void> readScaling(const ConfigReader& scaling, std::int32_t trainedContext, RopeSpec& rope) {
    HEARTH_TRY_ASSIGN(std::string type, scaling.text("rope_type", ""));
    if (type.empty()) {
        HEARTH_TRY_ASSIGN(type, scaling.text("type", "default"));
    }
    if (type == "default" || type == "none")
        return {};
    HEARTH_TRY_ASSIGN(rope.factor, scaling.number("factor", 1.0));
    const bool needsFactor = type == "linear" || type == "dynamic" || type == "llama3";
    if (needsFactor && !scaling.has("factor") && !scaling.has("alpha"))
        return scaling.wrong("factor", "is missing: how many times the context is lengthened");
    if (type == "linear") {
        rope.scaling = RopeScaling::Linear;
        return {};
    }
    if (type == "dynamic") { // the original length is always max_position_embeddings
        if (scaling.has("alpha"))
            return scaling.unsupported("alpha", "dynamic rope with a fixed alpha");
        rope.scaling = RopeScaling::Dynamic;
        rope.originalContext = trainedContext;
        return {};
    }
    HEARTH_TRY_ASSIGN(rope.originalContext,
                      scaling.number("original_max_position_embeddings", rope.originalContext));
    if (type == "llama3")
        return readLlama3(scaling, rope);
    // Phi 3's first files called it "su", and "yarn" all the same.
    if (type == "longrope" || type == "su" || (type == "yarn" && scaling.has("short_factor")))
        return readLongRope(scaling, trainedContext, rope);
    if (type == "yarn")
        return readYarn(scaling, trainedContext, rope);
    return scaling.unsupported(scaling.has("rope_type") ? "rope_type" : "type", type);
}

/// The object with the type of scaling, where the config has one.
Result<std::optional<ConfigReader>> scalingOf(const ConfigReader& config,
                                              std::string_view layerType) {
    const std::string_view key = config.has("rope_parameters") ? "rope_parameters" : "rope_scaling";
    HEARTH_TRY_ASSIGN(std::optional<ConfigReader> scaling, config.object(key));
    if (!scaling || layerType.empty() || !scaling->has(layerType))
        return scaling;
    return scaling->object(layerType);
}

} // namespace

Result<RopeSpec> readRope(const ConfigReader& config, std::int32_t headWidth,
                          std::int32_t trainedContext, const RopeKeys& keys) {
    RopeSpec rope;
    HEARTH_TRY_ASSIGN(const std::int32_t original,
                      config.integer("original_max_position_embeddings", trainedContext));
    rope.originalContext = original;
    HEARTH_TRY_ASSIGN(double partial, config.number(keys.partial, keys.defaultPartial));
    HEARTH_TRY_ASSIGN(rope.base, config.number(keys.base, keys.defaultBase));
    HEARTH_TRY_ASSIGN(const std::optional<ConfigReader> scaling, scalingOf(config, keys.layerType));
    if (scaling) {
        HEARTH_TRY_ASSIGN(rope.base, scaling->number("rope_theta", rope.base));
        HEARTH_TRY_ASSIGN(partial, scaling->number("partial_rotary_factor", partial));
        HEARTH_TRY(readScaling(*scaling, trainedContext, rope));
    }
    if (!(partial > 0.0 && partial <= 1.0))
        return config.wrong(keys.partial, "must be within 0 and 1");
    rope.width = static_cast<std::int32_t>(headWidth * partial);
    return rope;
}

} // namespace hearth
