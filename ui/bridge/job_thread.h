#pragma once

#include <condition_variable>
#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <thread>

namespace hearth::ui {

using Job = std::function<void()>;

/// Jobs that wait for a thread. Thread-safe; outlives its thread if someone still holds it.
class JobQueue {
public:
    /// False once the queue is closed; the job is then dropped.
    bool post(Job job);
    /// Drops what waits and refuses what comes.
    void close();
    /// Takes no more, but still runs what waits.
    void drain();
    /// Runs jobs until close(), or until drain() and the last job.
    void run();

private:
    std::mutex m_mutex;
    std::condition_variable m_wake;
    std::deque<Job> m_jobs;
    bool m_accepting = true;
};

/// One thread that runs jobs in order, so that the window's thread never waits for a disk or an
/// engine. Destroying it drops the jobs that have not begun and joins.
class JobThread {
public:
    JobThread();
    ~JobThread();
    JobThread(const JobThread&) = delete;
    JobThread& operator=(const JobThread&) = delete;

    bool post(Job job) { return m_queue->post(std::move(job)); }
    /// Runs every job that waits, then ends the thread.
    void finish();
    [[nodiscard]] const std::shared_ptr<JobQueue>& queue() const { return m_queue; }

private:
    std::shared_ptr<JobQueue> m_queue = std::make_shared<JobQueue>();
    std::thread m_thread;
};

} // namespace hearth::ui
