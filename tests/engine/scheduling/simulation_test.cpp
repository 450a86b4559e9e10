#include "engine/scheduling/fake_model.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <ostream>
#include <random>

namespace hearth {
namespace {

using kernels::KvKind;
using test::Harness;
using test::kvGroup;
using test::Tokens;

struct Setup {
    const char* name;
    std::vector<KvGroupOptions> groups;
    std::int32_t stepsAhead = 0;
    bool prefixCache = true;
    bool resizes = false; ///< The first group grows and shrinks while it runs.
    std::uint64_t hashMask = ~0ULL;
};

/// Requests of all kinds come, fork, speculate, fail and go at random on a pool that is much too
/// small; after each event the books are checked, at the end every reply.
class Simulation {
public:
    Simulation(const Setup& setup, unsigned seed)
        : m_setup(setup)
        , m_random(seed)
        , m_harness(schedulerOptions(), setup.groups, managerOptions()) {}

    void run(int events) {
        for (int i = 0; i < events && !testing::Test::HasFailure(); ++i) {
            act();
            m_harness.checkInvariants();
            ASSERT_TRUE(m_harness.model.errors().empty()) << m_harness.model.errors().front();
        }
        while (inFlight() > 0)
            m_harness.confirmOldest();
        m_harness.drain(20000);
        checkReplies();
        m_harness.checkClean();
    }
    [[nodiscard]] SchedulerStatistics statistics() const {
        return m_harness.scheduler->statistics();
    }

private:
    struct Expectation {
        SequenceOptions options;
        Tokens start;           ///< The prompt and the tokens that forks have forced.
        std::size_t prompt = 0; ///< Tokens of the prompt.
        std::int32_t newTokens = 0;
    };

    SchedulerOptions schedulerOptions() {
        SchedulerOptions options;
        options.contextTokens = 100;
        options.maxStepTokens = std::int32_t(5 + pick(30));
        options.maxRunning = std::min(options.maxStepTokens, std::int32_t(1 + pick(8)));
        options.logitRows = pick(2) == 0 ? 0 : options.maxRunning + std::int32_t(1 + pick(6));
        options.maxPartialPrefills = std::int32_t(1 + pick(3));
        options.agingSteps = std::int32_t(1 + pick(50));
        options.stepsAhead = m_setup.stepsAhead;
        return options;
    }
    KvManagerOptions managerOptions() const {
        KvManagerOptions options;
        options.prefixCache = m_setup.prefixCache;
        options.hashMask = m_setup.hashMask;
        options.growthBlocks = 2;
        if (m_setup.resizes)
            options.grow = [](std::int32_t, std::int32_t blocks) { return blocks; };
        return options;
    }
    std::size_t pick(std::size_t count) { return m_random() % count; }
    [[nodiscard]] std::int32_t inFlight() const { return m_harness.scheduler->stepsInFlight(); }

    void act() {
        const std::size_t event = pick(100);
        if (event < 18)
            arrive();
        else if (event < 22)
            cancel();
        else if (event < 26)
            fork();
        else if (event < 34)
            propose();
        else if (event < 36 && inFlight() > 0)
            m_harness.discardYoungest();
        else if (event < 38 && m_setup.resizes)
            resize();
        else if (event < 70)
            m_harness.launch(pick(3) == 0 ? std::int32_t(pick(9)) : Scheduler::kAnyPrefill);
        else if (inFlight() > 0)
            m_harness.confirmOldest();
    }
    void arrive() {
        if (m_expected.size() > m_harness.replies().size() + 25)
            return;
        Expectation expectation;
        SequenceOptions& options = expectation.options;
        // Three stems, so that prompts share prefixes of all lengths.
        const std::size_t stem = pick(40);
        const auto family = TokenId(pick(3));
        for (std::size_t i = 0; i < stem; ++i)
            options.prompt.push_back(family * 100 + TokenId(i));
        for (std::size_t i = 0, tail = 1 + pick(5); i < tail; ++i)
            options.prompt.push_back(TokenId(pick(4)));
        options.maxNewTokens = std::int32_t(pick(20));
        options.lane = Lane(pick(4));
        options.key.adapter = pick(8) == 0 ? 1 : 0;
        if (pick(5) == 0)
            options.media = {{std::int32_t(pick(20)), std::int32_t(1 + pick(9)), {pick(2), 1}}};
        options.usePrefixCache = pick(10) != 0;
        options.promptLogits = pick(10) == 0;
        options.crossTokens = hasCross() ? std::int32_t(pick(9)) : 0;
        expectation.start = options.prompt;
        expectation.prompt = options.prompt.size();
        expectation.newTokens = *options.maxNewTokens;
        const auto added = m_harness.add(options);
        if (added)
            m_expected[(*added)->id()] = std::move(expectation);
        else
            ASSERT_EQ(added.error().code, ErrorCode::CacheExceeded);
    }
    void cancel() {
        if (const Sequence* sequence = any()) {
            const SequenceId id = sequence->id();
            ASSERT_TRUE(m_harness.scheduler->cancel(id));
            ASSERT_FALSE(m_harness.scheduler->cancel(id));
            m_expected.erase(id);
        }
    }
    void fork() {
        const Sequence* parent = any();
        if (parent == nullptr || parent->generatedTokens() == 0)
            return;
        Expectation expectation = m_expected.at(parent->id());
        expectation.start.assign(parent->tokens().begin(), parent->tokens().end());
        expectation.start.back() = TokenId(pick(1000));
        const auto child = m_harness.fork(parent->id(), expectation.start.back());
        ASSERT_TRUE(child);
        m_expected[(*child)->id()] = std::move(expectation);
    }
    void propose() {
        const Sequence* sequence = any();
        if (sequence == nullptr)
            return;
        const Tokens tokens(sequence->tokens().begin(), sequence->tokens().end());
        Tokens drafts = test::expectedReply(sequence->options(), tokens, std::int32_t(pick(6)));
        if (!drafts.empty() && pick(2) == 0)
            drafts[pick(drafts.size())] = -1;
        m_harness.scheduler->propose(sequence->id(), drafts);
    }
    void resize() {
        const auto blocks = std::int32_t(12 + pick(20));
        if (pick(2) == 0)
            m_harness.kv.shrink(0, blocks);
        else
            m_harness.kv.setLimit(0, std::max(blocks, m_harness.kv.pool(0).capacity()));
    }
    [[nodiscard]] bool hasCross() const {
        return std::any_of(m_setup.groups.begin(), m_setup.groups.end(),
                           [](const auto& group) { return group.layout.kind == KvKind::Cross; });
    }
    const Sequence* any() {
        std::vector<const Sequence*> alive;
        for (const auto& [id, expectation] : m_expected) {
            if (const Sequence* sequence = m_harness.scheduler->find(id))
                alive.push_back(sequence);
        }
        return alive.empty() ? nullptr : alive[pick(alive.size())];
    }
    void checkReplies() {
        for (const auto& [id, expectation] : m_expected) {
            if (m_harness.starved().contains(id)) {
                EXPECT_TRUE(m_setup.resizes);
                continue;
            }
            ASSERT_TRUE(m_harness.isDone(id));
            Tokens reply(expectation.start.begin() + std::ptrdiff_t(expectation.prompt),
                         expectation.start.end());
            const Tokens rest =
                test::expectedReply(expectation.options, expectation.start,
                                    expectation.newTokens - std::int32_t(reply.size()));
            reply.insert(reply.end(), rest.begin(), rest.end());
            ASSERT_EQ(m_harness.reply(id), reply) << "sequence " << id;
        }
    }

    Setup m_setup;
    std::mt19937 m_random;
    Harness m_harness;
    std::map<SequenceId, Expectation> m_expected;
};

std::ostream& operator<<(std::ostream& stream, const Setup& setup) {
    return stream << setup.name;
}

class SchedulerSimulation : public testing::TestWithParam<Setup> {};

TEST_P(SchedulerSimulation, EverySequenceGetsExactlyItsTokens) {
    SchedulerStatistics total;
    for (unsigned seed = 1; seed <= 6 && !HasFailure(); ++seed) {
        SCOPED_TRACE(seed);
        Simulation simulation(GetParam(), seed);
        simulation.run(3000);
        total.preemptions += simulation.statistics().preemptions;
        total.cachedTokens += simulation.statistics().cachedTokens;
        total.finished += simulation.statistics().finished;
    }
    // The simulation is worth nothing unless it gets into trouble.
    EXPECT_GT(total.finished, 200U);
    EXPECT_GE(total.preemptions, 5U); // Windows need few blocks, so few are missing.
    const bool reuses =
        GetParam().prefixCache && std::none_of(GetParam().groups.begin(), GetParam().groups.end(),
                                               [](const KvGroupOptions& group) {
                                                   return group.layout.kind == KvKind::Recurrent;
                                               });
    EXPECT_EQ(total.cachedTokens > 500U, reuses);
}

INSTANTIATE_TEST_SUITE_P(
    Setups, SchedulerSimulation,
    testing::Values(
        Setup{.name = "Full", .groups = {kvGroup(KvKind::Full, 20)}},
        Setup{.name = "NoPrefixCache", .groups = {kvGroup(KvKind::Full, 20)}, .prefixCache = false},
        Setup{.name = "AllHashesCollide", .groups = {kvGroup(KvKind::Full, 24)}, .hashMask = 0},
        Setup{.name = "StepsAhead", .groups = {kvGroup(KvKind::Full, 20)}, .stepsAhead = 2},
        Setup{.name = "FullAndWindow",
              .groups = {kvGroup(KvKind::Full, 20), kvGroup(KvKind::SlidingWindow, 18, 9)}},
        Setup{.name = "FullAndWindowAhead",
              .groups = {kvGroup(KvKind::Full, 24), kvGroup(KvKind::SlidingWindow, 22, 6)},
              .stepsAhead = 1},
        Setup{.name = "WindowOnly", .groups = {kvGroup(KvKind::SlidingWindow, 13, 7)}},
        Setup{.name = "LatentAndCross",
              .groups = {kvGroup(KvKind::Latent, 20), kvGroup(KvKind::Cross, 8)}},
        Setup{.name = "FullAndRecurrent",
              .groups = {kvGroup(KvKind::Full, 20), kvGroup(KvKind::Recurrent, 3)}},
        Setup{.name = "Resizes", .groups = {kvGroup(KvKind::Full, 20)}, .resizes = true}),
    [](const auto& parameter) { return std::string(parameter.param.name); });

} // namespace
} // namespace hearth
