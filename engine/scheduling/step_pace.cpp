#include "scheduling/step_pace.h"

#include <algorithm>

namespace hearth {

namespace {

/// Share of a measurement in the average of steps that only decode.
constexpr double kDecodeWeight = 0.25;
/// Cheaper steps than thought count so much, dearer ones by their size: a step that something
/// else held up must not bring small steps, which say little, for long.
constexpr double kMostWeight = 0.5;
constexpr double kFullWeightTokens = 512.0;
/// Prefill costs at least this share of a step's mean cost a token, whatever is taken off for
/// decodes: their number may have changed since they were measured.
constexpr double kLeastShare = 0.25;

} // namespace

std::int32_t StepPace::prefillTokens() const {
    if (m_options.targetSeconds <= 0.0)
        return kUnlimited;
    if (m_secondsPerToken < 0.0)
        return m_options.leastTokens;
    const double seconds = m_options.targetSeconds - m_decodeSeconds;
    const double most = double(kUnlimited);
    const double tokens = seconds >= most * m_secondsPerToken ? most : seconds / m_secondsPerToken;
    if (tokens >= most)
        return kUnlimited;
    const auto rounded = std::int32_t(tokens) / m_options.roundedTokens * m_options.roundedTokens;
    return std::max(rounded, m_options.leastTokens);
}

void StepPace::measured(std::int32_t prefillTokens, std::int32_t decodeTokens, double seconds) {
    if (!m_warm) {
        m_warm = true;
        return;
    }
    if (prefillTokens == 0) {
        m_decodeSeconds = m_decodeSeconds > 0.0
                              ? m_decodeSeconds + kDecodeWeight * (seconds - m_decodeSeconds)
                              : seconds;
        return;
    }
    // What a step costs however few its tokens would pass for a high price.
    if (prefillTokens < m_options.leastTokens)
        return;
    const double mean = seconds / double(prefillTokens + decodeTokens);
    const double price =
        std::max((seconds - m_decodeSeconds) / double(prefillTokens), kLeastShare * mean);
    if (m_secondsPerToken < 0.0) {
        m_secondsPerToken = price;
        return;
    }
    const double weight = price < m_secondsPerToken
                              ? kMostWeight
                              : std::min(kMostWeight, double(prefillTokens) / kFullWeightTokens);
    m_secondsPerToken += weight * (price - m_secondsPerToken);
}

} // namespace hearth
