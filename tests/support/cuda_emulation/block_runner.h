#pragma once

#include "cuda_emulation/execution.h"
#include "fiber.h"

#include <array>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <vector>

namespace hearth::kernels::cuda::emulation {

/// Runs the blocks of a grid one after another, a block's threads as fibers on the calling OS
/// thread. A fiber runs threads to their end one by one; it keeps a thread that must wait, and
/// another fiber goes on with the rest. Threads start in descending order in every other block, so
/// that a missing barrier shows whichever way it is crossed.
class BlockRunner {
public:
    BlockRunner();
    /// One launch at a time; others wait.
    void run(const Launch& launch, const std::function<void()>& body);

    BarrierResult barrier(const char* name, bool predicate);
    void collective(const char* name, void (*operation)(void* const*), void* argument);
    void beginCopy(void* target, const void* source, bool valid);
    void commitCopies();
    void waitCopies(std::size_t pending);

    [[nodiscard]] int lane() const { return m_current % kLanes; }
    [[nodiscard]] void* shared() const { return m_shared; }
    /// The launch at work, or nullptr.
    [[nodiscard]] const Launch* launch() const { return m_launch; }

private:
    static constexpr int kMostThreads = 1024;
    static constexpr int kMostShared = 227 * 1024;

    struct Copy {
        void* target;
        const void* source;
        bool valid;
    };
    struct Thread {
        uint3 index;
        Fiber* fiber = nullptr;
        const char* waitsIn = nullptr;
        std::vector<Copy> copies;            ///< Oldest first.
        std::vector<std::size_t> copyGroups; ///< Where each closed group ends in `copies`.
    };
    struct Warp {
        int arrived = 0;
        const char* name = nullptr;
        void (*run)(void* const*) = nullptr;
        std::array<void*, kLanes> arguments;
    };
    /// Threads that may go on. A thread is in it once at most.
    struct ReadyQueue {
        std::array<std::uint16_t, kMostThreads> threads;
        unsigned first = 0;
        unsigned end = 0;
        [[nodiscard]] bool empty() const { return first == end; }
        void push(int thread) {
            threads[end++ % kMostThreads] = static_cast<std::uint16_t>(thread);
        }
        int pop() { return threads[first++ % kMostThreads]; }
    };

    void runBlock();
    void work();
    void startThread();
    void finishThread();
    void select(int thread);
    void wait(const char* name);
    void yieldFrom(Fiber& self);
    void releaseBarrier();
    void checkGuard() const;
    [[noreturn]] void reportDeadlock() const;

    std::mutex m_mutex;
    const Launch* m_launch = nullptr;
    const std::function<void()>* m_body = nullptr;
    std::vector<std::unique_ptr<Fiber>> m_fibers;
    std::vector<Fiber*> m_idle;
    Fiber* m_main = nullptr;

    // The block at work.
    bool m_descending = false;
    int m_threadCount = 0;
    int m_started = 0;
    int m_live = 0; ///< Threads that have not returned.
    int m_current = 0;
    std::vector<Thread> m_threads;
    std::array<Warp, kMostThreads / kLanes> m_warps;
    ReadyQueue m_ready;
    std::vector<int> m_inBarrier;
    int m_barrierTrues = 0;
    BarrierResult m_barrierResult;
    std::unique_ptr<std::byte[]> m_sharedMemory;
    std::byte* m_shared = nullptr;
};

BlockRunner& blockRunner();

} // namespace hearth::kernels::cuda::emulation
