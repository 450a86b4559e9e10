#pragma once

#include <cstdint>
#include <deque>

namespace hearth {

/// Tokens a second over the last second of work: idle time does not count.
class RateMeter {
public:
    void add(std::int32_t tokens, double seconds) {
        m_steps.push_back({tokens, seconds});
        m_tokens += tokens;
        m_seconds += seconds;
        while (m_steps.size() > 1 && m_seconds - m_steps.front().seconds >= kWindowSeconds) {
            m_tokens -= m_steps.front().tokens;
            m_seconds -= m_steps.front().seconds;
            m_steps.pop_front();
        }
    }
    [[nodiscard]] double tokensPerSecond() const {
        return m_seconds > 0.0 ? double(m_tokens) / m_seconds : 0.0;
    }

private:
    static constexpr double kWindowSeconds = 1.0;

    struct Step {
        std::int32_t tokens;
        double seconds;
    };

    std::deque<Step> m_steps;
    std::int64_t m_tokens = 0;
    double m_seconds = 0.0;
};

} // namespace hearth
