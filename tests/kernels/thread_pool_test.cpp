#include "cpu/thread_pool.h"

#include "cpu/cpu_features.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <chrono>
#include <ctime>
#include <numeric>
#include <thread>
#include <vector>

namespace hearth::kernels::cpu {
namespace {

TEST(ThreadPool, CountsTheCallerAndDefaultsToPhysicalCores) {
    EXPECT_EQ(ThreadPool(3).threads(), 3);
    EXPECT_EQ(ThreadPool(1).threads(), 1);
    EXPECT_EQ(ThreadPool().threads(), physicalCores());
}

TEST(ThreadPool, RunsTheBodyOnceOnEveryThread) {
    ThreadPool pool(4);
    for (int repeat = 0; repeat < 200; ++repeat) {
        std::array<std::atomic<int>, 4> calls{};
        pool.run([&](ThreadPool::Worker& worker) {
            EXPECT_EQ(worker.count(), 4);
            calls[static_cast<std::size_t>(worker.index())].fetch_add(1);
        });
        for (const auto& count : calls)
            EXPECT_EQ(count.load(), 1);
    }
}

TEST(ThreadPool, GivesEachTaskToOneThread) {
    ThreadPool pool(3);
    for (const std::int64_t tasks : {0, 1, 2, 3, 1000}) {
        std::vector<int> done(static_cast<std::size_t>(tasks));
        pool.parallelFor(tasks, [&](std::int64_t task) { ++done[static_cast<std::size_t>(task)]; });
        EXPECT_EQ(std::count(done.begin(), done.end(), 1), tasks);
    }
}

TEST(ThreadPool, BarrierShowsWritesAndRestartsClaims) {
    ThreadPool pool(3);
    constexpr int kPhases = 300;
    constexpr std::int64_t kTasks = 17;
    std::vector<std::int64_t> values(kTasks, 0);
    std::atomic<int> wrong{0};
    pool.run([&](ThreadPool::Worker& worker) {
        for (int phase = 0; phase < kPhases; ++phase) {
            worker.forEach(kTasks,
                           [&](std::int64_t task) { ++values[static_cast<std::size_t>(task)]; });
            worker.barrier();
            const auto sum = std::accumulate(values.begin(), values.end(), std::int64_t{0});
            if (sum != kTasks * (phase + 1))
                wrong.fetch_add(1);
            worker.barrier();
        }
    });
    EXPECT_EQ(wrong.load(), 0);
}

TEST(ThreadPool, CallersTakeTurns) {
    ThreadPool pool(2);
    std::atomic<int> inside{0};
    std::atomic<int> most{0};
    const auto caller = [&] {
        for (int repeat = 0; repeat < 50; ++repeat)
            pool.run([&](ThreadPool::Worker& worker) {
                if (worker.index() != 0)
                    return;
                const int now = inside.fetch_add(1) + 1;
                most.store(std::max(most.load(), now));
                inside.fetch_sub(1);
            });
    };
    std::thread other(caller);
    caller();
    other.join();
    EXPECT_EQ(most.load(), 1);
}

TEST(ThreadPool, SleepsWhenIdle) {
    ThreadPool pool(4);
    pool.parallelFor(4, [](std::int64_t) {});
    std::this_thread::sleep_for(std::chrono::milliseconds(50));
    const std::clock_t before = std::clock();
    std::this_thread::sleep_for(std::chrono::milliseconds(200));
    const double busySeconds = static_cast<double>(std::clock() - before) / CLOCKS_PER_SEC;
    EXPECT_LT(busySeconds, 0.05);
}

TEST(CpuFeatures, LimitHolds) {
    EXPECT_EQ(detectFeature(CpuFeature::Scalar), CpuFeature::Scalar);
    EXPECT_LE(detectFeature(CpuFeature::Avx2), CpuFeature::Avx2);
    EXPECT_LE(detectFeature(CpuFeature::Avx2), detectFeature());
    EXPECT_GE(physicalCores(), 1);
    EXPECT_FALSE(featureName(detectFeature()).empty());
}

} // namespace
} // namespace hearth::kernels::cpu
