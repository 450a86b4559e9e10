#include "serve/metrics/health.h"

#include <algorithm>
#include <condition_variable>
#include <utility>

namespace hearth::serve {

Health::Health(std::shared_ptr<ModelPool> models, Clock::duration stallAfter)
    : m_models(std::move(models))
    , m_stallAfter(stallAfter)
    , m_thread([this](const std::stop_token& stop) { watch(stop); }) {}

HealthState Health::state() const {
    const HealthState state = m_state.load();
    if (state == HealthState::Ready && Clock::now() - m_lastLook.load() > m_stallAfter * 2)
        return HealthState::Stalled;
    return state;
}

void Health::watch(const std::stop_token& stop) {
    const Clock::duration pause = std::clamp<Clock::duration>(
        m_stallAfter / 4, std::chrono::milliseconds(10), std::chrono::milliseconds(100));
    std::mutex mutex;
    std::condition_variable_any wake;
    while (!stop.stop_requested()) {
        look(Clock::now());
        std::unique_lock lock(mutex);
        wake.wait_for(lock, stop, pause, [] { return false; });
    }
}

void Health::look(Clock::time_point now) {
    bool loading = false;
    bool loaded = false;
    bool stalled = false;
    bool lost = false;
    std::map<std::string, Progress> seen;
    for (const PoolModelStatus& status : m_models->models()) {
        loading |= status.state == PoolState::Loading;
        loaded |= status.state == PoolState::Loaded;
        if (!status.engine)
            continue;
        const EngineStatistics statistics = status.engine->statistics();
        lost |= statistics.deviceLost;
        Progress progress{statistics.steps, now};
        const auto before = m_progress.find(status.model.name);
        const bool working = statistics.running > 0 || statistics.waiting > 0;
        if (working && before != m_progress.end() && before->second.steps == statistics.steps)
            progress.since = before->second.since;
        stalled |= now - progress.since >= m_stallAfter;
        seen.emplace(status.model.name, progress);
    }
    m_progress = std::move(seen);
    m_state = lost                 ? HealthState::DeviceLost
              : stalled            ? HealthState::Stalled
              : loading && !loaded ? HealthState::Loading
                                   : HealthState::Ready;
    m_lastLook = now;
}

} // namespace hearth::serve
