#include "serve/api/sampling_fields.h"

#include <algorithm>
#include <charconv>
#include <limits>
#include <utility>

namespace hearth::serve {

namespace {

constexpr std::size_t kMaxBiases = 4096;

std::optional<std::int32_t> tokenId(const std::string& text) {
    std::int32_t id = -1;
    const auto [end, problem] = std::from_chars(text.data(), text.data() + text.size(), id);
    if (problem != std::errc{} || end != text.data() + text.size() || id < 0)
        return std::nullopt;
    return id;
}

std::optional<std::vector<TokenBias>> readBiases(const Json& value, Reading& reading) {
    if (!value.is_object()) {
        detail::addWrongKind(reading, "dict_type", "a valid dictionary");
        return std::nullopt;
    }
    if (value.size() > kMaxBiases) {
        detail::addTooLong(reading, kMaxBiases, value.size());
        return std::nullopt;
    }
    const FieldType<double> bias = number(-100.0, 100.0);
    std::vector<TokenBias> biases;
    for (const auto& [key, entry] : value.items()) {
        const Reading::Step step(reading, key);
        const std::optional<std::int32_t> id = tokenId(key);
        if (!id)
            reading.add("int_parsing", "The key should be a token id");
        const std::optional<double> read = bias.read(entry, reading);
        if (id && read)
            biases.push_back({*id, static_cast<float>(*read)});
    }
    if (biases.size() != value.size())
        return std::nullopt;
    return biases;
}

} // namespace

FieldType<std::vector<std::string>> stopType() {
    const FieldType<std::string> one = text(1, kMaxStopBytes);
    return oneOf<std::vector<std::string>>(
        {one.map([](std::string stop) { return std::vector{std::move(stop)}; }),
         list(one, 0, kMaxStops)});
}

FieldType<std::int32_t> newTokensType() {
    FieldType<std::int32_t> type = integer(-2, std::numeric_limits<std::int32_t>::max());
    type.read = [read = std::move(type.read)](const Json& value,
                                              Reading& reading) -> std::optional<std::int32_t> {
        const std::optional<std::int32_t> tokens = read(value, reading);
        if (!tokens || *tokens != 0)
            return tokens ? std::optional(std::max(*tokens, 0)) : std::nullopt;
        reading.add("greater_than_equal",
                    "Input should be 1 or more, or -1: as many as the context holds");
        return std::nullopt;
    };
    return type;
}

FieldType<std::vector<TokenBias>> logitBiasType() {
    FieldType<std::vector<TokenBias>> type;
    type.expected = "a valid dictionary";
    type.schema = {
        {"type", "object"},
        {"additionalProperties", {{"type", "number"}, {"minimum", -100}, {"maximum", 100}}}};
    type.accepts = [](const Json& value) { return value.is_object(); };
    type.read = readBiases;
    return type;
}

void applySampling(const SamplingFields& fields, const SamplingDefaults& defaults,
                   Request& request) {
    SamplingOptions& options = request.sampling;
    options.temperature = static_cast<float>(fields.temperature.value_or(defaults.temperature));
    options.topP = static_cast<float>(fields.topP.value_or(defaults.topP));
    options.topK = std::max(fields.topK.value_or(defaults.topK), 0);
    options.minP = static_cast<float>(fields.minP.value_or(defaults.minP));
    options.repetitionPenalty =
        static_cast<float>(fields.repetitionPenalty.value_or(defaults.repetitionPenalty));
    options.presencePenalty = static_cast<float>(fields.presencePenalty);
    options.frequencyPenalty = static_cast<float>(fields.frequencyPenalty);
    if (fields.seed)
        options.seed = static_cast<std::uint64_t>(*fields.seed);
    options.biases = fields.logitBias;
    request.stopStrings = fields.stop;
    request.stopTokens = fields.stopTokenIds;
    request.ignoreEos = fields.ignoreEos;
}

} // namespace hearth::serve
