#include "engine/scheduling/fake_model.h"

#include <gtest/gtest.h>

#include <map>

namespace hearth {
namespace {

using kernels::KvKind;
using test::Harness;
using test::kvGroup;
using test::promptOf;
using test::Tokens;

Tokens expected(const Tokens& tokens, std::int32_t count) {
    return test::expectedReply({}, tokens, count);
}

const PlanEntry* entryOf(const StepPlan& plan, SequenceId id) {
    for (const PlanEntry& entry : plan.entries) {
        if (entry.sequence->id() == id)
            return &entry;
    }
    return nullptr;
}

TEST(Scheduler, CreateNamesWhatIsWrong) {
    KvManagerOptions managerOptions;
    managerOptions.groups = {kvGroup(KvKind::Recurrent, 4)};
    KvManager kv = *KvManager::create(managerOptions);
    const auto field = [&](SchedulerOptions options) {
        const auto result = Scheduler::create(options, kv);
        return result ? std::string() : result.error().field;
    };
    EXPECT_EQ(field({}), "contextTokens");
    EXPECT_EQ(field({.contextTokens = 8, .maxStepTokens = 0}), "maxStepTokens");
    EXPECT_EQ(field({.contextTokens = 8, .maxStepTokens = 4, .maxRunning = 5}), "maxRunning");
    EXPECT_EQ(field({.contextTokens = 8, .maxPartialPrefills = 0}), "maxPartialPrefills");
    EXPECT_EQ(field({.contextTokens = 8, .maxRunning = 16, .logitRows = 16}), "logitRows");
    EXPECT_EQ(field({.contextTokens = 8, .agingSteps = 0}), "agingSteps");
    EXPECT_EQ(field({.contextTokens = 8, .stepsAhead = 1}), "stepsAhead");
    EXPECT_EQ(field({.contextTokens = 8}), "");
}

TEST(Scheduler, RunsOnePromptToItsEnd) {
    Harness harness({}, {kvGroup(KvKind::Full, 16)});
    const Sequence* sequence = *harness.add(promptOf(10), 5);
    EXPECT_EQ(sequence->state(), SequenceState::Waiting);
    const StepPlan first = harness.launch();
    ASSERT_EQ(first.entries.size(), 1U);
    EXPECT_EQ(first.entries[0].count, 10);
    EXPECT_EQ(first.entries[0].logitCount, 1);
    EXPECT_TRUE(first.entries[0].samples);
    EXPECT_TRUE(first.entries[0].begins);
    EXPECT_EQ(sequence->scheduled(), 10);
    EXPECT_EQ(sequence->computed(), 0);
    EXPECT_TRUE(harness.scheduler->schedule().empty()); // One step at a time.
    harness.confirmOldest();
    EXPECT_EQ(sequence->computed(), 10);
    EXPECT_EQ(sequence->generatedTokens(), 1);
    const StepPlan second = harness.step();
    EXPECT_EQ(second.entries[0].first, 10);
    EXPECT_EQ(second.entries[0].count, 1);
    EXPECT_FALSE(second.entries[0].begins);
    EXPECT_EQ(second.decodeTokens, 1);
    EXPECT_EQ(harness.drain(), 3);
    EXPECT_EQ(harness.reply(1), expected(promptOf(10), 5));
    harness.checkClean();
}

TEST(Scheduler, PromptsWhoseLogitsAreWantedKeepToTheRowsThatThereAre) {
    SchedulerOptions options;
    options.maxStepTokens = 64;
    options.maxRunning = 4;
    options.logitRows = 12;
    Harness harness(options, {kvGroup(KvKind::Full, 256)});
    for (const TokenId first : {100, 300, 500}) {
        SequenceOptions asking;
        asking.prompt = promptOf(50, first);
        asking.maxNewTokens = first == 300 ? 0 : 6;
        asking.promptLogits = first != 500;
        ASSERT_TRUE(harness.add(asking));
    }
    std::map<SequenceId, std::int32_t> delivered;
    while (!harness.scheduler->idle()) {
        const StepPlan plan = harness.launch();
        std::int32_t all = 0;
        for (const PlanEntry& entry : plan.entries) {
            all += entry.logitCount;
            if (entry.first < 50)
                delivered[entry.sequence->id()] += entry.logitCount;
        }
        EXPECT_LE(all, options.logitRows);
        harness.confirmOldest();
        harness.finishDone();
    }
    EXPECT_EQ(delivered, (std::map<SequenceId, std::int32_t>{{1, 50}, {2, 50}, {3, 1}}));
    harness.checkClean();
}

TEST(Scheduler, RopeLengthIsFixedAndSharesNoBlocksWithAnother) {
    SchedulerOptions options;
    options.ropeLength = [](std::int32_t tokens) { return tokens > 64 ? tokens : 0; };
    Harness harness(options, {kvGroup(KvKind::Full, 64)});
    const auto run = [&](std::int32_t newTokens) {
        const Sequence* sequence = *harness.add(promptOf(50), newTokens);
        const std::int32_t length = sequence->ropeLength();
        EXPECT_FALSE(harness.step().empty());
        EXPECT_EQ(sequence->ropeLength(), length);
        const std::int32_t cached = sequence->cachedTokens();
        harness.drain();
        return std::pair(length, cached > 0);
    };
    EXPECT_EQ(run(4), std::pair(0, false));
    EXPECT_EQ(run(15), std::pair(0, true)); // 64 tokens in the cache at most
    EXPECT_EQ(run(16), std::pair(65, false));
    EXPECT_EQ(run(17), std::pair(66, false));
    EXPECT_EQ(run(16), std::pair(65, true));
    EXPECT_EQ(run(1), std::pair(0, true));
}

TEST(Scheduler, RejectsWhatIsMalformed) {
    Harness harness({}, {kvGroup(KvKind::Full, 16)});
    EXPECT_EQ(harness.add({}, 5).error().field, "prompt");
    EXPECT_EQ(harness.add(promptOf(3), -1).error().field, "maxNewTokens");
    ASSERT_TRUE(harness.add({.id = 7, .prompt = promptOf(3)}));
    EXPECT_EQ(harness.add({.id = 7, .prompt = promptOf(3)}).error().field, "id");
    EXPECT_EQ(harness.add({.prompt = promptOf(3), .crossTokens = -1}).error().field, "crossTokens");
}

TEST(Scheduler, APromptMayBeAsLongAsTheContext) {
    Harness harness({.contextTokens = 10}, {kvGroup(KvKind::Full, 16)});
    const auto rejected = harness.add(promptOf(11), 1);
    EXPECT_EQ(rejected.error().code, ErrorCode::ContextExceeded);
    EXPECT_EQ(rejected.error().needed, 11U);
    EXPECT_EQ(rejected.error().available, 10U);
    ASSERT_TRUE(harness.add({.id = 1, .prompt = promptOf(10), .maxNewTokens = 50}));
    ASSERT_TRUE(harness.add({.id = 2, .prompt = promptOf(8)}));
    harness.drain();
    EXPECT_EQ(harness.reply(1), expected(promptOf(10), 1));
    EXPECT_EQ(harness.reply(2), expected(promptOf(8), 3));
    harness.checkClean();
}

TEST(Scheduler, AnOpenEndedReplyGetsWhatThePoolHolds) {
    Harness harness({}, {kvGroup(KvKind::Full, 3)});
    ASSERT_TRUE(harness.add({.prompt = promptOf(5)}));
    harness.drain();
    EXPECT_EQ(harness.reply(1), expected(promptOf(5), 8)); // 12 tokens in the cache and a last one.
    harness.checkClean();
}

TEST(Scheduler, NoNewTokensMeansPrefillOnly) {
    Harness harness({}, {kvGroup(KvKind::Full, 16)});
    ASSERT_TRUE(harness.add(promptOf(5), 0));
    const StepPlan plan = harness.step();
    EXPECT_EQ(plan.entries[0].logitCount, 0);
    EXPECT_FALSE(plan.entries[0].samples);
    EXPECT_TRUE(harness.isDone(1));
    harness.checkClean();
}

TEST(Scheduler, AShortRequestOvertakesAnEarlierLongOne) {
    Harness harness({.maxStepTokens = 16, .maxRunning = 8}, {kvGroup(KvKind::Full, 100)});
    ASSERT_TRUE(harness.add(promptOf(200), 20));
    harness.step();
    ASSERT_TRUE(harness.add(promptOf(6, 500), 3));
    const StepPlan plan = harness.step();
    ASSERT_EQ(plan.entries.size(), 2U);
    EXPECT_EQ(entryOf(plan, 2)->count, 6);
    EXPECT_EQ(entryOf(plan, 1)->count, 10);
    harness.step();
    harness.step();
    EXPECT_TRUE(harness.isDone(2));
    EXPECT_EQ(harness.scheduler->find(1)->generatedTokens(), 0); // Still reading its prompt.
    harness.drain();
    EXPECT_EQ(harness.reply(1), expected(promptOf(200), 20));
    EXPECT_EQ(harness.reply(2), expected(promptOf(6, 500), 3));
    harness.checkClean();
}

TEST(Scheduler, DecodesGoFirstAndPrefillRidesAlong) {
    Harness harness({.maxStepTokens = 8, .maxRunning = 8}, {kvGroup(KvKind::Full, 100)});
    for (TokenId i = 0; i < 3; ++i)
        ASSERT_TRUE(harness.add(promptOf(2, i * 100), 40));
    harness.step();
    ASSERT_TRUE(harness.add(promptOf(50, 900), 2));
    for (int i = 0; i < 10; ++i) {
        const StepPlan plan = harness.step();
        EXPECT_EQ(plan.decodeTokens, 3);
        EXPECT_EQ(plan.prefillTokens, 5);
        EXPECT_EQ(plan.tokenCount, 8);
    }
    EXPECT_EQ(harness.scheduler->find(4)->generatedTokens(), 1);
    harness.drain();
    harness.checkClean();
}

TEST(Scheduler, LimitsHalfReadPromptsAndSharesTheBudget) {
    Harness harness({.maxStepTokens = 16, .maxRunning = 8, .maxPartialPrefills = 2},
                    {kvGroup(KvKind::Full, 200)});
    for (TokenId i = 0; i < 3; ++i)
        ASSERT_TRUE(harness.add(promptOf(100, i * 1000), 1));
    harness.step();
    const StepPlan plan = harness.step();
    ASSERT_EQ(plan.entries.size(), 2U);
    EXPECT_EQ(plan.entries[0].count, 8);
    EXPECT_EQ(plan.entries[1].count, 8);
    // The third waits at the limit: its part is not lost.
    EXPECT_EQ(harness.step().tokenCount, 16);
    EXPECT_EQ(harness.scheduler->find(3)->state(), SequenceState::Waiting);
    harness.drain();
    harness.checkClean();
}

TEST(Scheduler, EarlierLanesGoFirstAndALaneKeepsItsOrder) {
    Harness harness({.maxStepTokens = 4, .maxRunning = 1, .agingSteps = 10000},
                    {kvGroup(KvKind::Full, 100)});
    ASSERT_TRUE(harness.add(promptOf(4, 100), 2, Lane::Job));
    ASSERT_TRUE(harness.add(promptOf(4, 200), 2, Lane::Title));
    ASSERT_TRUE(harness.add(promptOf(4, 300), 2, Lane::Api));
    ASSERT_TRUE(harness.add(promptOf(4, 400), 2, Lane::Chat));
    ASSERT_TRUE(harness.add(promptOf(4, 500), 2, Lane::Chat));
    std::vector<SequenceId> order;
    while (!harness.scheduler->idle()) {
        const StepPlan plan = harness.launch();
        if (plan.entries[0].begins)
            order.push_back(plan.entries[0].sequence->id());
        harness.confirmOldest();
    }
    EXPECT_EQ(order, (std::vector<SequenceId>{4, 5, 3, 2, 1}));
}

TEST(Scheduler, AWaitingJobIsServedAlthoughChatsKeepComing) {
    Harness harness({.maxStepTokens = 4, .maxRunning = 1, .agingSteps = 20},
                    {kvGroup(KvKind::Full, 100)});
    ASSERT_TRUE(harness.add(promptOf(4), 5, Lane::Job));
    int steps = 0;
    for (; !harness.isDone(1) && steps < 200; ++steps) {
        ASSERT_TRUE(harness.add(promptOf(4, 100 + steps), 3));
        harness.step();
    }
    EXPECT_GT(steps, 60); // Three lanes to climb.
    EXPECT_LT(steps, 80);
    // Once it ran as old as that, no later chat took its place.
    EXPECT_EQ(harness.scheduler->statistics().preemptions, 0U);
    EXPECT_EQ(harness.reply(1), expected(promptOf(4), 5));
}

TEST(Scheduler, AChatTakesThePlaceOfAJob) {
    Harness harness({.maxStepTokens = 16, .maxRunning = 2}, {kvGroup(KvKind::Full, 100)});
    ASSERT_TRUE(harness.add(promptOf(9, 100), 30, Lane::Job));
    ASSERT_TRUE(harness.add(promptOf(9, 200), 30, Lane::Job));
    harness.step();
    harness.step();
    ASSERT_TRUE(harness.add(promptOf(9, 300), 5));
    const StepPlan plan = harness.step();
    EXPECT_NE(entryOf(plan, 3), nullptr);
    EXPECT_EQ(harness.scheduler->find(2)->state(), SequenceState::Preempted);
    harness.drain();
    for (SequenceId id = 1; id <= 2; ++id)
        EXPECT_EQ(harness.reply(id), expected(promptOf(9, TokenId(id) * 100), 30));
    EXPECT_EQ(harness.scheduler->statistics().preemptions, 1U);
    harness.checkClean();
}

TEST(Scheduler, AChatTakesThePlaceOfAJobWithStepsUnderWay) {
    Harness harness({.maxStepTokens = 16, .maxRunning = 2, .stepsAhead = 1},
                    {kvGroup(KvKind::Full, 100)});
    ASSERT_TRUE(harness.add(promptOf(9, 100), 30, Lane::Job));
    ASSERT_TRUE(harness.add(promptOf(9, 200), 30, Lane::Job));
    harness.launch();
    harness.launch();
    ASSERT_TRUE(harness.add(promptOf(5, 300), 5));
    int launches = 0;
    while (harness.scheduler->find(3)->state() != SequenceState::Running) {
        harness.confirmOldest();
        harness.launch();
        ASSERT_LE(++launches, 3);
    }
    EXPECT_EQ(harness.scheduler->find(2)->state(), SequenceState::Preempted);
    EXPECT_EQ(harness.scheduler->statistics().preemptions, 1U);
    harness.drain();
    for (SequenceId id = 1; id <= 2; ++id)
        EXPECT_EQ(harness.reply(id), expected(promptOf(9, TokenId(id) * 100), 30));
    harness.checkClean();
}

TEST(Scheduler, ReusesThePrefixOfAnEarlierPrompt) {
    Harness harness({}, {kvGroup(KvKind::Full, 100)});
    ASSERT_TRUE(harness.add(promptOf(30), 3));
    harness.drain();
    Tokens longer = promptOf(30);
    longer.insert(longer.end(), {7, 7, 7, 7, 7});
    ASSERT_TRUE(harness.add(longer, 4));
    const StepPlan plan = harness.launch();
    EXPECT_EQ(plan.entries[0].first, 28);
    EXPECT_EQ(plan.entries[0].count, 7);
    EXPECT_EQ(harness.scheduler->find(2)->cachedTokens(), 28);
    harness.confirmOldest();
    harness.drain();
    EXPECT_EQ(harness.scheduler->statistics().cachedTokens, 28U);
    ASSERT_TRUE(harness.add({.prompt = longer, .maxNewTokens = 4, .usePrefixCache = false}));
    EXPECT_EQ(harness.step().entries[0].first, 0);
    harness.drain();
    EXPECT_EQ(harness.reply(2), expected(longer, 4));
    EXPECT_EQ(harness.reply(3), expected(longer, 4));
    harness.checkClean();
}

TEST(Scheduler, KeysAndMediaKeepPrefixesApart) {
    Harness harness({}, {kvGroup(KvKind::Full, 100)});
    std::vector<SequenceOptions> variants(4);
    variants[1].key.adapter = 3;
    variants[2].media = {{.first = 5, .count = 6, .digest = {1, 2}}};
    variants[3].media = {{.first = 5, .count = 6, .digest = {2, 2}}};
    for (SequenceOptions& variant : variants) {
        variant.prompt = promptOf(20);
        variant.maxNewTokens = 4;
        ASSERT_TRUE(harness.add(variant));
        harness.drain();
    }
    for (SequenceId id = 1; id <= variants.size(); ++id)
        EXPECT_EQ(harness.reply(id), test::expectedReply(variants[id - 1], promptOf(20), 4));
    // Only the first block of the prompts with media is before the media.
    EXPECT_EQ(harness.scheduler->statistics().cachedTokens, 4U + 4U);
    harness.checkClean();
}

TEST(Scheduler, PromptLogitsComeOnceForEveryRow) {
    Harness harness({.maxStepTokens = 7, .maxRunning = 4}, {kvGroup(KvKind::Full, 6)});
    ASSERT_TRUE(harness.add(promptOf(17), 2));
    harness.drain(); // The prefix is cached now, and must not be used.
    ASSERT_TRUE(harness.add({.prompt = promptOf(17), .maxNewTokens = 3, .promptLogits = true}));
    std::int32_t next = 0;
    while (!harness.scheduler->idle()) {
        for (const PlanEntry& entry : harness.launch().entries) {
            EXPECT_EQ(entry.first + entry.count - entry.logitCount, next);
            next = entry.first + entry.count;
        }
        harness.confirmOldest();
    }
    EXPECT_EQ(next, 19);
    EXPECT_EQ(harness.reply(2), expected(promptOf(17), 3));
    harness.checkClean();
}

TEST(Scheduler, PromptLogitsAreNotRepeatedAfterAPreemption) {
    Harness harness({.maxStepTokens = 6, .maxRunning = 1}, {kvGroup(KvKind::Full, 20)});
    ASSERT_TRUE(harness.add(
        {.lane = Lane::Job, .prompt = promptOf(20), .maxNewTokens = 2, .promptLogits = true}));
    std::int32_t rows = 0;
    const auto count = [&](const StepPlan& plan) {
        if (const PlanEntry* entry = entryOf(plan, 1))
            rows += entry->logitCount;
    };
    count(harness.step());
    count(harness.step());
    EXPECT_EQ(rows, 12);
    ASSERT_TRUE(harness.add(promptOf(5, 100), 2));
    while (!harness.scheduler->idle()) {
        count(harness.launch());
        harness.confirmOldest();
    }
    EXPECT_EQ(harness.scheduler->statistics().preemptions, 1U);
    EXPECT_EQ(rows, 21);
    harness.checkClean();
}

TEST(Scheduler, SchedulesAheadOfUnknownTokens) {
    Harness harness({.maxStepTokens = 16, .maxRunning = 4, .stepsAhead = 1},
                    {kvGroup(KvKind::Full, 50)});
    const Sequence* sequence = *harness.add(promptOf(6), 6);
    harness.launch();
    const StepPlan ahead = harness.launch();
    ASSERT_EQ(ahead.entries.size(), 1U);
    EXPECT_EQ(ahead.entries[0].first, 6);
    EXPECT_EQ(sequence->tokenCount(), 6);
    EXPECT_EQ(sequence->scheduled(), 7);
    EXPECT_EQ(sequence->computed(), 0);
    EXPECT_TRUE(harness.launch().empty());
    harness.confirmOldest();
    EXPECT_EQ(sequence->tokenCount(), 7);
    EXPECT_EQ(sequence->computed(), 6);
    // Ended by a stop token while a step is under way: its blocks wait for that step.
    EXPECT_TRUE(harness.scheduler->finish(1));
    EXPECT_EQ(harness.kv.pool(0).statistics().active, 2);
    EXPECT_FALSE(harness.scheduler->idle());
    harness.confirmOldest();
    harness.checkClean();
}

TEST(Scheduler, NeverRunsAheadOfTheLimit) {
    Harness harness({.maxStepTokens = 16, .maxRunning = 4, .stepsAhead = 3},
                    {kvGroup(KvKind::Full, 50)});
    ASSERT_TRUE(harness.add(promptOf(6), 2));
    EXPECT_FALSE(harness.launch().empty());
    EXPECT_FALSE(harness.launch().empty());
    EXPECT_TRUE(harness.launch().empty());
    harness.drain();
    EXPECT_EQ(harness.reply(1), expected(promptOf(6), 2));
    harness.checkClean();
}

TEST(Scheduler, TakesAcceptedDraftsAndRollsTheRestBack) {
    Harness harness({}, {kvGroup(KvKind::Full, 50)});
    const Sequence* sequence = *harness.add(promptOf(6), 20);
    harness.step();
    const Tokens reply = expected(promptOf(6), 20);
    // Two right, two wrong: two and the token after them are gained.
    harness.scheduler->propose(1, Tokens{reply[1], reply[2], -1, -1});
    const StepPlan plan = harness.launch();
    EXPECT_EQ(plan.entries[0].count, 5);
    EXPECT_EQ(plan.entries[0].drafts, 4);
    EXPECT_EQ(plan.entries[0].logitCount, 5);
    EXPECT_EQ(sequence->scheduled(), 11);
    harness.confirmOldest();
    EXPECT_EQ(sequence->generatedTokens(), 4);
    EXPECT_EQ(sequence->computed(), 9);
    EXPECT_EQ(sequence->scheduled(), 9);
    EXPECT_TRUE(sequence->drafts().empty());
    // Drafts beyond the limit are cut.
    harness.scheduler->propose(1, std::span(reply).subspan(4));
    harness.step();
    EXPECT_EQ(harness.reply(1), reply);
    harness.checkClean();
}

TEST(Scheduler, ADiscardedStepIsComputedAgain) {
    for (const KvKind kind : {KvKind::Full, KvKind::Recurrent}) {
        Harness harness({}, {kvGroup(kind, 50)});
        const Sequence* sequence = *harness.add(promptOf(6), 5);
        harness.step();
        harness.launch();
        harness.discardYoungest();
        EXPECT_EQ(sequence->scheduled(), kind == KvKind::Full ? 6 : 0);
        EXPECT_EQ(harness.scheduler->stepsInFlight(), 0);
        harness.drain();
        EXPECT_EQ(harness.reply(1), expected(promptOf(6), 5));
        harness.checkClean();
    }
}

TEST(Scheduler, AForkContinuesWithAnotherToken) {
    Harness harness({}, {kvGroup(KvKind::Full, 50)});
    EXPECT_EQ(harness.scheduler->fork(1, 2, 5).error().code, ErrorCode::NotFound);
    const Sequence* parent = *harness.add(promptOf(6), 8);
    EXPECT_EQ(harness.scheduler->fork(1, 2, 5).error().field, "parent");
    harness.step();
    harness.step();
    EXPECT_EQ(harness.scheduler->fork(1, 1, 5).error().field, "id");
    const Tokens start(parent->tokens().begin(), parent->tokens().end() - 1);
    const Sequence* child = *harness.fork(1, 77);
    EXPECT_EQ(child->state(), SequenceState::Running);
    EXPECT_EQ(child->computed(), 7);
    EXPECT_EQ(child->cache().tables[0].blocks, parent->cache().tables[0].blocks);
    const SequenceId childId = child->id();
    EXPECT_EQ(harness.launch().copies.size(), 1U);
    harness.confirmOldest();
    harness.checkInvariants();
    harness.drain();
    EXPECT_EQ(harness.reply(1), expected(promptOf(6), 8));
    Tokens forked = start;
    forked.push_back(77);
    Tokens rest = expected(forked, 6);
    rest.insert(rest.begin(), forked.begin() + 6, forked.end());
    EXPECT_EQ(harness.reply(childId), rest);
    harness.checkClean();
}

TEST(Scheduler, AForkWithoutAPlaceQueues) {
    Harness harness({.maxStepTokens = 64, .maxRunning = 1}, {kvGroup(KvKind::Full, 50)});
    ASSERT_TRUE(harness.add(promptOf(6), 4));
    harness.step();
    const Sequence* child = *harness.fork(1, 77);
    EXPECT_EQ(child->state(), SequenceState::Waiting);
    const SequenceId id = child->id();
    harness.drain();
    Tokens forked = promptOf(6);
    forked.push_back(77);
    Tokens rest = expected(forked, 3);
    rest.insert(rest.begin(), 77);
    EXPECT_EQ(harness.reply(id), rest);
    harness.checkClean();
}

TEST(Scheduler, NamesASequenceThatCannotGoOnAlone) {
    KvManagerOptions managerOptions;
    managerOptions.growthBlocks = 1;
    managerOptions.grow = [](std::int32_t, std::int32_t blocks) { return std::min(blocks, 3); };
    auto group = kvGroup(KvKind::Full, 1);
    group.limit = 20; // Promised, but the memory is not there.
    Harness harness({}, {group}, managerOptions);
    ASSERT_TRUE(harness.add(promptOf(5), 20));
    ASSERT_TRUE(harness.add(promptOf(5, 100), 4));
    harness.drain();
    EXPECT_EQ(harness.starved(), (std::set<SequenceId>{1}));
    EXPECT_EQ(harness.reply(2), expected(promptOf(5, 100), 4));
    EXPECT_EQ(harness.add(promptOf(5), 20).error().code, ErrorCode::CacheExceeded);
    ASSERT_TRUE(harness.add(promptOf(5), 8));
    harness.drain();
    harness.checkClean();
}

TEST(Scheduler, CountsWhatItDoes) {
    Harness harness({.maxStepTokens = 64, .maxRunning = 2}, {kvGroup(KvKind::Full, 10)});
    for (TokenId i = 0; i < 3; ++i)
        ASSERT_TRUE(harness.add(promptOf(5, i * 10), 3));
    harness.step();
    const SchedulerStatistics statistics = harness.scheduler->statistics();
    EXPECT_EQ(statistics.running, 2);
    EXPECT_EQ(statistics.waiting, 1);
    EXPECT_EQ(statistics.blocks, 10);
    EXPECT_EQ(statistics.blocksUsed, 4);
    EXPECT_EQ(statistics.blocksFree, 6);
    EXPECT_EQ(statistics.steps, 1U);
    EXPECT_TRUE(harness.scheduler->cancel(3));
    harness.drain();
    EXPECT_EQ(harness.scheduler->statistics().finished, 2U);
    EXPECT_EQ(harness.scheduler->statistics().cancelled, 1U);
    EXPECT_EQ(harness.scheduler->statistics().blocksCached, 2);
}

} // namespace
} // namespace hearth
