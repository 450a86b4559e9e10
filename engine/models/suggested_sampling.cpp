#include "models/suggested_sampling.h"

#include <nlohmann/json.hpp>

#include <functional>
#include <string_view>

namespace hearth {

namespace {

/// The number that a checkpoint has for one of the options, under either of its names.
struct Names {
    const char* json;
    const char* gguf;
};
using Numbers = std::function<std::optional<double>(const Names&)>;

constexpr Names kTemperature{"temperature", "general.sampling.temp"};
constexpr Names kTopP{"top_p", "general.sampling.top_p"};
constexpr Names kTopK{"top_k", "general.sampling.top_k"};
constexpr Names kMinP{"min_p", "general.sampling.min_p"};
constexpr Names kRepetition{"repetition_penalty", "general.sampling.penalty_repeat"};

enum class LowEnd : std::uint8_t { Included, Excluded };

/// NaN fails every comparison.
std::optional<float> within(std::optional<double> value, double high, LowEnd lowEnd) {
    const bool fits = value && (lowEnd == LowEnd::Included ? *value >= 0.0 : *value > 0.0) &&
                      *value <= high;
    return fits ? std::optional(static_cast<float>(*value)) : std::nullopt;
}

/// Some configs say -1 where all tokens are meant.
std::optional<std::int32_t> wholeNumber(std::optional<double> value) {
    constexpr double kMost = 1 << 30;
    if (!value || !(*value >= -1.0 && *value <= kMost))
        return std::nullopt;
    const auto whole = static_cast<std::int32_t>(*value);
    if (static_cast<double>(whole) != *value)
        return std::nullopt;
    return whole < 0 ? 0 : whole;
}

SuggestedSampling fromNumbers(const Numbers& number) {
    SuggestedSampling sampling;
    sampling.temperature = within(number(kTemperature), 100.0, LowEnd::Included);
    sampling.topP = within(number(kTopP), 1.0, LowEnd::Excluded);
    sampling.topK = wholeNumber(number(kTopK));
    sampling.minP = within(number(kMinP), 1.0, LowEnd::Included);
    sampling.repetitionPenalty = within(number(kRepetition), 100.0, LowEnd::Excluded);
    return sampling;
}

} // namespace

SuggestedSampling suggestedSampling(const Checkpoint& checkpoint) {
    if (checkpoint.kind() == Checkpoint::Kind::Gguf)
        return fromNumbers([&](const Names& names) -> std::optional<double> {
            const auto value = checkpoint.gguf().get<double>(names.gguf);
            return value ? std::optional(*value) : std::nullopt;
        });
    return fromNumbers([&](const Names& names) -> std::optional<double> {
        const nlohmann::json& config = checkpoint.generationConfig();
        if (!config.is_object())
            return std::nullopt;
        const auto found = config.find(names.json);
        if (found == config.end() || !found->is_number())
            return std::nullopt;
        return found->get<double>();
    });
}

nlohmann::json generationConfigOf(const SuggestedSampling& sampling) {
    nlohmann::json config = nlohmann::json::object();
    const auto put = [&](const Names& names, const auto& value) {
        if (value)
            config[names.json] = *value;
    };
    put(kTemperature, sampling.temperature);
    put(kTopP, sampling.topP);
    put(kTopK, sampling.topK);
    put(kMinP, sampling.minP);
    put(kRepetition, sampling.repetitionPenalty);
    return config;
}

} // namespace hearth
