#include "cache/kv_manager.h"

#include <algorithm>
#include <limits>
#include <string>
#include <utility>

namespace hearth {

namespace {

using kernels::KvKind;
using kernels::KvLayout;

constexpr std::int32_t ceilDivide(std::int32_t value, std::int32_t divisor) {
    return std::int32_t((std::int64_t(value) + divisor - 1) / divisor);
}

bool holdsTokens(const KvLayout& layout) {
    return layout.kind != KvKind::Cross && layout.kind != KvKind::Recurrent;
}

/// The first block that a token at `position` reads.
std::int32_t firstRead(const KvLayout& layout, std::int32_t position) {
    if (layout.kind != KvKind::SlidingWindow)
        return 0;
    return std::max(0, position - layout.window + 1) / layout.blockTokens;
}

Failure invalid(std::string field, std::string detail) {
    Error error;
    error.code = ErrorCode::InvalidArgument;
    error.field = std::move(field);
    error.detail = std::move(detail);
    return fail(std::move(error));
}

Result<void> check(const KvGroupOptions& group, std::int32_t blockTokens) {
    const KvLayout& layout = group.layout;
    if (layout.blockTokens < 1)
        return invalid("blockTokens", "at least 1");
    if (layout.kind == KvKind::SlidingWindow && layout.window < 1)
        return invalid("window", "at least 1");
    if (group.capacity < 0)
        return invalid("capacity", "not negative");
    if (group.limit < std::max(1, group.capacity))
        return invalid("limit", "at least 1 and not below the capacity");
    if (holdsTokens(layout) && layout.blockTokens != blockTokens)
        return invalid("blockTokens", "the same in all groups that hold tokens");
    return {};
}

/// Block length of the groups that hold tokens; 1 if there are none.
std::int32_t commonBlockTokens(const std::vector<KvGroupOptions>& groups) {
    const auto holder = std::find_if(groups.begin(), groups.end(), [](const KvGroupOptions& group) {
        return holdsTokens(group.layout);
    });
    return holder == groups.end() ? 1 : holder->layout.blockTokens;
}

} // namespace

Result<KvManager> KvManager::create(KvManagerOptions options) {
    if (options.groups.empty() || options.groups.size() > std::size_t(kMaxKvGroups))
        return invalid("groups", "1 to " + std::to_string(kMaxKvGroups));
    if (options.growthBlocks < 1)
        return invalid("growthBlocks", "at least 1");
    const std::int32_t blockTokens = commonBlockTokens(options.groups);
    for (const KvGroupOptions& group : options.groups)
        HEARTH_TRY(check(group, blockTokens));
    return KvManager(std::move(options), blockTokens);
}

KvManager::KvManager(KvManagerOptions options, std::int32_t blockTokens)
    : m_blockTokens(blockTokens)
    , m_caching(options.prefixCache)
    , m_growthBlocks(options.growthBlocks)
    , m_grow(std::move(options.grow))
    , m_prefixes(std::int32_t(options.groups.size()), blockTokens, options.hashMask) {
    for (const KvGroupOptions& group : options.groups) {
        m_groups.push_back(
            {group.layout, BlockPool(group.capacity), m_grow ? group.limit : group.capacity});
        m_recurrent = m_recurrent || group.layout.kind == KvKind::Recurrent;
    }
    // A state stands for one exact position: no other prefix can be taken up from it.
    m_caching = m_caching && !m_recurrent;
}

std::int32_t KvManager::open(SequenceCache& sequence, const PrefixKey& key,
                             std::span<const TokenId> tokens, std::span<const MediaSpan> media,
                             bool lookup) {
    sequence.tables.resize(m_groups.size());
    if (!m_caching)
        return 0;
    sequence.prefix = m_prefixes.holdRoot(key);
    if (!lookup)
        return 0;
    const std::vector<PrefixNode> path = longestPrefix(sequence.prefix, tokens, media);
    if (path.empty())
        return 0;
    m_prefixes.hold(path.back());
    m_prefixes.releaseHold(sequence.prefix);
    sequence.prefix = path.back();
    sequence.prefixBlocks = std::int32_t(path.size());
    const std::int32_t found = sequence.prefixBlocks * m_blockTokens;
    for (std::size_t g = 0; g < m_groups.size(); ++g) {
        if (!holdsTokens(m_groups[g].layout))
            continue;
        BlockTable& table = sequence.tables[g];
        table.firstBlock = firstRead(m_groups[g].layout, found);
        for (std::int32_t b = table.firstBlock; b < sequence.prefixBlocks; ++b) {
            table.blocks.push_back(m_prefixes.block(path[std::size_t(b)], std::int32_t(g)));
            m_groups[g].pool.acquire(table.blocks.back());
        }
    }
    return found;
}

std::vector<PrefixNode> KvManager::longestPrefix(PrefixNode root, std::span<const TokenId> tokens,
                                                 std::span<const MediaSpan> media) const {
    std::vector<PrefixNode> path;
    std::size_t best = 0;
    BlockCounts run{}; ///< Blocks in a row up to here.
    const std::int32_t last = (std::int32_t(tokens.size()) - 1) / m_blockTokens;
    for (std::int32_t length = 1; length <= last; ++length) {
        const std::int32_t first = (length - 1) * m_blockTokens;
        const PrefixNode node = m_prefixes.find(
            path.empty() ? root : path.back(),
            tokens.subspan(std::size_t(first), std::size_t(m_blockTokens)), first, media);
        if (node == kNoPrefix)
            break;
        path.push_back(node);
        bool served = true;
        bool dead = false;
        for (std::size_t g = 0; g < m_groups.size(); ++g) {
            const KvLayout& layout = m_groups[g].layout;
            if (!holdsTokens(layout))
                continue;
            const bool present = m_prefixes.block(node, std::int32_t(g)) != kNoBlock;
            run[g] = present ? run[g] + 1 : 0;
            served = served && run[g] >= length - firstRead(layout, length * m_blockTokens);
            dead = dead || (!present && layout.kind != KvKind::SlidingWindow);
        }
        if (dead)
            break;
        if (served)
            best = path.size();
    }
    path.resize(best);
    return path;
}

std::int32_t KvManager::firstWrite(const Group& group, const BlockTable& table,
                                   std::int32_t first) const {
    switch (group.layout.kind) {
    case KvKind::Cross:
        return table.end();
    case KvKind::Recurrent:
        return 0;
    default:
        return std::max(table.firstBlock, first / group.layout.blockTokens);
    }
}

std::int32_t KvManager::blocksNeeded(const Group& group, const SequenceCache& sequence,
                                     std::int32_t end) const {
    switch (group.layout.kind) {
    case KvKind::Cross:
        return ceilDivide(sequence.crossTokens, group.layout.blockTokens);
    case KvKind::Recurrent:
        return 1;
    default:
        return ceilDivide(end, group.layout.blockTokens);
    }
}

bool KvManager::reserve(SequenceCache& sequence, std::int32_t first, std::int32_t end,
                        std::vector<BlockCopy>& copies) {
    const auto isShared = [](const Group& group, BlockId block) {
        return group.pool.references(block) > 1;
    };
    for (std::size_t g = 0; g < m_groups.size(); ++g) {
        const Group& group = m_groups[g];
        const BlockTable& table = sequence.tables[g];
        std::int32_t wanted = std::max(0, blocksNeeded(group, sequence, end) - table.end());
        for (std::int32_t b = firstWrite(group, table, first); b < table.end(); ++b)
            wanted += isShared(group, table.blocks[std::size_t(b - table.firstBlock)]) ? 1 : 0;
        if (wanted > 0 && !makeRoom(std::int32_t(g), wanted))
            return false;
    }
    for (std::size_t g = 0; g < m_groups.size(); ++g) {
        const Group& group = m_groups[g];
        BlockTable& table = sequence.tables[g];
        for (std::int32_t b = firstWrite(group, table, first); b < table.end(); ++b) {
            BlockId& block = table.blocks[std::size_t(b - table.firstBlock)];
            if (!isShared(group, block)) {
                // Registered by a sequence that has gone, with other tokens than these.
                forget(std::int32_t(g), block);
                continue;
            }
            const BlockId shared = std::exchange(block, take(std::int32_t(g)));
            copies.push_back({std::int32_t(g), shared, block});
            put(sequence, std::int32_t(g), shared);
        }
        while (table.end() < blocksNeeded(group, sequence, end))
            table.blocks.push_back(take(std::int32_t(g)));
    }
    return true;
}

void KvManager::commit(SequenceCache& sequence, std::span<const TokenId> tokens,
                       std::span<const MediaSpan> media, std::int32_t computed) {
    if (m_caching)
        registerBlocks(sequence, tokens, media, computed);
    for (std::size_t g = 0; g < m_groups.size(); ++g) {
        BlockTable& table = sequence.tables[g];
        const std::int32_t dead =
            std::min(firstRead(m_groups[g].layout, computed), table.end()) - table.firstBlock;
        if (dead <= 0)
            continue;
        for (std::int32_t b = 0; b < dead; ++b)
            put(sequence, std::int32_t(g), table.blocks[std::size_t(b)]);
        table.blocks.erase(table.blocks.begin(), table.blocks.begin() + dead);
        table.firstBlock += dead;
    }
}

void KvManager::registerBlocks(SequenceCache& sequence, std::span<const TokenId> tokens,
                               std::span<const MediaSpan> media, std::int32_t computed) {
    const std::int32_t full = std::min(computed, std::int32_t(tokens.size())) / m_blockTokens;
    for (; sequence.prefixBlocks < full; ++sequence.prefixBlocks) {
        const std::int32_t first = sequence.prefixBlocks * m_blockTokens;
        sequence.prefix = m_prefixes.advanceHold(
            sequence.prefix, tokens.subspan(std::size_t(first), std::size_t(m_blockTokens)), first,
            media);
        for (std::size_t g = 0; g < m_groups.size(); ++g) {
            if (!holdsTokens(m_groups[g].layout) ||
                m_prefixes.block(sequence.prefix, std::int32_t(g)) != kNoBlock)
                continue;
            const BlockTable& table = sequence.tables[g];
            const BlockId block =
                table.blocks[std::size_t(sequence.prefixBlocks - table.firstBlock)];
            m_prefixes.link(sequence.prefix, std::int32_t(g), block);
            m_groups[g].pool.keep(block);
        }
    }
}

void KvManager::trim(SequenceCache& sequence, std::int32_t end) {
    for (std::size_t g = 0; g < m_groups.size(); ++g) {
        BlockTable& table = sequence.tables[g];
        while (!table.blocks.empty() && table.end() > blocksNeeded(m_groups[g], sequence, end)) {
            put(sequence, std::int32_t(g), table.blocks.back());
            table.blocks.pop_back();
        }
    }
}

SequenceCache KvManager::fork(const SequenceCache& sequence, std::int32_t computed) {
    SequenceCache copy = sequence;
    copy.lastStep = 0;
    if (copy.prefix != kNoPrefix)
        m_prefixes.hold(copy.prefix);
    for (std::size_t g = 0; g < m_groups.size(); ++g) {
        BlockTable& table = copy.tables[g];
        const std::int32_t end = std::min(table.end(), blocksNeeded(m_groups[g], copy, computed));
        table.blocks.resize(std::size_t(std::max(0, end - table.firstBlock)));
        for (const BlockId block : table.blocks)
            m_groups[g].pool.acquire(block);
    }
    return copy;
}

void KvManager::release(SequenceCache& sequence) {
    for (std::size_t g = 0; g < sequence.tables.size(); ++g) {
        const std::vector<BlockId>& blocks = sequence.tables[g].blocks;
        for (auto block = blocks.rbegin(); block != blocks.rend(); ++block)
            put(sequence, std::int32_t(g), *block);
    }
    if (sequence.prefix != kNoPrefix)
        m_prefixes.releaseHold(sequence.prefix);
    sequence.tables.clear();
    sequence.prefix = kNoPrefix;
    sequence.prefixBlocks = 0;
}

void KvManager::retired(StepId step) {
    m_retired = std::max(m_retired, step);
    const auto ended =
        std::stable_partition(m_pending.begin(), m_pending.end(),
                              [&](const Pending& pending) { return pending.step > m_retired; });
    for (auto pending = ended; pending != m_pending.end(); ++pending)
        dropReference(pending->group, pending->block);
    m_pending.erase(ended, m_pending.end());
}

void KvManager::put(const SequenceCache& sequence, std::int32_t group, BlockId block) {
    if (sequence.lastStep > m_retired)
        m_pending.push_back({sequence.lastStep, group, block});
    else
        dropReference(group, block);
}

void KvManager::dropReference(std::int32_t group, BlockId block) {
    m_groups[std::size_t(group)].pool.release(block);
    ++m_releases;
}

void KvManager::forget(std::int32_t group, BlockId block) {
    m_prefixes.unlink(group, block);
    m_groups[std::size_t(group)].pool.forget(block);
}

bool KvManager::makeRoom(std::int32_t index, std::int32_t blocks) {
    Group& group = m_groups[std::size_t(index)];
    const std::int32_t capacity = group.pool.capacity();
    if (group.pool.freeCount() < blocks && capacity < group.limit && m_grow) {
        const std::int32_t missing = blocks - group.pool.freeCount();
        const std::int32_t asked =
            std::min(group.limit - capacity, std::max(missing, m_growthBlocks)) + capacity;
        const std::int32_t granted = std::clamp(m_grow(index, asked), capacity, asked);
        if (granted < asked)
            group.limit = granted;
        group.pool.grow(granted);
    }
    return group.pool.freeCount() + group.pool.cachedCount() >= blocks;
}

BlockId KvManager::take(std::int32_t index) {
    Group& group = m_groups[std::size_t(index)];
    if (const auto block = group.pool.take())
        return *block;
    forget(index, group.pool.oldestCached());
    return *group.pool.take();
}

BlockCounts KvManager::blocksFor(std::int32_t tokens, std::int32_t chunk,
                                 std::int32_t crossTokens) const {
    BlockCounts counts{};
    SequenceCache sequence;
    sequence.crossTokens = crossTokens;
    for (std::size_t g = 0; g < m_groups.size(); ++g) {
        const KvLayout& layout = m_groups[g].layout;
        counts[g] = blocksNeeded(m_groups[g], sequence, tokens);
        if (layout.kind == KvKind::SlidingWindow) {
            // Blocks that window - 1 + chunk tokens touch when they begin anywhere in a block.
            const std::int64_t touched = std::int64_t(layout.window) - 1 + chunk;
            const std::int64_t most = (touched + layout.blockTokens - 2) / layout.blockTokens + 1;
            counts[g] = std::int32_t(std::min<std::int64_t>(counts[g], most));
        }
    }
    return counts;
}

BlockCounts KvManager::available() const {
    BlockCounts counts{};
    for (std::size_t g = 0; g < m_groups.size(); ++g) {
        const Group& group = m_groups[g];
        counts[g] = group.pool.freeCount() + group.pool.cachedCount() +
                    std::max(0, group.limit - group.pool.capacity());
    }
    return counts;
}

BlockCounts KvManager::limits() const {
    BlockCounts counts{};
    for (std::size_t g = 0; g < m_groups.size(); ++g)
        counts[g] = m_groups[g].limit;
    return counts;
}

std::int32_t KvManager::maxTokens(std::int32_t chunk, std::int32_t crossTokens) const {
    std::int64_t tokens = std::numeric_limits<std::int32_t>::max();
    const BlockCounts endless = blocksFor(std::int32_t(tokens), chunk, crossTokens);
    for (std::size_t g = 0; g < m_groups.size(); ++g) {
        const Group& group = m_groups[g];
        if (endless[g] <= group.limit)
            continue;
        tokens = holdsTokens(group.layout)
                     ? std::min(tokens, std::int64_t(group.limit) * group.layout.blockTokens)
                     : 0;
    }
    return std::int32_t(tokens);
}

void KvManager::setLimit(std::int32_t group, std::int32_t limit) {
    Group& changed = m_groups[std::size_t(group)];
    changed.limit = m_grow ? limit : std::min(limit, changed.pool.capacity());
    ++m_releases;
}

std::int32_t KvManager::shrink(std::int32_t index, std::int32_t target) {
    Group& group = m_groups[std::size_t(index)];
    group.limit = std::min(group.limit, target);
    for (BlockId block = group.pool.capacity() - 1; block >= target; --block) {
        if (group.pool.references(block) > 0)
            break;
        if (group.pool.isCached(block))
            forget(index, block);
    }
    return group.pool.shrink(target);
}

void KvManager::clearCache() {
    for (std::size_t g = 0; g < m_groups.size(); ++g) {
        const BlockPool& pool = m_groups[g].pool;
        while (pool.oldestCached() != kNoBlock)
            forget(std::int32_t(g), pool.oldestCached());
    }
}

} // namespace hearth
