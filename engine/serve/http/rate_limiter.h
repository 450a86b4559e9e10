#pragma once

#include <chrono>
#include <cstdint>
#include <mutex>
#include <string>
#include <unordered_map>

namespace hearth::serve {

/// A token bucket for each name: a burst of a minute's requests, refilled evenly. Thread-safe.
class RateLimiter {
public:
    using Clock = std::chrono::steady_clock;

    /// 0: no limit.
    explicit RateLimiter(std::int32_t perMinute) : m_perMinute(perMinute) {}

    /// 0 if `name` may send a request now, which is then counted; else the whole seconds until it
    /// may.
    [[nodiscard]] std::int32_t take(const std::string& name, Clock::time_point now);

private:
    struct Bucket {
        double tokens = 0.0;
        Clock::time_point at;
    };
    void forgetFull(Clock::time_point now);

    const std::int32_t m_perMinute;
    std::mutex m_mutex;
    std::unordered_map<std::string, Bucket> m_buckets;
};

} // namespace hearth::serve
