#include "sampling/sampling_options.h"

#include "base/field_failure.h"

#include <string>

#include <fmt/format.h>

namespace hearth {

namespace {

constexpr std::size_t kMaxStopStrings = 64;
constexpr std::size_t kMaxStopBytes = 4096;
constexpr std::size_t kMaxVisibleSpecials = 64;
constexpr std::size_t kMaxBiases = 4096;
constexpr std::int32_t kMaxLogprobs = 20;

enum class LowEnd : std::uint8_t { Included, Excluded };

/// NaN fails every comparison and so is refused too.
Result<void> within(const char* field, float value, float low, float high,
                    LowEnd lowEnd = LowEnd::Included) {
    const bool aboveLow = lowEnd == LowEnd::Included ? value >= low : value > low;
    if (aboveLow && value <= high)
        return {};
    return invalidArgument(field, fmt::format("{} is not within {} and {}", value, low, high));
}

} // namespace

Result<void> checkSampling(const SamplingOptions& options) {
    HEARTH_TRY(within("temperature", options.temperature, 0.0F, 100.0F));
    HEARTH_TRY(within("top_p", options.topP, 0.0F, 1.0F, LowEnd::Excluded));
    HEARTH_TRY(within("min_p", options.minP, 0.0F, 1.0F));
    HEARTH_TRY(within("repetition_penalty", options.repetitionPenalty, 0.0F, 100.0F,
                      LowEnd::Excluded));
    HEARTH_TRY(within("presence_penalty", options.presencePenalty, -2.0F, 2.0F));
    HEARTH_TRY(within("frequency_penalty", options.frequencyPenalty, -2.0F, 2.0F));
    if (options.topK < 0)
        return invalidArgument("top_k", fmt::format("{} is negative", options.topK));
    if (options.logprobs < -1 || options.logprobs > kMaxLogprobs)
        return invalidArgument(
            "logprobs", fmt::format("{} is not within 0 and {}", options.logprobs, kMaxLogprobs));
    if (options.biases.size() > kMaxBiases)
        return invalidArgument("logit_bias", fmt::format("more than {} entries", kMaxBiases));
    for (const TokenBias& bias : options.biases)
        HEARTH_TRY(within("logit_bias", bias.bias, -100.0F, 100.0F));
    return {};
}

Result<void> checkRequest(const Request& request) {
    HEARTH_TRY(checkSampling(request.sampling));
    if (request.promptLogprobs < -1 || request.promptLogprobs > kMaxLogprobs)
        return invalidArgument(
            "prompt_logprobs",
            fmt::format("{} is not within 0 and {}", request.promptLogprobs, kMaxLogprobs));
    if (request.maxTokens < 0)
        return invalidArgument("max_tokens", fmt::format("{} is negative", request.maxTokens));
    if (request.stopStrings.size() > kMaxStopStrings)
        return invalidArgument("stop", fmt::format("more than {} strings", kMaxStopStrings));
    for (const std::string& stop : request.stopStrings)
        if (stop.empty() || stop.size() > kMaxStopBytes)
            return invalidArgument("stop", fmt::format("a string of {} bytes; 1 to {} are allowed",
                                                       stop.size(), kMaxStopBytes));
    if (request.visibleSpecials.size() > kMaxVisibleSpecials)
        return invalidArgument("special tokens",
                               fmt::format("more than {} names", kMaxVisibleSpecials));
    return {};
}

Result<void> checkTokenIds(const Request& request, std::int32_t vocabulary) {
    const auto check = [&](const char* field, std::int32_t token) -> Result<void> {
        if (token >= 0 && token < vocabulary)
            return {};
        return invalidArgument(
            field, fmt::format("token {} is outside of the vocabulary of {}", token, vocabulary));
    };
    for (const TokenBias& bias : request.sampling.biases)
        HEARTH_TRY(check("logit_bias", bias.token));
    for (const std::int32_t token : request.stopTokens)
        HEARTH_TRY(check("stop_token_ids", token));
    if (const auto* prompt = std::get_if<TokenPrompt>(&request.prompt))
        for (const std::int32_t token : prompt->tokens)
            HEARTH_TRY(check("prompt", token));
    for (const std::int32_t token : request.decoderTokens)
        HEARTH_TRY(check("decoder tokens", token));
    return {};
}

kernels::SamplingRow samplingRow(const SamplingOptions& options,
                                 std::span<const kernels::LogitBias> biases, std::uint64_t seed,
                                 std::int64_t position, std::span<const std::int32_t> prompt,
                                 std::span<const std::int32_t> generated) {
    kernels::SamplingRow row;
    row.temperature = options.temperature;
    row.topK = options.topK;
    row.topP = options.topP;
    row.minP = options.minP;
    row.repetitionPenalty = options.repetitionPenalty;
    row.presencePenalty = options.presencePenalty;
    row.frequencyPenalty = options.frequencyPenalty;
    row.seed = seed;
    row.position = position;
    row.promptTokens = prompt;
    row.generatedTokens = generated;
    row.biases = biases;
    row.logprobs = options.logprobs;
    return row;
}

} // namespace hearth
