#pragma once

#include "hearth/model_pool.h"

#include <atomic>
#include <chrono>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <stop_token>
#include <string>
#include <thread>
#include <vector>

namespace hearth::serve {

enum class HealthState : std::uint8_t {
    Ready,
    Loading,    ///< A model is being loaded and no other is there to answer.
    Stalled,    ///< An engine has work and makes no step, or the pool does not answer.
    DeviceLost, ///< Only a new process can go on.
};

/// Watches the engines of a pool: a thread of its own looks at their step counters, so that
/// state() never waits for anybody. A look that hangs counts as a stall, too. Thread-safe.
class Health {
public:
    using Clock = std::chrono::steady_clock;

    /// An engine that has requests must make a step within `stallAfter`.
    Health(std::shared_ptr<ModelPool> models, Clock::duration stallAfter);

    [[nodiscard]] HealthState state() const;

private:
    struct Progress {
        std::uint64_t steps = 0;
        Clock::time_point since; ///< Of the last step seen, or of no work.
    };

    void watch(const std::stop_token& stop);
    void look(Clock::time_point now);

    const std::shared_ptr<ModelPool> m_models;
    const Clock::duration m_stallAfter;
    std::map<std::string, Progress> m_progress; ///< Of the thread.
    std::atomic<HealthState> m_state = HealthState::Ready;
    std::atomic<Clock::time_point> m_lastLook = Clock::now();
    std::jthread m_thread; ///< Last: it uses the others.
};

} // namespace hearth::serve
