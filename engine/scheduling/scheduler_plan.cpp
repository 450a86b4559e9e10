#include "scheduling/scheduler.h"

#include <algorithm>
#include <iterator>

namespace hearth {

namespace {

bool comesBefore(const Sequence* a, const Sequence* b) {
    return a->comesBefore(*b);
}

} // namespace

StepPlan Scheduler::schedule(std::int32_t prefillBesideDecodes) {
    ++m_tick;
    m_prefillBesideDecodes = std::max(prefillBesideDecodes, 1);
    StepPlan plan;
    if (m_inFlight > m_options.stepsAhead)
        return plan;
    plan.id = m_lastStep + 1;
    sortRunning();
    admitAhead(plan);
    resetBudget();
    // A row is kept for the next token of everyone who may take part.
    m_promptRows = m_options.logitRows > 0
                       ? m_options.logitRows - std::min(m_options.maxRunning,
                                                        std::int32_t(m_sequences.size()))
                       : m_options.maxStepTokens;
    shareDecodes();
    sharePrefills();
    plan.entries.reserve(m_running.size() + 1);
    // Preemption takes sequences out behind the one being placed.
    for (std::size_t i = 0; i < m_running.size(); ++i) {
        if (m_running[i]->m_share > 0)
            place(plan, *m_running[i], m_running[i]->m_share);
    }
    admit(plan);
    spendLeftover(plan);
    if (!plan.empty()) {
        m_lastStep = plan.id;
        ++m_inFlight;
        ++m_counters.steps;
    }
    return plan;
}

std::int32_t Scheduler::currentRank(const Sequence& sequence) const {
    const std::uint64_t waited =
        (m_tick - sequence.m_servedTick) / std::uint64_t(m_options.agingSteps);
    return waited >= kLanes ? 0 : std::max(0, sequence.m_rank - std::int32_t(waited));
}

Sequence* Scheduler::waitingHead() const {
    Sequence* head = nullptr;
    for (const auto& lane : m_waiting) {
        if (lane.empty())
            continue;
        Sequence* first = lane.begin()->second;
        if (head == nullptr || currentRank(*first) < currentRank(*head) ||
            (currentRank(*first) == currentRank(*head) && first->m_arrival < head->m_arrival))
            head = first;
    }
    return head;
}

void Scheduler::sortRunning() {
    for (Sequence* sequence : m_running) {
        sequence->m_entry = -1;
        sequence->m_heldBack = false;
        if (m_tick - sequence->m_servedTick >= std::uint64_t(m_options.agingSteps)) {
            sequence->m_rank = currentRank(*sequence);
            sequence->m_servedTick = m_tick;
        }
    }
    if (!std::is_sorted(m_running.begin(), m_running.end(), comesBefore))
        std::sort(m_running.begin(), m_running.end(), comesBefore);
}

std::int32_t Scheduler::stepBudget() const {
    std::int32_t decodes = 0;
    bool isWaitedFor = false;
    for (const Sequence* sequence : m_running) {
        if (sequence->remaining() != 1 || sequence->m_heldBack)
            continue;
        ++decodes;
        isWaitedFor = isWaitedFor || (sequence->m_scheduled >= sequence->m_promptTokens &&
                                      sequence->m_options.lane <= Lane::Api);
    }
    const std::int32_t prefill = m_options.maxStepTokens - decodes;
    return decodes + (isWaitedFor ? std::min(prefill, m_prefillBesideDecodes) : prefill);
}

void Scheduler::resetBudget() {
    m_budget = stepBudget();
    m_unusedBudget = m_options.maxStepTokens - m_budget;
}

void Scheduler::admitAhead(StepPlan& plan) {
    // Before the running sequences are placed: later none of them could be preempted any more.
    resetBudget();
    bool admitted = false;
    for (Sequence* head = waitingHead(); head != nullptr; head = waitingHead()) {
        if (m_budget == 0 || lastVictimOf(*head) == nullptr || !mayEnter(*head) ||
            !open(plan, *head))
            break;
        m_budget -= std::min(m_budget, head->remaining());
        admitted = true;
    }
    if (admitted)
        std::sort(m_running.begin(), m_running.end(), comesBefore);
}

void Scheduler::shareDecodes() {
    std::int32_t spare = m_budget;
    for (Sequence* sequence : m_running) {
        sequence->m_share = sequence->remaining() == 1 && !sequence->m_heldBack ? 1 : 0;
        spare -= sequence->m_share;
    }
    // Drafts may be wrong: prefill keeps half of what they could take.
    spare /= 2;
    for (Sequence* sequence : m_running) {
        if (sequence->m_share == 0 || sequence->m_drafts.empty())
            continue;
        const std::int32_t drafts = std::min(spare, std::int32_t(sequence->m_drafts.size()));
        sequence->m_share += drafts;
        spare -= drafts;
    }
}

void Scheduler::sharePrefills() {
    struct Claim {
        std::int32_t rank = 0;
        std::int32_t tokens = 0;
        Sequence* sequence = nullptr; ///< nullptr: the head of the queue, served by admit().
    };
    std::vector<Claim> claims;
    std::int32_t budget = m_budget;
    for (Sequence* sequence : m_running) {
        budget -= sequence->m_share;
        if (sequence->m_share == 0 && sequence->remaining() > 0 && !sequence->m_heldBack)
            claims.push_back({sequence->m_rank, sequence->remaining(), sequence});
    }
    if (claims.empty())
        return;
    if (const Sequence* head = waitingHead())
        claims.push_back({currentRank(*head), head->tokenCount(), nullptr});
    // Equal parts within a rank, the shortest first: what it leaves over goes to the longer ones,
    // and a short prompt is through in one step however long the others are.
    std::stable_sort(claims.begin(), claims.end(), [](const Claim& a, const Claim& b) {
        return a.rank != b.rank ? a.rank < b.rank : a.tokens < b.tokens;
    });
    for (auto claim = claims.begin(); claim != claims.end(); ++claim) {
        const auto rankEnd = std::find_if(
            claim, claims.end(), [&](const Claim& other) { return other.rank != claim->rank; });
        const auto sharers = std::int32_t(std::distance(claim, rankEnd));
        const std::int32_t share = std::min(claim->tokens, (budget + sharers - 1) / sharers);
        budget -= share;
        if (claim->sequence != nullptr)
            claim->sequence->m_share = share;
    }
}

std::int32_t Scheduler::withinLogitRows(const Sequence& sequence, std::int32_t count) const {
    if (!sequence.m_options.promptLogits || sequence.m_scheduled >= sequence.m_promptTokens)
        return count;
    const std::int32_t delivered = std::max(0, sequence.m_logitsDone - sequence.m_scheduled);
    return std::min(count, delivered + m_promptRows);
}

bool Scheduler::place(StepPlan& plan, Sequence& sequence, std::int32_t count) {
    count = withinLogitRows(sequence, count);
    if (count == 0)
        return false;
    const std::int32_t known = std::min(count, sequence.remaining());
    while (!m_cache.reserve(sequence.m_cache, sequence.m_scheduled, sequence.m_scheduled + count,
                            plan.copies)) {
        if (count > known) {
            count = known;
            continue;
        }
        Sequence* victim = lastVictimBehind(sequence);
        if (victim == nullptr) {
            if (m_inFlight == 0 && plan.empty() && m_running.front() == &sequence)
                plan.starved.push_back(sequence.id());
            return false;
        }
        preempt(*victim);
    }
    extend(plan, sequence, known, count - known);
    return true;
}

void Scheduler::extend(StepPlan& plan, Sequence& sequence, std::int32_t count,
                       std::int32_t drafts) {
    if (sequence.m_entry < 0) {
        sequence.m_entry = std::int32_t(plan.entries.size());
        plan.entries.push_back(
            {.sequence = &sequence, .first = sequence.m_scheduled, .begins = !sequence.m_begun});
        sequence.m_begun = true;
        ++sequence.m_stepsInFlight;
    }
    sequence.m_cache.lastStep = plan.id;
    if (sequence.m_options.promptLogits && sequence.m_scheduled < sequence.m_promptTokens) {
        const std::int32_t delivered = std::max(sequence.m_scheduled, sequence.m_logitsDone);
        m_promptRows -= std::max(0, sequence.m_scheduled + count - delivered);
    }
    PlanEntry& entry = plan.entries[std::size_t(sequence.m_entry)];
    entry.count += count + drafts;
    entry.drafts = drafts;
    sequence.m_scheduled += count;
    const std::int32_t generated = sequence.expectedTokens() - sequence.m_promptTokens;
    entry.samples =
        sequence.m_scheduled == sequence.expectedTokens() && generated < sequence.m_maxNewTokens;
    sequence.m_samplesInFlight += entry.samples ? 1 : 0;
    sequence.m_scheduled += drafts;
    sequence.m_draftsInFlight = drafts;
    sequence.m_servedTick = m_tick;
    entry.logitCount = entry.samples ? 1 + drafts : 0;
    if (sequence.m_options.promptLogits) {
        const std::int32_t fresh =
            sequence.m_scheduled - std::max(entry.first, sequence.m_logitsDone);
        entry.logitCount = std::max(entry.logitCount, fresh);
    }
    m_budget -= count + drafts;
    plan.tokenCount += count + drafts;
    const bool decodes = entry.first >= sequence.m_promptTokens && entry.count == 1 + drafts;
    (decodes ? plan.decodeTokens : plan.prefillTokens) += count + drafts;
}

void Scheduler::spendLeftover(StepPlan& plan) {
    for (std::size_t i = 0; i < m_running.size() && m_budget > 0; ++i) {
        Sequence& sequence = *m_running[i];
        if (sequence.m_entry >= 0 && sequence.inPrefill())
            place(plan, sequence, std::min(m_budget, sequence.remaining()));
    }
}

void Scheduler::admit(StepPlan& plan) {
    while (m_budget > 0) {
        Sequence* head = waitingHead();
        if (head == nullptr || !mayEnter(*head) || !open(plan, *head))
            return;
        if (!place(plan, *head, std::min(m_budget, head->remaining())))
            return;
    }
}

bool Scheduler::mayEnter(const Sequence& head) const {
    const std::int32_t rank = currentRank(head);
    if (m_blocked == Blocked{&head, rank, m_cache.releases(), m_running.size()})
        return false;
    if (m_running.size() >= std::size_t(m_options.maxRunning) && lastVictimOf(head) == nullptr)
        return false;
    const auto partial =
        std::count_if(m_running.begin(), m_running.end(), [&](const Sequence* sequence) {
            return sequence->m_rank <= rank && sequence->inPrefill();
        });
    return partial < m_options.maxPartialPrefills || head.tokenCount() <= m_budget + m_unusedBudget;
}

bool Scheduler::open(StepPlan& plan, Sequence& head) {
    const SequenceOptions& options = head.m_options;
    const std::int32_t rank = currentRank(head);
    const std::int32_t found = m_cache.open(head.m_cache, options.key, head.tokens(), options.media,
                                            options.usePrefixCache && !options.promptLogits);
    if (!fits(head, Victims::Preempted)) {
        m_cache.release(head.m_cache);
        m_blocked = {&head, rank, m_cache.releases(), m_running.size()};
        if (m_running.empty() && m_inFlight == 0)
            plan.starved.push_back(head.id());
        return false;
    }
    if (!makeWay(head)) {
        m_cache.release(head.m_cache);
        return false;
    }
    dequeue(head);
    head.m_rank = rank;
    if (head.m_state == SequenceState::Waiting) {
        head.m_cachedTokens = found;
        m_counters.cachedTokens += std::uint64_t(found);
    } else {
        m_counters.recomputedTokens += std::uint64_t(std::max(0, head.m_lostTokens - found));
    }
    head.m_computed = head.m_scheduled = found;
    run(head);
    return true;
}

bool Scheduler::makeWay(const Sequence& head) {
    while (m_running.size() >= std::size_t(m_options.maxRunning) || !fits(head, Victims::Kept)) {
        Sequence* victim = lastVictimOf(head);
        if (victim == nullptr)
            return false;
        if (victim->m_stepsInFlight == 0) {
            preempt(*victim);
            continue;
        }
        for (Sequence* running : m_running)
            running->m_heldBack = isVictimOf(head, *running);
        return false;
    }
    return true;
}

BlockCounts Scheduler::missingBlocks(const Sequence& sequence) const {
    // Up to the first token after those known, so that a prompt read in can also be answered.
    const std::int32_t tokens = std::min(sequence.tokenCount() + 1, sequence.cacheLimit());
    BlockCounts missing = m_cache.blocksFor(tokens, chunkTokens(), sequence.m_options.crossTokens);
    for (std::size_t g = 0; g < sequence.m_cache.tables.size(); ++g) {
        // Window groups give blocks back at the front, so they count from what they hold.
        const auto held = std::int32_t(sequence.m_cache.tables[g].blocks.size());
        missing[g] = std::max(0, missing[g] - held);
    }
    return missing;
}

bool Scheduler::fits(const Sequence& head, Victims victims) const {
    BlockCounts room = m_cache.available();
    std::int32_t staying = 0;
    for (const Sequence* sequence : m_running) {
        if (victims == Victims::Preempted && isVictimOf(head, *sequence)) {
            for (std::size_t g = 0; g < sequence->m_cache.tables.size(); ++g)
                room[g] += std::int32_t(sequence->m_cache.tables[g].blocks.size());
            continue;
        }
        ++staying;
        const BlockCounts missing = missingBlocks(*sequence);
        for (std::size_t g = 0; g < room.size(); ++g)
            room[g] -= missing[g];
    }
    if (victims == Victims::Preempted && staying >= m_options.maxRunning)
        return false;
    // Room to grow for those that run, more after each preemption: without it a sequence that
    // comes back would soon be preempted again, and its recomputation lost.
    constexpr std::int32_t kMostDoublings = 4;
    const std::int32_t headroom = staying << std::min(head.m_preemptions, kMostDoublings);
    const BlockCounts missing = missingBlocks(head);
    for (std::int32_t g = 0; g < m_cache.groupCount(); ++g) {
        const kernels::KvKind kind = m_cache.layout(g).kind;
        const bool grows = kind != kernels::KvKind::Cross && kind != kernels::KvKind::Recurrent;
        const std::int32_t needed = missing[std::size_t(g)] + (grows ? headroom : 0);
        if (room[std::size_t(g)] < needed)
            return false;
    }
    return true;
}

bool Scheduler::isVictimOf(const Sequence& head, const Sequence& running) const {
    return running.m_rank > currentRank(head) && running.m_entry < 0;
}

Sequence* Scheduler::lastVictimOf(const Sequence& head) const {
    const auto victim = std::find_if(m_running.rbegin(), m_running.rend(),
                                     [&](const Sequence* s) { return isVictimOf(head, *s); });
    return victim == m_running.rend() ? nullptr : *victim;
}

Sequence* Scheduler::lastVictimBehind(const Sequence& taker) const {
    const auto victim = std::find_if(m_running.rbegin(), m_running.rend(), [&](const Sequence* s) {
        return taker.comesBefore(*s) && s->m_stepsInFlight == 0;
    });
    return victim == m_running.rend() ? nullptr : *victim;
}

} // namespace hearth
