#include "scheduling/scheduler.h"

#include <algorithm>
#include <string>
#include <utility>

namespace hearth {

namespace {

Failure invalid(std::string field, std::string detail) {
    Error error;
    error.code = ErrorCode::InvalidArgument;
    error.field = std::move(field);
    error.detail = std::move(detail);
    return fail(std::move(error));
}

Failure exceeded(ErrorCode code, std::uint64_t needed, std::uint64_t available) {
    Error error;
    error.code = code;
    error.needed = needed;
    error.available = available;
    return fail(std::move(error));
}

} // namespace

Result<std::unique_ptr<Scheduler>> Scheduler::create(const SchedulerOptions& options,
                                                     KvManager& cache) {
    constexpr std::int32_t kMaxStepsAhead = 8;
    constexpr std::int32_t kMaxStepTokens = 1 << 20;
    if (options.contextTokens < 1)
        return invalid("contextTokens", "at least 1");
    if (options.maxStepTokens < 1 || options.maxStepTokens > kMaxStepTokens)
        return invalid("maxStepTokens", "1 to " + std::to_string(kMaxStepTokens));
    if (options.maxRunning < 1 || options.maxRunning > options.maxStepTokens)
        return invalid("maxRunning", "1 to maxStepTokens");
    if (options.logitRows != 0 && options.logitRows <= options.maxRunning)
        return invalid("logitRows", "0 or more than maxRunning");
    if (options.maxPartialPrefills < 1)
        return invalid("maxPartialPrefills", "at least 1");
    if (options.agingSteps < 1)
        return invalid("agingSteps", "at least 1");
    if (options.stepsAhead < 0 || options.stepsAhead > kMaxStepsAhead)
        return invalid("stepsAhead", "0 to " + std::to_string(kMaxStepsAhead));
    if (options.stepsAhead > 0 && !cache.canRollBack())
        return invalid("stepsAhead", "0 with recurrent state");
    return std::unique_ptr<Scheduler>(new Scheduler(options, cache));
}

Scheduler::~Scheduler() {
    for (auto& [id, sequence] : m_sequences)
        m_cache.release(sequence->m_cache);
    m_cache.retired(m_lastStep);
}

std::int32_t Scheduler::chunkTokens() const {
    return m_options.maxStepTokens * (m_options.stepsAhead + 1);
}

Result<std::int32_t> Scheduler::newTokenLimit(const SequenceOptions& options) const {
    if (options.prompt.size() > std::size_t(m_options.contextTokens))
        return exceeded(ErrorCode::ContextExceeded, options.prompt.size(),
                        std::uint64_t(m_options.contextTokens));
    const auto prompt = std::int32_t(options.prompt.size());
    // The last token generated needs no place in the cache.
    std::int32_t most = m_options.contextTokens - prompt + 1;
    if (options.maxNewTokens) {
        most = std::min(most, *options.maxNewTokens);
    } else {
        const std::int32_t poolTokens = m_cache.maxTokens(chunkTokens(), options.crossTokens);
        most = std::clamp(poolTokens - prompt + 1, 1, most);
    }
    const BlockCounts needed =
        m_cache.blocksFor(prompt + std::max(most, 1) - 1, chunkTokens(), options.crossTokens);
    const BlockCounts limits = m_cache.limits();
    for (std::size_t g = 0; g < needed.size(); ++g) {
        if (needed[g] > limits[g])
            return exceeded(ErrorCode::CacheExceeded, std::uint64_t(needed[g]),
                            std::uint64_t(limits[g]));
    }
    return most;
}

Result<const Sequence*> Scheduler::add(SequenceOptions options) {
    if (options.prompt.empty())
        return invalid("prompt", "at least one token");
    if (m_sequences.contains(options.id))
        return invalid("id", "not in use");
    if (options.maxNewTokens && *options.maxNewTokens < 0)
        return invalid("maxNewTokens", "not negative");
    if (options.crossTokens < 0)
        return invalid("crossTokens", "not negative");
    HEARTH_TRY_ASSIGN(const std::int32_t maxNewTokens, newTokenLimit(options));
    Sequence& sequence = insert(std::move(options), maxNewTokens);
    enqueue(sequence);
    return &sequence;
}

Result<const Sequence*> Scheduler::fork(SequenceId parentId, SequenceId childId, TokenId token) {
    const Sequence* parent = find(parentId);
    if (parent == nullptr)
        return fail(ErrorCode::NotFound, "sequence to fork");
    if (parent->generatedTokens() == 0)
        return invalid("parent", "a sequence that has generated a token");
    if (m_sequences.contains(childId))
        return invalid("id", "not in use");
    SequenceOptions options = parent->m_options;
    options.id = childId;
    options.promptLogits = false;
    const auto prompt = parent->tokens().first(std::size_t(parent->promptTokens()));
    options.prompt.assign(prompt.begin(), prompt.end());
    Sequence& child = insert(std::move(options), parent->maxNewTokens());
    child.m_tokens = parent->m_tokens;
    child.m_tokens.back() = token;
    child.m_rank = parent->m_rank;
    const bool stateIsExact = parent->stepsInFlight() == 0 || m_cache.canRollBack();
    if (parent->state() != SequenceState::Running || !stateIsExact ||
        m_running.size() >= std::size_t(m_options.maxRunning)) {
        enqueue(child);
        return &child;
    }
    child.m_computed = child.m_scheduled = std::min(parent->computed(), parent->tokenCount() - 1);
    child.m_begun = parent->m_begun;
    child.m_cachedTokens = std::min(child.m_computed, child.m_promptTokens);
    child.m_cache = m_cache.fork(parent->m_cache, child.m_computed);
    run(child);
    return &child;
}

void Scheduler::propose(SequenceId id, std::span<const TokenId> drafts) {
    const auto known = m_sequences.find(id);
    if (known == m_sequences.end())
        return;
    Sequence& sequence = *known->second;
    if (sequence.m_state != SequenceState::Running || sequence.m_stepsInFlight > 0 ||
        sequence.remaining() != 1 || !m_cache.canRollBack())
        return;
    const auto room = std::size_t(sequence.cacheLimit() - sequence.m_scheduled - 1);
    const auto kept = drafts.first(std::min(drafts.size(), room));
    sequence.m_drafts.assign(kept.begin(), kept.end());
}

void Scheduler::confirm(const StepPlan& plan, std::span<const TokenId> sampled,
                        std::span<const std::int32_t> counts) {
    --m_inFlight;
    m_cache.retired(m_inFlight == 0 ? m_lastStep : plan.id);
    std::size_t next = 0;
    std::size_t sampling = 0;
    for (const PlanEntry& entry : plan.entries) {
        std::size_t count = 0;
        if (entry.samples)
            count = counts.empty() ? 1 : std::size_t(counts[sampling++]);
        confirm(entry, sampled.subspan(next, count));
        next += count;
    }
    forgetFinished(m_inFlight == 0 ? m_lastStep : plan.id);
}

void Scheduler::confirm(const PlanEntry& entry, std::span<const TokenId> sampled) {
    Sequence& sequence = *entry.sequence;
    --sequence.m_stepsInFlight;
    if (sequence.m_state == SequenceState::Finished)
        return;
    sequence.m_computed = entry.first + entry.count;
    if (entry.samples) {
        --sequence.m_samplesInFlight;
        sequence.m_tokens.insert(sequence.m_tokens.end(), sampled.begin(), sampled.end());
    }
    if (entry.drafts > 0) {
        const std::int32_t accepted = std::int32_t(sampled.size()) - 1;
        sequence.m_computed -= entry.drafts - accepted;
        sequence.m_scheduled = sequence.m_computed;
        sequence.m_draftsInFlight = 0;
        sequence.m_drafts.clear();
        m_cache.trim(sequence.m_cache, sequence.m_computed);
    }
    sequence.m_logitsDone = std::max(sequence.m_logitsDone, sequence.m_computed);
    m_cache.commit(sequence.m_cache, sequence.tokens(), sequence.m_options.media,
                   sequence.m_computed);
}

void Scheduler::discard(const StepPlan& plan) {
    --m_inFlight;
    if (m_inFlight == 0)
        m_cache.retired(m_lastStep);
    for (const PlanEntry& entry : plan.entries) {
        Sequence& sequence = *entry.sequence;
        --sequence.m_stepsInFlight;
        if (sequence.m_state == SequenceState::Finished)
            continue;
        sequence.m_samplesInFlight -= entry.samples ? 1 : 0;
        sequence.m_scheduled = entry.first;
        sequence.m_begun = !entry.begins;
        sequence.m_draftsInFlight = 0;
        sequence.m_drafts.clear();
        if (!m_cache.canRollBack())
            preempt(sequence);
    }
    if (m_inFlight == 0)
        forgetFinished(m_lastStep);
}

void Scheduler::forgetFinished(StepId step) {
    while (!m_finished.empty() && m_finished.front().step <= step)
        m_finished.pop_front();
}

bool Scheduler::finish(SequenceId id) {
    const bool known = remove(id);
    m_counters.finished += known ? 1 : 0;
    return known;
}

bool Scheduler::cancel(SequenceId id) {
    const bool known = remove(id);
    m_counters.cancelled += known ? 1 : 0;
    return known;
}

const Sequence* Scheduler::find(SequenceId id) const {
    const auto known = m_sequences.find(id);
    return known == m_sequences.end() ? nullptr : known->second.get();
}

SchedulerStatistics Scheduler::statistics() const {
    SchedulerStatistics statistics = m_counters;
    statistics.running = std::int32_t(m_running.size());
    statistics.waiting = std::int32_t(m_sequences.size() - m_running.size());
    for (std::int32_t g = 0; g < m_cache.groupCount(); ++g) {
        const BlockPoolStatistics pool = m_cache.pool(g).statistics();
        statistics.blocks += pool.capacity;
        statistics.blocksUsed += pool.active;
        statistics.blocksFree += pool.free;
        statistics.blocksCached += pool.cached;
    }
    return statistics;
}

Sequence& Scheduler::insert(SequenceOptions options, std::int32_t maxNewTokens) {
    const SequenceId id = options.id;
    if (m_options.ropeLength) {
        const auto prompt = std::int32_t(options.prompt.size());
        const std::int32_t tokens = prompt + std::max(maxNewTokens, 1) - 1;
        options.key.rope = std::uint64_t(m_options.ropeLength(tokens));
    }
    auto sequence = std::make_unique<Sequence>(std::move(options), m_arrivals++, maxNewTokens);
    return *m_sequences.emplace(id, std::move(sequence)).first->second;
}

void Scheduler::enqueue(Sequence& sequence) {
    sequence.m_servedTick = m_tick;
    m_waiting[std::size_t(sequence.m_rank)].emplace(sequence.m_arrival, &sequence);
}

void Scheduler::dequeue(Sequence& sequence) {
    m_waiting[std::size_t(sequence.m_rank)].erase(sequence.m_arrival);
}

void Scheduler::run(Sequence& sequence) {
    sequence.m_state = SequenceState::Running;
    sequence.m_servedTick = m_tick;
    sequence.m_entry = -1;
    m_running.push_back(&sequence);
}

void Scheduler::preempt(Sequence& sequence) {
    std::erase(m_running, &sequence);
    m_cache.release(sequence.m_cache);
    sequence.m_lostTokens = sequence.m_computed;
    sequence.m_computed = 0;
    sequence.m_scheduled = 0;
    sequence.m_begun = false;
    sequence.m_drafts.clear();
    sequence.m_state = SequenceState::Preempted;
    ++sequence.m_preemptions;
    ++m_counters.preemptions;
    enqueue(sequence);
}

bool Scheduler::remove(SequenceId id) {
    const auto known = m_sequences.find(id);
    if (known == m_sequences.end())
        return false;
    std::unique_ptr<Sequence> sequence = std::move(known->second);
    m_sequences.erase(known);
    if (sequence->m_state == SequenceState::Running)
        std::erase(m_running, sequence.get());
    else
        dequeue(*sequence);
    m_cache.release(sequence->m_cache);
    sequence->m_state = SequenceState::Finished;
    m_blocked = {};
    if (sequence->m_stepsInFlight > 0)
        m_finished.push_back({m_lastStep, std::move(sequence)});
    return true;
}

} // namespace hearth
