#include "engine/scheduling/fake_model.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <numeric>
#include <utility>

namespace hearth::test {

Tokens promptOf(std::int32_t count, TokenId first) {
    Tokens tokens(static_cast<std::size_t>(count));
    std::iota(tokens.begin(), tokens.end(), first);
    return tokens;
}

namespace {

using kernels::KvKind;

constexpr std::int32_t kBlockTokens = 4;

std::uint64_t mix(std::uint64_t hash, std::uint64_t value) {
    hash = (hash ^ value) * 0xBF58476D1CE4E5B9ULL;
    return hash ^ (hash >> 31);
}

std::uint64_t seedOf(const SequenceOptions& options) {
    return mix(mix(0x1234567, options.key.adapter), options.key.rope);
}

std::uint64_t extend(std::uint64_t print, const SequenceOptions& options, std::int32_t position,
                     TokenId token) {
    print = mix(print, std::uint64_t(token) + 1);
    for (const MediaSpan& span : options.media) {
        if (position >= span.first && position < span.first + span.count)
            print = mix(mix(print, span.digest[0]), std::uint64_t(position - span.first));
    }
    return print;
}

TokenId nextToken(std::uint64_t print) {
    return TokenId(mix(print, 99) % 1000);
}

std::uint64_t crossPrint(const SequenceOptions& options, std::int32_t position) {
    return mix(mix(seedOf(options), std::uint64_t(options.crossTokens)), std::uint64_t(position));
}

/// Fingerprints of all prefixes of `tokens`.
std::vector<std::uint64_t> printsOf(const SequenceOptions& options, const Tokens& tokens) {
    std::vector<std::uint64_t> prints;
    std::uint64_t print = seedOf(options);
    for (std::size_t i = 0; i < tokens.size(); ++i) {
        print = extend(print, options, std::int32_t(i), tokens[i]);
        prints.push_back(print);
    }
    return prints;
}

} // namespace

KvGroupOptions kvGroup(KvKind kind, std::int32_t blocks, std::int32_t window) {
    KvGroupOptions options;
    options.layout.kind = kind;
    options.layout.blockTokens = kBlockTokens;
    options.layout.window = window;
    options.capacity = blocks;
    options.limit = blocks;
    return options;
}

Tokens expectedReply(const SequenceOptions& options, const Tokens& prompt, std::int32_t count) {
    std::uint64_t print = printsOf(options, prompt).back();
    Tokens reply;
    for (std::int32_t i = 0; i < count; ++i) {
        reply.push_back(nextToken(print));
        print = extend(print, options, std::int32_t(prompt.size()) + i, reply.back());
    }
    return reply;
}

FakeModel::Slot& FakeModel::slot(std::int32_t group, BlockId block, std::int32_t index) {
    if (block < 0 || block >= m_cache.pool(group).capacity())
        m_errors.push_back("block outside the pool");
    std::vector<Slot>& slots = m_memory[group][block];
    slots.resize(kBlockTokens);
    return slots[std::size_t(index)];
}

void FakeModel::copy(const BlockCopy& copy) {
    for (std::int32_t i = 0; i < kBlockTokens; ++i)
        slot(copy.group, copy.to, i) = slot(copy.group, copy.from, i);
}

Tokens FakeModel::tokensOf(const PlanEntry& entry) const {
    const Sequence& sequence = *entry.sequence;
    Tokens tokens(sequence.tokens().begin(), sequence.tokens().end());
    const std::int32_t known = entry.first + entry.count - entry.drafts;
    tokens.resize(std::size_t(std::min(known, sequence.tokenCount())));
    while (std::int32_t(tokens.size()) < known)
        tokens.push_back(m_sampled.at(sequence.id()).at(std::int32_t(tokens.size())));
    const auto drafts = sequence.drafts().first(std::size_t(entry.drafts));
    tokens.insert(tokens.end(), drafts.begin(), drafts.end());
    return tokens;
}

void FakeModel::write(const PlanEntry& entry, const std::vector<std::uint64_t>& prints) {
    const Sequence& sequence = *entry.sequence;
    for (std::int32_t g = 0; g < m_cache.groupCount(); ++g) {
        const BlockTable& table = sequence.cache().tables[std::size_t(g)];
        switch (m_cache.layout(g).kind) {
        case KvKind::Cross:
            for (std::int32_t i = 0; entry.begins && i < sequence.options().crossTokens; ++i)
                slot(g, table.blocks.at(std::size_t(i / kBlockTokens)), i % kBlockTokens) =
                    crossPrint(sequence.options(), i);
            break;
        case KvKind::Recurrent: {
            Slot& state = slot(g, table.blocks.at(0), 0);
            const auto before = std::size_t(entry.first);
            if (entry.begins)
                state = 0;
            compare(entry, g, entry.first, state, before == 0 ? 0 : prints[before - 1]);
            state = prints.back();
            break;
        }
        default:
            for (std::int32_t p = entry.first; p < entry.first + entry.count; ++p) {
                const auto index = std::size_t(p / kBlockTokens - table.firstBlock);
                slot(g, table.blocks.at(index), p % kBlockTokens) = prints[std::size_t(p)];
            }
        }
    }
}

void FakeModel::check(const PlanEntry& entry, const std::vector<std::uint64_t>& prints) {
    const Sequence& sequence = *entry.sequence;
    for (std::int32_t g = 0; g < m_cache.groupCount(); ++g) {
        const kernels::KvLayout& layout = m_cache.layout(g);
        const BlockTable& table = sequence.cache().tables[std::size_t(g)];
        if (layout.kind == KvKind::Recurrent)
            continue;
        if (layout.kind == KvKind::Cross) {
            for (std::int32_t i = 0; i < sequence.options().crossTokens; ++i)
                compare(entry, g, i,
                        slot(g, table.blocks.at(std::size_t(i / kBlockTokens)), i % kBlockTokens),
                        crossPrint(sequence.options(), i));
            continue;
        }
        const std::int32_t first =
            layout.kind == KvKind::SlidingWindow ? std::max(0, entry.first - layout.window + 1) : 0;
        for (std::int32_t p = first; p < entry.first + entry.count; ++p) {
            const auto index = std::size_t(p / kBlockTokens - table.firstBlock);
            compare(entry, g, p, slot(g, table.blocks.at(index), p % kBlockTokens),
                    prints[std::size_t(p)]);
        }
    }
}

void FakeModel::compare(const PlanEntry& entry, std::int32_t group, std::int32_t position,
                        Slot found, Slot expected) {
    if (found != expected)
        m_errors.push_back("sequence " + std::to_string(entry.sequence->id()) + " read a wrong " +
                           std::to_string(position) + " in group " + std::to_string(group));
}

FakeModel::Sampled FakeModel::run(const StepPlan& plan) {
    for (const BlockCopy& blocks : plan.copies)
        copy(blocks);
    std::vector<std::vector<std::uint64_t>> prints;
    for (const PlanEntry& entry : plan.entries) {
        prints.push_back(printsOf(entry.sequence->options(), tokensOf(entry)));
        write(entry, prints.back());
        m_computedTokens += entry.count;
    }
    Sampled sampled;
    for (std::size_t e = 0; e < plan.entries.size(); ++e) {
        const PlanEntry& entry = plan.entries[e];
        check(entry, prints[e]);
        if (!entry.samples)
            continue;
        std::int32_t position = entry.first + entry.count - entry.drafts;
        std::int32_t count = 0;
        for (;; ++position) {
            const TokenId token = nextToken(prints[e][std::size_t(position) - 1]);
            sampled.tokens.push_back(token);
            m_sampled[entry.sequence->id()][position] = token;
            const std::int32_t draft = count++;
            if (draft >= entry.drafts || entry.sequence->drafts()[std::size_t(draft)] != token)
                break;
        }
        sampled.counts.push_back(count);
    }
    return sampled;
}

namespace {

KvManager makeManager(std::vector<KvGroupOptions> groups, KvManagerOptions options) {
    options.groups = std::move(groups);
    return *KvManager::create(std::move(options));
}

} // namespace

Harness::Harness(SchedulerOptions options, std::vector<KvGroupOptions> groups,
                 KvManagerOptions managerOptions)
    : kv(makeManager(std::move(groups), std::move(managerOptions))) {
    if (options.contextTokens == 0)
        options.contextTokens = 4096;
    scheduler = *Scheduler::create(options, kv);
}

Result<const Sequence*> Harness::add(Tokens prompt, std::int32_t newTokens, Lane lane) {
    SequenceOptions options;
    options.lane = lane;
    options.prompt = std::move(prompt);
    options.maxNewTokens = newTokens;
    return add(std::move(options));
}

Result<const Sequence*> Harness::add(SequenceOptions options) {
    if (options.id == 0)
        options.id = m_nextId++;
    const SequenceId id = options.id;
    auto result = scheduler->add(std::move(options));
    if (result)
        m_known.insert(id);
    return result;
}

Result<const Sequence*> Harness::fork(SequenceId parent, TokenId token) {
    const SequenceId id = m_nextId++;
    auto result = scheduler->fork(parent, id, token);
    if (result)
        m_known.insert(id);
    return result;
}

StepPlan Harness::launch(std::int32_t prefillBesideDecodes) {
    StepPlan plan = scheduler->schedule(prefillBesideDecodes);
    for (const SequenceId id : plan.starved) {
        m_starved.insert(id);
        scheduler->finish(id);
    }
    if (plan.empty())
        return plan;
    Launched step{plan, model.run(plan), {}};
    for (const PlanEntry& entry : plan.entries) {
        for (std::size_t g = 0; g < entry.sequence->cache().tables.size(); ++g) {
            for (const BlockId block : entry.sequence->cache().tables[g].blocks)
                step.blocks.emplace_back(std::int32_t(g), block);
        }
    }
    m_launched.push_back(std::move(step));
    return plan;
}

void Harness::confirmOldest() {
    const Launched step = std::move(m_launched.front());
    m_launched.erase(m_launched.begin());
    scheduler->confirm(step.plan, step.sampled.tokens, step.sampled.counts);
    finishDone();
}

void Harness::discardYoungest() {
    scheduler->discard(m_launched.back().plan);
    m_launched.pop_back();
}

void Harness::finishDone() {
    std::erase_if(m_known, [&](SequenceId id) {
        const Sequence* sequence = scheduler->find(id);
        if (sequence == nullptr)
            return true;
        if (!sequence->atLimit())
            return false;
        m_replies[id] = Tokens(sequence->generated().begin(), sequence->generated().end());
        return scheduler->finish(id);
    });
}

StepPlan Harness::step(std::int32_t prefillBesideDecodes) {
    StepPlan plan = launch(prefillBesideDecodes);
    while (!m_launched.empty())
        confirmOldest();
    return plan;
}

int Harness::drain(int limit) {
    int steps = 0;
    for (; !scheduler->idle(); ++steps) {
        if (steps == limit) {
            ADD_FAILURE() << "not done after " << steps << " steps";
            break;
        }
        step();
    }
    return steps;
}

void Harness::checkInvariants() const {
    std::int64_t excess = 0;
    for (std::int32_t g = 0; g < kv.groupCount(); ++g) {
        const BlockPool& pool = kv.pool(g);
        std::vector<std::int32_t> held(std::size_t(pool.capacity()));
        for (const SequenceId id : m_known) {
            const Sequence* sequence = scheduler->find(id);
            if (sequence == nullptr || sequence->cache().empty())
                continue;
            ASSERT_EQ(sequence->state(), SequenceState::Running);
            for (const BlockId block : sequence->cache().tables[std::size_t(g)].blocks)
                ++held.at(std::size_t(block));
        }
        std::int32_t active = 0;
        for (BlockId block = 0; block < pool.capacity(); ++block) {
            ASSERT_GE(pool.references(block), held[std::size_t(block)]);
            excess += pool.references(block) - held[std::size_t(block)];
            active += pool.references(block) > 0 ? 1 : 0;
        }
        const BlockPoolStatistics statistics = pool.statistics();
        ASSERT_EQ(statistics.active, active);
        ASSERT_EQ(statistics.free + statistics.cached + active, pool.capacity());
    }
    // What no table holds waits for a step to end.
    ASSERT_EQ(excess, kv.pendingCount());
    for (const Launched& step : m_launched) {
        for (const auto& [group, block] : step.blocks)
            ASSERT_GT(kv.pool(group).references(block), 0) << "freed under a launched step";
    }
    for (const SequenceId id : m_known) {
        const Sequence* sequence = scheduler->find(id);
        ASSERT_TRUE(sequence == nullptr || sequence->computed() <= sequence->scheduled());
    }
}

void Harness::checkClean() {
    EXPECT_TRUE(model.errors().empty()) << model.errors().front();
    EXPECT_TRUE(scheduler->idle());
    for (std::int32_t g = 0; g < kv.groupCount(); ++g)
        EXPECT_EQ(kv.pool(g).statistics().active, 0);
    EXPECT_EQ(kv.pendingCount(), 0);
    kv.clearCache();
    EXPECT_EQ(kv.prefixes().nodeCount(), 0);
    for (std::int32_t g = 0; g < kv.groupCount(); ++g)
        EXPECT_EQ(kv.pool(g).freeCount(), kv.pool(g).capacity());
}

} // namespace hearth::test
