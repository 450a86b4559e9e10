#pragma once

#include <cstdint>
#include <limits>

namespace hearth {

struct StepPaceOptions {
    double targetSeconds = 0.0;      ///< Of a step that also decodes; 0: prefill has no limit.
    std::int32_t leastTokens = 32;   ///< Prefill that such a step gets however slow the device.
    std::int32_t roundedTokens = 16; ///< More than that comes in multiples of so many.
};

/// How much prefill a step may carry beside decodes, so that those who read a reply don't wait
/// longer than a target for their next token while somebody else's prompt is read in. Goes by what
/// steps were seen to take: a + p · (prefill tokens), where a is what steps that only decode take.
/// Knows no clock. Used by one thread.
class StepPace {
public:
    static constexpr std::int32_t kUnlimited = std::numeric_limits<std::int32_t>::max();

    explicit StepPace(const StepPaceOptions& options) : m_options(options) {}

    /// Prefill tokens of the next step, if it decodes too: kUnlimited without a target, the least
    /// as long as nothing is known of the device.
    [[nodiscard]] std::int32_t prefillTokens() const;

    /// What a step took. The first one is passed over: it pays for what is only done once.
    void measured(std::int32_t prefillTokens, std::int32_t decodeTokens, double seconds);

private:
    const StepPaceOptions m_options;
    double m_decodeSeconds = 0.0;   ///< Of a step without prefill; 0: not known.
    double m_secondsPerToken = -1.0; ///< Of prefill; below 0: not known.
    bool m_warm = false;
};

} // namespace hearth
