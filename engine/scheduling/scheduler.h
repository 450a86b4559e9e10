#pragma once

#include "cache/kv_manager.h"
#include "hearth/result.h"
#include "scheduling/sequence.h"

#include <array>
#include <cstdint>
#include <deque>
#include <functional>
#include <limits>
#include <map>
#include <memory>
#include <span>
#include <unordered_map>
#include <vector>

namespace hearth {

struct SchedulerOptions {
    std::int32_t contextTokens = 0;      ///< Tokens of a sequence that the model can attend to.
    std::int32_t maxStepTokens = 512;    ///< Budget of a step: decodes first, prefill in the rest.
    std::int32_t maxRunning = 16;        ///< Sequences that run at once, ≤ maxStepTokens.
    std::int32_t maxPartialPrefills = 2; ///< Half-read prompts at once, lower lanes' apart.
    std::int32_t agingSteps = 512; ///< Calls of schedule() after which a waiter gains one lane.
    std::int32_t stepsAhead = 0;   ///< Steps that may be launched before one is confirmed.
    /// Rows of logits a step that the device has room for, above maxRunning; 0: as many as tokens.
    /// A prompt whose logits are wanted is read in smaller parts for it.
    std::int32_t logitRows = 0;
    /// Sequence::ropeLength() of a sequence that may grow to so many tokens in the cache; it is
    /// also PrefixKey::rope, since keys turned otherwise cannot be shared. Empty: 0.
    std::function<std::int32_t(std::int32_t tokens)> ropeLength = {};
};

/// A run of tokens of one sequence in a step. A token at or behind tokenCount() is a draft
/// (`drafts` > 0) or the one that the step before samples (stepsAhead > 0).
struct PlanEntry {
    Sequence* sequence = nullptr; ///< Valid until the plan is confirmed or discarded.
    std::int32_t first = 0;       ///< Position of the first token.
    std::int32_t count = 0;
    std::int32_t logitCount = 0; ///< The last so many rows need logits.
    std::int32_t drafts = 0;     ///< The last so many tokens are drafts.
    bool samples = false;        ///< Yields a token: 1 + accepted drafts.
    /// The first run since the sequence got its blocks: the encoder's output (Cross) is to be
    /// written, recurrent state to be cleared.
    bool begins = false;
};

struct StepPlan {
    StepId id = 0;
    std::vector<PlanEntry> entries;
    std::vector<BlockCopy> copies; ///< To be done before the step, in order, whatever follows.
    std::int32_t tokenCount = 0;
    std::int32_t decodeTokens = 0;  ///< Drafts included.
    std::int32_t prefillTokens = 0; ///< tokenCount = decodeTokens + prefillTokens.
    /// Sequences that cannot go on even alone, since a group's limit fell (memory ran out): the
    /// caller ends them with CacheExceeded.
    std::vector<SequenceId> starved;

    [[nodiscard]] bool empty() const { return entries.empty(); }
};

struct SchedulerStatistics {
    std::int32_t running = 0;
    std::int32_t waiting = 0; ///< Preempted ones included.
    std::int32_t blocks = 0;  ///< Capacity of all groups.
    std::int32_t blocksUsed = 0;
    std::int32_t blocksFree = 0;
    std::int32_t blocksCached = 0;
    std::uint64_t steps = 0; ///< All since the start, as the rest.
    std::uint64_t preemptions = 0;
    std::uint64_t recomputedTokens = 0; ///< Given up by preemption and not found cached again.
    std::uint64_t cachedTokens = 0;     ///< Prompt tokens served by the prefix cache.
    std::uint64_t finished = 0;
    std::uint64_t cancelled = 0;
};

/// Decides what each step computes: continuous batching over paged KV (Orca, OSDI 2022; vLLM, SOSP
/// 2023) with chunked prefill (Sarathi-Serve, OSDI 2024). Sequences are served in the order of
/// (rank, arrival), where the rank is the lane, minus one for each agingSteps without service.
/// One that comes earlier may take blocks from one that comes later, never the other way round:
/// the first in that order cannot be preempted, so it ends, and then the next is first. Preempted
/// sequences are recomputed from their tokens, from as far as the prefix cache still has them.
/// Owns the sequences, not the cache. Used by the engine thread alone; never blocks.
///
/// A step: plan = schedule(); run it; confirm(plan, sampled tokens); finish() those that are done.
class Scheduler {
public:
    static constexpr std::int32_t kAnyPrefill = std::numeric_limits<std::int32_t>::max();

    /// InvalidArgument naming the option (steps ahead need a cache that can roll back). `cache`
    /// must outlive the scheduler.
    static Result<std::unique_ptr<Scheduler>> create(const SchedulerOptions& options,
                                                     KvManager& cache);
    ~Scheduler();
    Scheduler(const Scheduler&) = delete;
    Scheduler& operator=(const Scheduler&) = delete;

    /// Queues a sequence. Errors: InvalidArgument (empty prompt, id in use, negative limit);
    /// ContextExceeded in tokens (a prompt as long as the context still gets one new token);
    /// CacheExceeded in blocks, if prompt and maxNewTokens can never fit the pool.
    Result<const Sequence*> add(SequenceOptions options);

    /// A second sequence that continues `parent` with `token` in place of its last generated
    /// token. Shares the parent's blocks if the parent runs and a place is free, else it queues.
    /// Errors: NotFound, InvalidArgument (nothing generated yet, id in use).
    Result<const Sequence*> fork(SequenceId parent, SequenceId child, TokenId token);

    /// Proposes tokens that may follow, checked in the next step (speculation). Ignored unless the
    /// sequence is in decode with no step in flight; cut at its limit and the step's budget.
    void propose(SequenceId id, std::span<const TokenId> drafts);

    /// The next step, counted as launched unless empty. Empty also while more than stepsAhead
    /// steps wait to be confirmed. If it decodes for somebody (lanes Chat and Api), its prefill has
    /// at most `prefillBesideDecodes` tokens (one at least), maxStepTokens apart.
    [[nodiscard]] StepPlan schedule(std::int32_t prefillBesideDecodes = kAnyPrefill);

    /// Ends the oldest launched step. `sampled` holds the tokens of all entries with `samples`, in
    /// order, also of those finished meanwhile (ignored); `counts` how many each got, 1 to
    /// 1 + drafts, all 1 if empty.
    void confirm(const StepPlan& plan, std::span<const TokenId> sampled,
                 std::span<const std::int32_t> counts = {});

    /// Takes back the youngest launched step, which failed: its tokens are to be computed again.
    void discard(const StepPlan& plan);

    /// Forgets a sequence in whatever state and gives its blocks back, delayed while a launched
    /// step uses them. False if the id is unknown (already finished or cancelled).
    bool finish(SequenceId id);
    bool cancel(SequenceId id);

    [[nodiscard]] const Sequence* find(SequenceId id) const;
    /// True if there is nothing to schedule and nothing in flight.
    [[nodiscard]] bool idle() const { return m_sequences.empty() && m_inFlight == 0; }
    [[nodiscard]] std::int32_t stepsInFlight() const { return m_inFlight; }
    [[nodiscard]] SchedulerStatistics statistics() const;

private:
    static constexpr std::size_t kLanes = 4;

    Scheduler(const SchedulerOptions& options, KvManager& cache)
        : m_options(options)
        , m_cache(cache) {}

    /// Whose blocks count as taken when asking whether a waiting sequence fits.
    enum class Victims : std::uint8_t { Kept, Preempted };
    struct Finished {
        StepId step = 0; ///< The last step that may name the sequence.
        std::unique_ptr<Sequence> sequence;
    };
    /// A waiting sequence that did not fit, and what has to change before it may.
    struct Blocked {
        const Sequence* sequence = nullptr;
        std::int32_t rank = 0;
        std::uint64_t releases = 0;
        std::size_t running = 0;

        friend bool operator==(const Blocked&, const Blocked&) = default;
    };

    // scheduler.cpp: the life of sequences and steps.
    [[nodiscard]] std::int32_t chunkTokens() const;
    [[nodiscard]] Result<std::int32_t> newTokenLimit(const SequenceOptions& options) const;
    Sequence& insert(SequenceOptions options, std::int32_t maxNewTokens);
    void enqueue(Sequence& sequence);
    void dequeue(Sequence& sequence);
    void run(Sequence& sequence);
    void preempt(Sequence& sequence);
    void confirm(const PlanEntry& entry, std::span<const TokenId> sampled);
    void forgetFinished(StepId step);
    bool remove(SequenceId id);

    // scheduler_plan.cpp: what the next step computes.
    [[nodiscard]] std::int32_t currentRank(const Sequence& sequence) const;
    [[nodiscard]] Sequence* waitingHead() const;
    void sortRunning();
    [[nodiscard]] std::int32_t stepBudget() const;
    void resetBudget();
    void admitAhead(StepPlan& plan);
    void shareDecodes();
    void sharePrefills();
    void admit(StepPlan& plan);
    void spendLeftover(StepPlan& plan);
    bool place(StepPlan& plan, Sequence& sequence, std::int32_t count);
    [[nodiscard]] std::int32_t withinLogitRows(const Sequence& sequence, std::int32_t count) const;
    void extend(StepPlan& plan, Sequence& sequence, std::int32_t count, std::int32_t drafts);
    [[nodiscard]] bool mayEnter(const Sequence& head) const;
    [[nodiscard]] bool open(StepPlan& plan, Sequence& head);
    [[nodiscard]] bool makeWay(const Sequence& head);
    [[nodiscard]] bool fits(const Sequence& head, Victims victims) const;
    [[nodiscard]] BlockCounts missingBlocks(const Sequence& sequence) const;
    [[nodiscard]] bool isVictimOf(const Sequence& head, const Sequence& running) const;
    [[nodiscard]] Sequence* lastVictimOf(const Sequence& head) const;
    [[nodiscard]] Sequence* lastVictimBehind(const Sequence& taker) const;

    const SchedulerOptions m_options;
    KvManager& m_cache;
    std::unordered_map<SequenceId, std::unique_ptr<Sequence>> m_sequences;
    std::array<std::map<std::uint64_t, Sequence*>, kLanes> m_waiting; ///< By rank and arrival.
    std::vector<Sequence*> m_running; ///< In the order of service while a step is planned.
    std::deque<Finished> m_finished;
    std::uint64_t m_arrivals = 0;
    std::uint64_t m_tick = 0; ///< Calls of schedule().
    StepId m_lastStep = 0;
    std::int32_t m_inFlight = 0;
    std::int32_t m_prefillBesideDecodes = kAnyPrefill; ///< Of the step being planned.
    std::int32_t m_budget = 0;       ///< Tokens left of the step being planned.
    std::int32_t m_promptRows = 0;   ///< Rows of logits left of it for prompts.
    std::int32_t m_unusedBudget = 0; ///< Tokens that it does without for the sake of its decodes.
    Blocked m_blocked;
    SchedulerStatistics m_counters;
};

} // namespace hearth
