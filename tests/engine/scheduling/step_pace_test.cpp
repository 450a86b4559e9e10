#include "scheduling/step_pace.h"

#include "engine/scheduling/fake_model.h"

#include <gtest/gtest.h>

#include <algorithm>

namespace hearth {
namespace {

using kernels::KvKind;
using test::Harness;
using test::kvGroup;
using test::promptOf;
using test::Tokens;

constexpr double kTarget = 0.2;

/// A device whose steps take a fixed time and more for each token.
struct FakeDevice {
    double stepSeconds = 0.0;
    double decodeSeconds = 0.0;  ///< A token.
    double prefillSeconds = 0.0; ///< A token.

    [[nodiscard]] double seconds(std::int32_t prefillTokens, std::int32_t decodeTokens) const {
        return stepSeconds + decodeSeconds * decodeTokens + prefillSeconds * prefillTokens;
    }
};

constexpr FakeDevice kTwoCores{0.010, 0.004, 0.0035};
constexpr FakeDevice kGpu{0.005, 0.00002, 0.00002};

/// A scheduler that is told what the steps of a device took.
class PacedHarness {
public:
    PacedHarness(const FakeDevice& device, double target)
        : m_device(device), m_pace({.targetSeconds = target}) {}

    StepPlan step() {
        const std::int32_t limit = m_pace.prefillTokens();
        StepPlan plan = harness.step(limit);
        lastSeconds = m_device.seconds(plan.prefillTokens, plan.decodeTokens);
        m_pace.measured(plan.prefillTokens, plan.decodeTokens, lastSeconds);
        return plan;
    }

    Harness harness{{.contextTokens = 8192}, {kvGroup(KvKind::Full, 8192)}};
    double lastSeconds = 0.0;

private:
    FakeDevice m_device;
    StepPace m_pace;
};

/// Replies to `streams` short prompts that go on for long.
void startStreams(PacedHarness& paced, std::int32_t streams) {
    for (std::int32_t i = 0; i < streams; ++i)
        ASSERT_TRUE(paced.harness.add(promptOf(40, 1000 * (i + 1)), 1000));
    for (int i = 0; i < 40; ++i)
        paced.step();
}

TEST(StepPace, KeepsMixedStepsBelowTheTarget) {
    PacedHarness paced(kTwoCores, kTarget);
    startStreams(paced, 15);
    ASSERT_TRUE(paced.harness.add(promptOf(2000, 50000), 4));
    int steps = 0;
    std::int32_t read = 0;
    while (read < 2000 && steps < 1000) {
        const StepPlan plan = paced.step();
        EXPECT_EQ(plan.decodeTokens, 15);
        EXPECT_LE(paced.lastSeconds, kTarget + 1e-9);
        read += plan.prefillTokens;
        ++steps;
    }
    EXPECT_EQ(read, 2000);
    // Not smaller than the target asks for.
    EXPECT_LE(steps, 2000 / 32 + 2);
}

TEST(StepPace, WithoutATargetStepsAreWhole) {
    PacedHarness paced(kTwoCores, 0.0);
    startStreams(paced, 15);
    ASSERT_TRUE(paced.harness.add(promptOf(2000, 50000), 4));
    EXPECT_EQ(paced.step().prefillTokens, 512 - 15);
}

TEST(StepPace, APromptAloneKeepsLargeSteps) {
    PacedHarness paced(kTwoCores, kTarget);
    ASSERT_TRUE(paced.harness.add(promptOf(40, 1000), 20));
    while (!paced.harness.isDone(1))
        paced.step();
    ASSERT_TRUE(paced.harness.add(promptOf(2000, 50000), 4));
    for (int i = 0; i < 3; ++i)
        EXPECT_EQ(paced.step().prefillTokens, 512);
}

TEST(StepPace, JobsDoNotHoldAPromptUp) {
    PacedHarness paced(kTwoCores, kTarget);
    ASSERT_TRUE(paced.harness.add(promptOf(40, 1000), 100, Lane::Job));
    for (int i = 0; i < 10; ++i)
        paced.step();
    ASSERT_TRUE(paced.harness.add(promptOf(2000, 50000), 4));
    EXPECT_EQ(paced.step().prefillTokens, 511);
}

TEST(StepPace, AFastDeviceKeepsLargeSteps) {
    PacedHarness paced(kGpu, kTarget);
    startStreams(paced, 15);
    for (TokenId first = 50000; first < 55000; first += 1000) {
        ASSERT_TRUE(paced.harness.add(promptOf(600, first), 1));
        EXPECT_EQ(paced.step().prefillTokens, 512 - 15);
        EXPECT_EQ(paced.step().prefillTokens, 600 - (512 - 15));
    }
}

TEST(StepPace, StartsWithTheLeastAndForgetsASlowFirstStep) {
    StepPace pace({.targetSeconds = kTarget, .leastTokens = 32});
    EXPECT_EQ(pace.prefillTokens(), 32);
    pace.measured(512, 0, 60.0);
    EXPECT_EQ(pace.prefillTokens(), 32);
    pace.measured(0, 1, 0.02);
    pace.measured(100, 0, 0.02 + 100 * 0.001);
    EXPECT_EQ(pace.prefillTokens(), 176); // (0.2 - 0.02) / 0.001 = 180, in sixteens
}

TEST(StepPace, NeverFallsBelowTheLeast) {
    StepPace pace({.targetSeconds = kTarget, .leastTokens = 32});
    for (int i = 0; i < 10; ++i) {
        pace.measured(0, 4, 1.0);
        pace.measured(64, 4, 9.0);
    }
    EXPECT_EQ(pace.prefillTokens(), 32);
}

TEST(StepPace, AHeldUpStepIsSoonForgotten) {
    StepPace pace({.targetSeconds = kTarget, .leastTokens = 32});
    for (int i = 0; i < 10; ++i)
        pace.measured(64, 1, kGpu.seconds(64, 1));
    const std::int32_t before = pace.prefillTokens();
    pace.measured(64, 1, 0.3);
    EXPECT_GE(pace.prefillTokens(), 256);
    for (int i = 0; i < 10; ++i)
        pace.measured(256, 1, kGpu.seconds(256, 1));
    EXPECT_GE(pace.prefillTokens(), std::min(before, 2048));
}

TEST(StepPace, FollowsPricesThatRise) {
    StepPace pace({.targetSeconds = kTarget, .leastTokens = 32});
    double price = 0.001;
    for (int i = 0; i < 20; ++i)
        pace.measured(128, 1, 128 * price);
    for (int i = 0; i < 200; ++i, price *= 1.01) {
        const std::int32_t tokens = std::min(pace.prefillTokens(), 512);
        const double seconds = tokens * price;
        EXPECT_LE(seconds, std::max(1.3 * kTarget, 33 * price));
        pace.measured(tokens, 1, seconds);
    }
    EXPECT_EQ(pace.prefillTokens(), 32);
}

} // namespace
} // namespace hearth
