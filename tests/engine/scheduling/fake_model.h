#pragma once

#include "cache/kv_manager.h"
#include "scheduling/scheduler.h"

#include <cstdint>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <vector>

namespace hearth::test {

using Tokens = std::vector<TokenId>;

/// `count` tokens that rise from `first`.
Tokens promptOf(std::int32_t count, TokenId first = 0);

/// Blocks of four tokens, `blocks` of them from the start.
KvGroupOptions kvGroup(kernels::KvKind kind, std::int32_t blocks, std::int32_t window = 0);

/// The reply that the fake model gives to a prompt: a function of every token before, and of the
/// key and media that the cache must keep apart.
Tokens expectedReply(const SequenceOptions& options, const Tokens& prompt, std::int32_t count);

/// Stands in for model and cache memory. Every slot of every block holds a fingerprint of all
/// tokens up to it; a step reads all slots that attention would and compares. So a block that is
/// reused wrongly, overwritten, freed too early or not copied shows as an error.
class FakeModel {
public:
    explicit FakeModel(const KvManager& cache)
        : m_cache(cache) {}

    struct Sampled {
        Tokens tokens;
        std::vector<std::int32_t> counts;
    };
    /// Runs a step as the device would, and returns what confirm() takes.
    Sampled run(const StepPlan& plan);

    [[nodiscard]] const std::vector<std::string>& errors() const { return m_errors; }
    [[nodiscard]] std::int64_t computedTokens() const { return m_computedTokens; }

private:
    using Slot = std::uint64_t;

    Slot& slot(std::int32_t group, BlockId block, std::int32_t index);
    void copy(const BlockCopy& copy);
    void write(const PlanEntry& entry, const std::vector<std::uint64_t>& prints);
    void check(const PlanEntry& entry, const std::vector<std::uint64_t>& prints);
    void compare(const PlanEntry& entry, std::int32_t group, std::int32_t position, Slot found,
                 Slot expected);
    [[nodiscard]] Tokens tokensOf(const PlanEntry& entry) const;

    const KvManager& m_cache;
    std::map<std::int32_t, std::map<BlockId, std::vector<Slot>>> m_memory;
    std::map<SequenceId, std::map<std::int32_t, TokenId>> m_sampled; ///< By position.
    std::vector<std::string> m_errors;
    std::int64_t m_computedTokens = 0;
};

/// A scheduler, its cache and a fake model.
class Harness {
public:
    Harness(SchedulerOptions options, std::vector<KvGroupOptions> groups,
            KvManagerOptions managerOptions = {});

    /// Queues a prompt; the id counts from 1.
    Result<const Sequence*> add(Tokens prompt, std::int32_t newTokens, Lane lane = Lane::Chat);
    Result<const Sequence*> add(SequenceOptions options);
    Result<const Sequence*> fork(SequenceId parent, TokenId token);
    /// Schedules, runs and confirms one step, and finishes what reached its limit.
    StepPlan step(std::int32_t prefillBesideDecodes = Scheduler::kAnyPrefill);
    /// Launches a step, or ends the oldest one.
    StepPlan launch(std::int32_t prefillBesideDecodes = Scheduler::kAnyPrefill);
    void confirmOldest();
    void discardYoungest();
    void finishDone();
    /// Steps until nothing is left; fails the test after `limit` steps. Returns the steps.
    int drain(int limit = 100000);

    /// Tokens of a finished sequence.
    [[nodiscard]] const Tokens& reply(SequenceId id) const { return m_replies.at(id); }
    [[nodiscard]] bool isDone(SequenceId id) const { return m_replies.contains(id); }
    [[nodiscard]] const std::map<SequenceId, Tokens>& replies() const { return m_replies; }
    [[nodiscard]] const std::set<SequenceId>& starved() const { return m_starved; }

    /// Fails the test unless reference counts equal the tables and every block is in one state.
    void checkInvariants() const;
    /// Fails the test if a block or a prefix is left, or the model saw an error.
    void checkClean();

    KvManager kv;
    std::unique_ptr<Scheduler> scheduler;
    FakeModel model{kv};

private:
    struct Launched {
        StepPlan plan;
        FakeModel::Sampled sampled;
        std::vector<std::pair<std::int32_t, BlockId>> blocks; ///< That the step uses.
    };

    std::vector<Launched> m_launched;
    std::map<SequenceId, Tokens> m_replies;
    std::set<SequenceId> m_starved;
    std::set<SequenceId> m_known;
    SequenceId m_nextId = 1;
};

} // namespace hearth::test
