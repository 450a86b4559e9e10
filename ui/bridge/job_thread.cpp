#include "bridge/job_thread.h"

#include <utility>

namespace hearth::ui {

bool JobQueue::post(Job job) {
    {
        const std::lock_guard lock(m_mutex);
        if (!m_accepting)
            return false;
        m_jobs.push_back(std::move(job));
    }
    m_wake.notify_one();
    return true;
}

void JobQueue::close() {
    // Jobs die outside the lock: what they own may post while it is destroyed.
    std::deque<Job> dropped;
    {
        const std::lock_guard lock(m_mutex);
        m_accepting = false;
        dropped.swap(m_jobs);
    }
    m_wake.notify_all();
}

void JobQueue::drain() {
    {
        const std::lock_guard lock(m_mutex);
        m_accepting = false;
    }
    m_wake.notify_all();
}

void JobQueue::run() {
    while (true) {
        std::unique_lock lock(m_mutex);
        m_wake.wait(lock, [this] { return !m_jobs.empty() || !m_accepting; });
        if (m_jobs.empty())
            return;
        Job job = std::move(m_jobs.front());
        m_jobs.pop_front();
        lock.unlock();
        job();
    }
}

JobThread::JobThread() : m_thread([queue = m_queue] { queue->run(); }) {}

JobThread::~JobThread() {
    m_queue->close();
    if (m_thread.joinable())
        m_thread.join();
}

void JobThread::finish() {
    m_queue->drain();
    if (m_thread.joinable())
        m_thread.join();
}

} // namespace hearth::ui
