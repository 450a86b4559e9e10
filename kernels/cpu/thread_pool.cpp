#include "cpu/thread_pool.h"

#include "cpu/cpu_features.h"

#include <system_error>

#if defined(__linux__)
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>
#endif
#if defined(__x86_64__)
#include <immintrin.h>
#endif

namespace hearth::kernels::cpu {

namespace {

// Some tens of microseconds: longer than the threads of a step are apart where each has a core, and
// short against a time slice where they share one.
constexpr int kSpins = 1500;

void pause() {
#if defined(__x86_64__)
    _mm_pause();
#endif
}

/// Returns once `value` differs from `old`.
void waitForChange(const std::atomic<std::uint32_t>& value, std::uint32_t old) {
    for (int spin = 0; spin < kSpins; ++spin) {
        if (value.load(std::memory_order_acquire) != old)
            return;
        pause();
    }
    while (value.load(std::memory_order_acquire) == old)
        value.wait(old, std::memory_order_acquire);
}

void lowerPriority() {
#if defined(__linux__)
    constexpr int kNicer = 5;
    const auto thread = static_cast<id_t>(syscall(SYS_gettid));
    setpriority(PRIO_PROCESS, thread, getpriority(PRIO_PROCESS, thread) + kNicer);
#endif
}

} // namespace

std::int32_t ThreadPool::Worker::count() const {
    return m_pool.m_threadCount;
}

void ThreadPool::Worker::barrier() {
    m_pool.waitAtBarrier();
}

std::int64_t ThreadPool::Worker::claim() {
    return m_pool.m_nextTask.fetch_add(1, std::memory_order_relaxed);
}

ThreadPool::ThreadPool(std::int32_t threads) {
    const std::int32_t wanted = threads > 0 ? threads : physicalCores();
    m_workers.reserve(static_cast<std::size_t>(wanted - 1));
    try {
        while (m_threadCount < wanted) {
            m_workers.emplace_back([this, index = m_threadCount] { workerMain(index); });
            ++m_threadCount;
        }
    } catch (const std::system_error&) {
        // The threads that there are do the work.
    }
}

ThreadPool::~ThreadPool() {
    m_stopping = true;
    m_region.fetch_add(1, std::memory_order_release);
    m_region.notify_all();
    for (std::thread& worker : m_workers)
        worker.join();
}

void ThreadPool::dispatch(Entry entry, void* context) {
    const std::lock_guard turn(m_turn);
    m_entry = entry;
    m_context = context;
    m_nextTask.store(0, std::memory_order_relaxed);
    if (m_threadCount > 1) {
        m_region.fetch_add(1, std::memory_order_seq_cst); // as in waitAtBarrier()
        m_region.notify_all();
    }
    Worker caller(*this, 0);
    entry(context, caller);
    waitAtBarrier();
}

void ThreadPool::workerMain(std::int32_t index) {
    lowerPriority();
    Worker worker(*this, index);
    for (std::uint32_t region = 0;; ++region) {
        waitForChange(m_region, region);
        if (m_stopping)
            return;
        m_entry(m_context, worker);
        waitAtBarrier();
    }
}

void ThreadPool::waitAtBarrier() {
    const std::uint32_t generation = m_generation.load(std::memory_order_relaxed);
    if (m_arrived.fetch_add(1, std::memory_order_acq_rel) + 1 < m_threadCount) {
        waitForChange(m_generation, generation);
        return;
    }
    m_arrived.store(0, std::memory_order_relaxed);
    m_nextTask.store(0, std::memory_order_relaxed);
    // Sequentially consistent: libstdc++'s notify_all() wakes nobody if it sees no waiter, and that
    // look must not come before this store, or a thread that began to wait in between sleeps on.
    m_generation.store(generation + 1, std::memory_order_seq_cst);
    if (m_threadCount > 1)
        m_generation.notify_all();
}

} // namespace hearth::kernels::cpu
