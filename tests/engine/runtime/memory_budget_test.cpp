#include "runtime/memory_budget.h"

#include "engine/runtime/engine_harness.h"

#include <gtest/gtest.h>

using namespace hearth;
using namespace hearth::test;

TEST(MemoryBudget, ReservationsAreGivenBack) {
    MemoryBudget budget(100);
    {
        MemoryReservation first(budget);
        EXPECT_TRUE(first.resize(60));
        MemoryReservation second(budget);
        EXPECT_FALSE(second.resize(41));
        EXPECT_TRUE(second.resize(40));
        EXPECT_TRUE(first.resize(10));
        EXPECT_EQ(budget.available(), 50u);
        const MemoryReservation moved = std::move(second);
        EXPECT_EQ(budget.used(), 50u);
    }
    EXPECT_EQ(budget.used(), 0u);
}

TEST(MemoryBudget, AModelThatDoesNotFitIsRefusedWithBothNumbers) {
    HostOptions small = EngineHarness::defaultHost();
    small.memoryBudgetBytes = 10'000;
    EngineHarness harness(small);
    const auto engine = harness.load(tinyGguf({}), {});
    ASSERT_FALSE(engine);
    EXPECT_EQ(engine.error().code, ErrorCode::OutOfMemory);
    EXPECT_GT(*engine.error().needed, 10'000u);
    EXPECT_EQ(*engine.error().available, 10'000u);
}

TEST(MemoryBudget, AnIdleModelGivesItsCacheUpForAnother) {
    EngineHarness probe;
    const auto measured = probe.loadTiny();
    const std::uint64_t idle = probe.host().memoryUsed();
    for (std::uint32_t seed = 1; seed <= 20; ++seed)
        run(*measured, greedy(somePrompt(200, seed), 40));
    const std::uint64_t busy = probe.host().memoryUsed();
    ASSERT_GT(busy, idle);

    HostOptions tight = EngineHarness::defaultHost();
    tight.memoryBudgetBytes = busy + idle - (busy - idle) / 2;
    EngineHarness harness(tight);
    const auto first = harness.loadTiny();
    for (std::uint32_t seed = 1; seed <= 20; ++seed)
        run(*first, greedy(somePrompt(200, seed), 40));
    const auto second = harness.load(tinyGguf({}), {}, "second");
    ASSERT_TRUE(second) << second.error().message();
    EXPECT_EQ(run(**second, greedy(somePrompt(20), 5))->tokens,
              run(*first, greedy(somePrompt(20), 5))->tokens);
}
