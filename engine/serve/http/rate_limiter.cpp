#include "serve/http/rate_limiter.h"

#include <algorithm>
#include <cmath>

namespace hearth::serve {

namespace {

constexpr std::size_t kMostBuckets = 65536;

} // namespace

std::int32_t RateLimiter::take(const std::string& name, Clock::time_point now) {
    if (m_perMinute <= 0)
        return 0;
    const std::scoped_lock lock(m_mutex);
    if (m_buckets.size() >= kMostBuckets)
        forgetFull(now);
    const double perSecond = m_perMinute / 60.0;
    const auto [entry, isNew] = m_buckets.try_emplace(name, Bucket{double(m_perMinute), now});
    Bucket& bucket = entry->second;
    const double elapsed = std::chrono::duration<double>(now - bucket.at).count();
    bucket.tokens = std::min(double(m_perMinute), bucket.tokens + elapsed * perSecond);
    bucket.at = now;
    if (bucket.tokens < 1.0)
        return std::max(1, static_cast<std::int32_t>(std::ceil((1.0 - bucket.tokens) / perSecond)));
    bucket.tokens -= 1.0;
    return 0;
}

void RateLimiter::forgetFull(Clock::time_point now) {
    std::erase_if(m_buckets, [&](const auto& entry) {
        return now - entry.second.at >= std::chrono::minutes(1);
    });
}

} // namespace hearth::serve
