#include "common/allocation.h"
#include "engine/runtime/engine_harness.h"

#include <gtest/gtest.h>

using namespace hearth;
using namespace hearth::test;
using kernels::allocationCount;
using kernels::failAllocationAfter;

TEST(AllocationFault, fault_057_allocation_failure_at_each_point_of_a_load) {
    EngineHarness harness;
    const auto first = harness.loadTiny();
    const std::vector<std::int32_t> before = run(*first, greedy(somePrompt(20), 10))->tokens;
    const std::uint64_t used = harness.host().memoryUsed();

    const std::int64_t begin = allocationCount();
    {
        const auto second = harness.load(tinyGguf({}), {}, "second");
        ASSERT_TRUE(second);
        harness.host().unload("second");
    }
    const std::int64_t allocations = allocationCount() - begin;
    ASSERT_GT(allocations, 5);
    for (std::int64_t point = 0; point < allocations; ++point) {
        failAllocationAfter(point);
        const auto second = harness.load(tinyGguf({}), {}, "second");
        failAllocationAfter(-1);
        if (second) {
            harness.host().unload("second");
            continue;
        }
        EXPECT_EQ(second.error().code, ErrorCode::OutOfMemory) << point;
        EXPECT_EQ(harness.host().find("second"), nullptr) << point;
        EXPECT_EQ(harness.host().memoryUsed(), used) << point;
    }
    EXPECT_EQ(run(*first, greedy(somePrompt(20), 10))->tokens, before);
    EXPECT_TRUE(harness.load(tinyGguf({}), {}, "second"));
}

TEST(AllocationFault, fault_058_allocation_failure_in_mid_decode_ends_one_request_at_most) {
    EngineHarness harness;
    const auto engine = harness.loadTiny();
    const std::vector<std::int32_t> steady = run(*engine, greedy(somePrompt(20), 100))->tokens;
    for (int round = 0; round < 5; ++round) {
        Recorder first;
        Recorder second;
        ASSERT_TRUE(engine->submit(greedy(somePrompt(20), 100), first.handler()));
        ASSERT_TRUE(engine->submit(greedy(somePrompt(20), 100), second.handler()));
        first.waitForTokens(5);
        failAllocationAfter(round);
        EXPECT_TRUE(first.wait());
        EXPECT_TRUE(second.wait());
        failAllocationAfter(-1);
        int failures = 0;
        for (const Recorder* recorder : {&first, &second}) {
            if (recorder->failed) {
                ++failures;
                EXPECT_EQ(recorder->failed->code, ErrorCode::OutOfMemory);
            } else {
                EXPECT_EQ(recorder->tokens, steady);
            }
        }
        EXPECT_LE(failures, 1);
    }
    EXPECT_EQ(run(*engine, greedy(somePrompt(20), 100))->tokens, steady);
}
