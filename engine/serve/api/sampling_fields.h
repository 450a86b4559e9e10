#pragma once

#include "hearth/engine.h"
#include "hearth/request.h"
#include "serve/api/form.h"
#include "serve/http/exchange.h"

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace hearth::serve {

/// What bodies of several APIs say of how tokens are drawn, under OpenAI's names and those that
/// LMDeploy and vLLM added.
struct SamplingFields {
    std::optional<double> temperature;
    std::optional<double> topP;
    std::optional<double> minP;
    std::optional<std::int32_t> topK;
    std::optional<double> repetitionPenalty;
    double presencePenalty = 0.0;
    double frequencyPenalty = 0.0;
    std::optional<std::int64_t> seed;
    std::vector<TokenBias> logitBias;
    std::vector<std::string> stop;
    std::vector<std::int32_t> stopTokenIds;
    bool ignoreEos = false;
    std::int32_t priority = 0; ///< Above 0: after other requests.
};

/// What a body leaves open, absent or null: what the model's makers suggest, else LMDeploy's
/// numbers.
struct SamplingDefaults {
    explicit SamplingDefaults(const SuggestedSampling& suggested = {})
        : temperature(suggested.temperature.value_or(0.7F))
        , topP(suggested.topP.value_or(1.0F))
        , topK(suggested.topK.value_or(40))
        , minP(suggested.minP.value_or(0.0F))
        , repetitionPenalty(suggested.repetitionPenalty.value_or(1.0F)) {}

    float temperature;
    float topP;
    std::int32_t topK;
    float minP;
    float repetitionPenalty;
};

inline constexpr std::size_t kMaxStops = 64;
inline constexpr std::size_t kMaxStopBytes = 4096;
inline constexpr std::int32_t kMaxTopLogprobs = 20;

/// One string or a list of them.
FieldType<std::vector<std::string>> stopType();
/// {"token id": bias}
FieldType<std::vector<TokenBias>> logitBiasType();

/// How many tokens a reply may have, as Request::maxTokens says it: above 0, or as llama.cpp and
/// LM Studio write it -1 (or -2) for all that the context holds, which becomes 0.
FieldType<std::int32_t> newTokensType();

/// Puts the fields into a request.
void applySampling(const SamplingFields& fields, const SamplingDefaults& defaults,
                   Request& request);

/// Lane::Api, unless the header "x-hearth-lane: title" (or "job") or a priority above 0 says that
/// the request can wait.
[[nodiscard]] Lane laneOf(const HttpRequest& request, std::int32_t priority);

template<typename T>
void addSamplingFields(Form<T>& form) {
    form.field("temperature", &SamplingFields::temperature, number(0.0, 2.0),
               "0: always the likeliest token.")
        .field("top_p", &SamplingFields::topP, number(0.0, 1.0, LowEnd::Excluded),
               "Draw from the likeliest tokens that have so much probability together.")
        .field("top_k", &SamplingFields::topK, integer(-1, 1 << 30),
               "Draw from so many likeliest tokens; 0 or -1: from all.")
        .field("min_p", &SamplingFields::minP, number(0.0, 1.0),
               "Leave out tokens below this share of the likeliest one's probability.")
        .field("repetition_penalty", &SamplingFields::repetitionPenalty,
               number(0.0, 100.0, LowEnd::Excluded), "Above 1: tokens seen before are less likely.")
        .field("presence_penalty", &SamplingFields::presencePenalty, number(-2.0, 2.0),
               "Taken off the logit of tokens that occurred.")
        .field("frequency_penalty", &SamplingFields::frequencyPenalty, number(-2.0, 2.0),
               "Taken off the logit of tokens for each time they occurred.")
        .field("seed", &SamplingFields::seed,
               integer64(std::numeric_limits<std::int64_t>::min(),
                         std::numeric_limits<std::int64_t>::max()),
               "The same seed draws the same tokens.")
        .field("logit_bias", &SamplingFields::logitBias, logitBiasType(),
               "Added to the logits of token ids.")
        .field("stop", &SamplingFields::stop, stopType(),
               "The reply ends before any of these texts.")
        .field("stop_token_ids", &SamplingFields::stopTokenIds,
               list(integer(0, std::numeric_limits<std::int32_t>::max()), 0, kMaxStops),
               "Tokens that end the reply, besides the model's own.")
        .field("ignore_eos", &SamplingFields::ignoreEos, boolean(),
               "Go on where the model would end its turn.")
        .field("priority", &SamplingFields::priority, integer(-1000000, 1000000),
               "Above 0: other requests go first.");
}

} // namespace hearth::serve
