#include "engine/scheduling/fake_model.h"

#include <gtest/gtest.h>

#include <random>
#include <utility>

namespace hearth {
namespace {

using kernels::KvKind;
using test::Harness;
using test::kvGroup;
using test::promptOf;
using test::Tokens;

TEST(SchedulerFaults, fault_052_larger_than_the_pool_is_rejected) {
    Harness harness({}, {kvGroup(KvKind::Full, 10), kvGroup(KvKind::Latent, 8)});
    const auto rejected = harness.add(promptOf(30), 4);
    ASSERT_FALSE(rejected);
    EXPECT_EQ(rejected.error().code, ErrorCode::CacheExceeded);
    EXPECT_EQ(rejected.error().needed, 9U);
    EXPECT_EQ(rejected.error().available, 8U);
    EXPECT_EQ(harness.add(promptOf(33), 0).error().code, ErrorCode::CacheExceeded);
    EXPECT_FALSE(harness.add({.prompt = promptOf(33)}));
    EXPECT_TRUE(harness.scheduler->idle());
    // What just fits runs, also behind others that fill the pool.
    ASSERT_TRUE(harness.add(promptOf(20, 100), 5));
    harness.step();
    ASSERT_TRUE(harness.add(promptOf(30), 3));
    harness.drain();
    EXPECT_EQ(harness.reply(5), test::expectedReply({}, promptOf(30), 3));
    harness.checkClean();
}

TEST(SchedulerFaults, fault_053_exhausted_pool_preempts_and_tokens_stay_the_same) {
    for (const bool prefixCache : {true, false}) {
        KvManagerOptions options;
        options.prefixCache = prefixCache;
        Harness harness({.maxStepTokens = 32, .maxRunning = 8}, {kvGroup(KvKind::Full, 16)},
                        options);
        for (TokenId i = 0; i < 4; ++i)
            ASSERT_TRUE(harness.add(promptOf(6, i * 100), 40));
        while (!harness.scheduler->idle()) {
            harness.step();
            harness.checkInvariants();
        }
        EXPECT_GT(harness.scheduler->statistics().preemptions, 0U);
        for (TokenId i = 0; i < 4; ++i)
            EXPECT_EQ(harness.reply(SequenceId(i) + 1),
                      test::expectedReply({}, promptOf(6, i * 100), 40));
        harness.checkClean();
    }
}

TEST(SchedulerFaults, fault_053_the_latest_of_the_lowest_lane_is_preempted) {
    Harness harness({.maxStepTokens = 32, .maxRunning = 8}, {kvGroup(KvKind::Full, 12)});
    ASSERT_TRUE(harness.add(promptOf(6, 100), 30, Lane::Job));
    ASSERT_TRUE(harness.add(promptOf(6, 200), 30, Lane::Chat));
    ASSERT_TRUE(harness.add(promptOf(6, 300), 30, Lane::Chat));
    std::vector<SequenceId> preempted;
    std::set<SequenceId> down;
    while (!harness.scheduler->idle()) {
        harness.step();
        for (SequenceId id = 1; id <= 3; ++id) {
            const Sequence* sequence = harness.scheduler->find(id);
            const bool isDown =
                sequence != nullptr && sequence->state() == SequenceState::Preempted;
            if (isDown && down.insert(id).second)
                preempted.push_back(id);
        }
    }
    EXPECT_EQ(preempted, (std::vector<SequenceId>{1, 3}));
    harness.checkClean();
}

TEST(SchedulerFaults, fault_054_thrash_still_makes_progress) {
    // Each needs all but one of the blocks: only one can ever be near its end.
    Harness harness({.maxStepTokens = 64, .maxRunning = 6}, {kvGroup(KvKind::Full, 12)});
    constexpr TokenId kSequences = 6;
    for (TokenId i = 0; i < kSequences; ++i)
        ASSERT_TRUE(harness.add(promptOf(4, i * 100), 40));
    SequenceId oldestId = 0;
    std::int32_t oldestPreemptions = 0;
    std::int64_t steps = 0;
    for (; !harness.scheduler->idle() && steps < 2000; ++steps) {
        ASSERT_FALSE(harness.step().empty()); // Every step computes something.
        harness.checkInvariants();
        for (SequenceId id = 1; id <= SequenceId(kSequences); ++id) {
            const Sequence* oldest = harness.scheduler->find(id);
            if (oldest == nullptr)
                continue;
            if (std::exchange(oldestId, id) == id) {
                ASSERT_EQ(oldest->preemptions(), oldestPreemptions);
            }
            oldestPreemptions = oldest->preemptions();
            break;
        }
    }
    for (TokenId i = 0; i < kSequences; ++i)
        EXPECT_EQ(harness.reply(SequenceId(i) + 1),
                  test::expectedReply({}, promptOf(4, i * 100), 40));
    // One after the other they would take 240 steps and 258 tokens.
    EXPECT_LE(steps, 240);
    const SchedulerStatistics statistics = harness.scheduler->statistics();
    EXPECT_LE(statistics.preemptions, 15U);
    EXPECT_LE(statistics.recomputedTokens, 258U);
    harness.checkClean();
}

enum class Moment { Queued, InPrefillStep, HalfRead, InDecodeStep, Decoding, Preempted, Last };

/// Brings sequence 1 into a state while others run.
void bring(Harness& harness, Moment moment) {
    const auto sequence = [&] { return harness.scheduler->find(1); };
    switch (moment) {
    case Moment::Queued:
        return;
    case Moment::InPrefillStep:
        harness.launch();
        return;
    case Moment::HalfRead:
        harness.step();
        ASSERT_TRUE(sequence()->inPrefill());
        return;
    case Moment::InDecodeStep:
    case Moment::Decoding:
    case Moment::Last:
        while (sequence()->generatedTokens() < (moment == Moment::Last ? 5 : 2))
            harness.step();
        if (moment != Moment::Decoding)
            harness.launch();
        return;
    case Moment::Preempted:
        harness.step();
        for (TokenId i = 0; i < 2; ++i)
            ASSERT_TRUE(harness.add(promptOf(12, 1000 + i * 100), 20));
        while (sequence()->state() != SequenceState::Preempted)
            harness.step();
        return;
    }
}

TEST(SchedulerFaults, fault_055_cancel_in_every_state_twice_and_on_the_finishing_step) {
    for (const Moment moment :
         {Moment::Queued, Moment::InPrefillStep, Moment::HalfRead, Moment::InDecodeStep,
          Moment::Decoding, Moment::Preempted, Moment::Last}) {
        for (const bool inFlight : {false, true}) {
            Harness harness({.maxStepTokens = 10, .maxRunning = 2}, {kvGroup(KvKind::Full, 30)});
            ASSERT_TRUE(harness.add(promptOf(20), 6, Lane::Job));
            bring(harness, moment);
            if (testing::Test::HasFatalFailure())
                return;
            ASSERT_TRUE(harness.add(promptOf(9, 500), 4));
            const SequenceId other = moment == Moment::Preempted ? 4 : 2;
            const bool launched = harness.scheduler->stepsInFlight() > 0;
            if (launched && !inFlight)
                harness.confirmOldest(); // At Moment::Last it has finished by itself.
            const bool finished = moment == Moment::Last && !inFlight;
            EXPECT_EQ(harness.scheduler->cancel(1), !finished);
            EXPECT_FALSE(harness.scheduler->cancel(1));
            EXPECT_FALSE(harness.scheduler->finish(1));
            EXPECT_EQ(harness.scheduler->find(1), nullptr);
            harness.checkInvariants();
            if (harness.scheduler->stepsInFlight() > 0)
                harness.confirmOldest();
            EXPECT_FALSE(harness.scheduler->cancel(1));
            harness.drain();
            EXPECT_EQ(harness.isDone(1), finished);
            EXPECT_EQ(harness.reply(other), test::expectedReply({}, promptOf(9, 500), 4));
            harness.checkClean();
        }
    }
}

TEST(SchedulerFaults, fault_056_a_storm_of_100000_cancels_leaks_nothing) {
    Harness harness({.maxStepTokens = 64, .maxRunning = 16, .stepsAhead = 1},
                    {kvGroup(KvKind::Full, 64), kvGroup(KvKind::SlidingWindow, 64, 6)});
    std::mt19937 random(56);
    std::vector<SequenceId> alive;
    int cancels = 0;
    for (SequenceId id = 1; cancels < 100000; ++id) {
        SequenceOptions options;
        options.id = id;
        options.lane = Lane(random() % 4);
        options.prompt = promptOf(1 + std::int32_t(random() % 30), TokenId(random() % 3));
        options.maxNewTokens = 20;
        ASSERT_TRUE(harness.scheduler->add(std::move(options)));
        alive.push_back(id);
        if (id % 64 == 0)
            harness.launch();
        if (id % 64 == 32 && harness.scheduler->stepsInFlight() > 0)
            harness.confirmOldest();
        while (alive.size() > 200 || (!alive.empty() && random() % 16 == 0)) {
            const std::size_t victim = random() % alive.size();
            cancels += harness.scheduler->cancel(alive[victim]) ? 1 : 0;
            alive[victim] = alive.back();
            alive.pop_back();
        }
    }
    for (const SequenceId id : alive)
        harness.scheduler->cancel(id);
    EXPECT_GT(harness.model.computedTokens(), 10000);
    while (harness.scheduler->stepsInFlight() > 0)
        harness.confirmOldest();
    harness.checkClean();
}

} // namespace
} // namespace hearth
