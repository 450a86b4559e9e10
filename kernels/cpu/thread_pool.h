#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <mutex>
#include <thread>
#include <type_traits>
#include <vector>

namespace hearth::kernels::cpu {

/// Fork-join threads. The caller of run() is thread 0 and works along; the others sleep between
/// regions after a short spin, and run at a lower priority than the window's thread.
/// run() may be called from any thread, callers take turns; not from inside a region.
/// Bodies must not throw.
class ThreadPool {
public:
    /// What a thread sees of the region that it works in.
    class Worker {
    public:
        [[nodiscard]] std::int32_t index() const { return m_index; }
        [[nodiscard]] std::int32_t count() const;

        /// Waits until every thread of the region is here; what they wrote before is then seen by
        /// all. Claims start again from 0.
        void barrier();

        /// The next task of the current phase: 0, 1, 2, …, each given to one thread. A phase
        /// reaches from one barrier (or the region's start) to the next and can share out one list
        /// of tasks.
        [[nodiscard]] std::int64_t claim();

        /// Calls body(task) for tasks of [0, tasks) until all are claimed.
        template<typename Body>
        void forEach(std::int64_t tasks, Body&& body) {
            for (std::int64_t task = claim(); task < tasks; task = claim())
                body(task);
        }

    private:
        friend class ThreadPool;
        Worker(ThreadPool& pool, std::int32_t index)
            : m_pool(pool)
            , m_index(index) {}

        ThreadPool& m_pool;
        std::int32_t m_index;
    };

    /// `threads` counts the caller; 0: one a physical core. Fewer if the system refuses more.
    explicit ThreadPool(std::int32_t threads = 0);
    ~ThreadPool();
    ThreadPool(const ThreadPool&) = delete;
    ThreadPool& operator=(const ThreadPool&) = delete;

    [[nodiscard]] std::int32_t threads() const { return m_threadCount; }

    /// Calls body(Worker&) once on every thread, and returns when all have returned.
    template<typename Body>
    void run(Body&& body) {
        using Plain = std::remove_reference_t<Body>;
        dispatch([](void* context, Worker& worker) { (*static_cast<Plain*>(context))(worker); },
                 const_cast<void*>(static_cast<const void*>(std::addressof(body))));
    }

    /// Calls body(task) for each task of [0, tasks), shared out over the threads.
    template<typename Body>
    void parallelFor(std::int64_t tasks, Body&& body) {
        run([&](Worker& worker) { worker.forEach(tasks, body); });
    }

private:
    using Entry = void (*)(void* context, Worker& worker);

    void dispatch(Entry entry, void* context);
    void workerMain(std::int32_t index);
    void waitAtBarrier();

    std::int32_t m_threadCount = 1;
    std::vector<std::thread> m_workers;
    std::mutex m_turn; ///< Held by the thread whose region runs.
    Entry m_entry = nullptr;
    void* m_context = nullptr;
    bool m_stopping = false;

    // Each on a cache line of its own: threads spin on one while others write the next.
    alignas(64) std::atomic<std::uint32_t> m_region{0};     ///< Counts regions started.
    alignas(64) std::atomic<std::int32_t> m_arrived{0};     ///< Threads at the current barrier.
    alignas(64) std::atomic<std::uint32_t> m_generation{0}; ///< Counts barriers passed.
    alignas(64) std::atomic<std::int64_t> m_nextTask{0};
};

} // namespace hearth::kernels::cpu
