#include "runtime/mask_workers.h"

#include <algorithm>
#include <stop_token>
#include <utility>

namespace hearth {

namespace {

/// Masks are mostly at hand: more threads would only be in the model's way.
std::size_t workerCount() {
    return std::clamp<std::size_t>(std::thread::hardware_concurrency() / 4, 1, 4);
}

} // namespace

MaskWorkers::~MaskWorkers() {
    for (std::jthread& thread : m_threads)
        thread.request_stop();
    m_threads.clear();
}

void MaskWorkers::post(std::vector<std::shared_ptr<ReplyConstraint>>& wanted) {
    if (wanted.empty())
        return;
    while (m_threads.size() < workerCount())
        m_threads.emplace_back([this](const std::stop_token& stop) { run(stop); });
    {
        const std::scoped_lock lock(m_mutex);
        m_wanted.insert(m_wanted.end(), wanted.begin(), wanted.end());
    }
    if (wanted.size() == 1)
        m_wake.notify_one();
    else
        m_wake.notify_all();
    wanted.clear();
}

void MaskWorkers::run(const std::stop_token& stop) {
    for (;;) {
        std::shared_ptr<ReplyConstraint> next;
        {
            std::unique_lock lock(m_mutex);
            if (!m_wake.wait(lock, stop, [this] { return !m_wanted.empty(); }))
                return;
            next = std::move(m_wanted.front());
            m_wanted.pop_front();
        }
        next->work();
    }
}

} // namespace hearth
