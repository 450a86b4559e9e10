#pragma once

#include <cstdint>
#include <span>
#include <vector>

namespace hearth::kernels {

/// A constant added to one token's logit.
struct LogitBias {
    std::int32_t token = 0;
    float bias = 0.0F;
};

/// How one row of logits becomes a token. The order is: logit bias, repetition (Keskar et al.
/// 2019), presence and frequency penalties (OpenAI's definitions), mask, then greedy at temperature
/// 0, else temperature, top-k, top-p (Holtzman et al. 2020), min-p (relative to the largest).
/// The draw uses a counter-based stream (Philox 4x32-10) keyed by (seed, position) and depends on
/// nothing else: not on the batch, nor on the steps before.
struct SamplingRow {
    float temperature = 1.0F;
    std::int32_t topK = 0; ///< 0: all.
    float topP = 1.0F;
    float minP = 0.0F;
    float repetitionPenalty = 1.0F;
    float presencePenalty = 0.0F;
    float frequencyPenalty = 0.0F;
    std::uint64_t seed = 0;
    std::int64_t position = 0; ///< Index of the drawn token in its sequence.
    std::span<const std::int32_t> promptTokens;    ///< Repetition penalty only.
    std::span<const std::int32_t> generatedTokens; ///< All three penalties.
    std::span<const LogitBias> biases;
    std::span<const std::uint32_t> allowed; ///< Bit mask over the vocabulary; empty: all allowed.
    std::int32_t logprobs = -1; ///< -1: none; n: the chosen token's and those of the n likeliest.
    /// ≥ 0: this token is taken whatever its probability (a prompt's next one), for its logprob's
    /// sake. Beyond the vocabulary: InvalidArgument.
    std::int32_t given = -1;
};

enum class SampleStatus : std::uint8_t {
    Ok,
    NonFinite,      ///< NaN or +Inf among the logits.
    NothingAllowed, ///< Every token is masked.
};

struct TokenLogprob {
    std::int32_t token = 0;
    float logprob = 0.0F;
};

/// `logprob` and `top` are of the model's own distribution (before temperature and cuts, after
/// biases, penalties and masks).
struct SampleResult {
    SampleStatus status = SampleStatus::Ok;
    std::int32_t token = 0;
    float logprob = 0.0F;
    std::vector<TokenLogprob> top; ///< Likeliest first.
};

} // namespace hearth::kernels
