#pragma once

#include "runtime/reply_constraint.h"

#include <condition_variable>
#include <deque>
#include <memory>
#include <mutex>
#include <thread>
#include <vector>

namespace hearth {

/// Threads that work out which tokens may come next while the model computes. They start with the
/// first reply that is held to something. Used by the engine thread.
class MaskWorkers {
public:
    MaskWorkers() = default;
    ~MaskWorkers();
    MaskWorkers(const MaskWorkers&) = delete;
    MaskWorkers& operator=(const MaskWorkers&) = delete;

    /// Takes all of `wanted` and leaves it empty.
    void post(std::vector<std::shared_ptr<ReplyConstraint>>& wanted);

private:
    void run(const std::stop_token& stop);

    std::mutex m_mutex;
    std::condition_variable_any m_wake;
    std::deque<std::shared_ptr<ReplyConstraint>> m_wanted;
    std::vector<std::jthread> m_threads;
};

} // namespace hearth
