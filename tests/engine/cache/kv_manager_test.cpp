#include "cache/kv_manager.h"

#include <gtest/gtest.h>

#include <numeric>
#include <vector>

namespace hearth {
namespace {

using kernels::KvKind;
using Tokens = std::vector<TokenId>;

constexpr std::int32_t kBlock = 4;

KvGroupOptions group(KvKind kind, std::int32_t blocks, std::int32_t window = 0) {
    KvGroupOptions options;
    options.layout.kind = kind;
    options.layout.blockTokens = kBlock;
    options.layout.window = window;
    options.capacity = blocks;
    options.limit = blocks;
    return options;
}

KvManager manager(std::vector<KvGroupOptions> groups, bool prefixCache = true) {
    KvManagerOptions options;
    options.groups = std::move(groups);
    options.prefixCache = prefixCache;
    return *KvManager::create(std::move(options));
}

Tokens counting(std::int32_t count, TokenId first = 0) {
    Tokens tokens(static_cast<std::size_t>(count));
    std::iota(tokens.begin(), tokens.end(), first);
    return tokens;
}

/// Computes all of `tokens` that is not cached and returns what was.
std::int32_t compute(KvManager& kv, SequenceCache& sequence, const Tokens& tokens) {
    std::vector<BlockCopy> copies;
    const std::int32_t found = kv.open(sequence, {}, tokens, {}, true);
    const auto end = std::int32_t(tokens.size());
    EXPECT_TRUE(kv.reserve(sequence, found, end, copies));
    EXPECT_TRUE(copies.empty());
    kv.commit(sequence, tokens, {}, end);
    return found;
}

/// The tokens found for `tokens`, leaving the cache as it was but for the order of eviction.
std::int32_t lookUp(KvManager& kv, const Tokens& tokens) {
    SequenceCache sequence;
    const std::int32_t found = kv.open(sequence, {}, tokens, {}, true);
    kv.release(sequence);
    return found;
}

TEST(KvManager, CreateNamesWhatIsWrong) {
    const auto field = [](std::vector<KvGroupOptions> groups) {
        KvManagerOptions options;
        options.groups = std::move(groups);
        const auto result = KvManager::create(std::move(options));
        return result ? std::string() : result.error().field;
    };
    EXPECT_EQ(field({}), "groups");
    EXPECT_EQ(field(std::vector(9, group(KvKind::Full, 4))), "groups");
    EXPECT_EQ(field({group(KvKind::SlidingWindow, 4, 0)}), "window");
    EXPECT_EQ(field({group(KvKind::Full, -1)}), "capacity");
    EXPECT_EQ(field({group(KvKind::Full, 0)}), "limit");
    auto odd = group(KvKind::SlidingWindow, 4, 8);
    odd.layout.blockTokens = 8;
    EXPECT_EQ(field({group(KvKind::Full, 4), odd}), "blockTokens");
    odd.layout.kind = KvKind::Cross;
    EXPECT_EQ(field({group(KvKind::Full, 4), odd}), "");
}

TEST(KvManager, ReservesInAllGroupsOrInNone) {
    KvManager kv = manager({group(KvKind::Full, 8), group(KvKind::Latent, 2)});
    SequenceCache sequence;
    std::vector<BlockCopy> copies;
    kv.open(sequence, {}, counting(12), {}, true);
    EXPECT_FALSE(kv.reserve(sequence, 0, 12, copies));
    EXPECT_EQ(kv.pool(0).freeCount(), 8);
    EXPECT_EQ(kv.pool(1).freeCount(), 2);
    EXPECT_TRUE(kv.reserve(sequence, 0, 8, copies));
    EXPECT_EQ(kv.pool(0).freeCount(), 6);
    EXPECT_EQ(kv.pool(1).freeCount(), 0);
    kv.release(sequence);
    EXPECT_EQ(kv.pool(0).freeCount(), 8);
    EXPECT_EQ(kv.prefixes().nodeCount(), 0);
}

TEST(KvManager, SharesFullBlocksAndLeavesOneTokenToCompute) {
    KvManager kv = manager({group(KvKind::Full, 8)});
    SequenceCache first;
    EXPECT_EQ(compute(kv, first, counting(10)), 0);
    SequenceCache second;
    EXPECT_EQ(kv.open(second, {}, counting(10), {}, true), 8);
    EXPECT_EQ(second.tables[0].blocks[0], first.tables[0].blocks[0]);
    EXPECT_EQ(kv.pool(0).references(first.tables[0].blocks[1]), 2);
    kv.release(first);
    kv.release(second);
    EXPECT_EQ(lookUp(kv, counting(9)), 8);
    EXPECT_EQ(lookUp(kv, counting(8)), 4); // A full hit would leave nothing to compute.
    EXPECT_EQ(lookUp(kv, counting(4)), 0);
    EXPECT_EQ(kv.pool(0).statistics().active, 0);
}

TEST(KvManager, CanBeToldNotToLookUpOrNotToCache) {
    KvManager kv = manager({group(KvKind::Full, 8)});
    SequenceCache first;
    compute(kv, first, counting(9));
    SequenceCache second;
    EXPECT_EQ(kv.open(second, {}, counting(9), {}, false), 0);
    kv.release(first);
    kv.release(second);

    KvManager plain = manager({group(KvKind::Full, 8)}, false);
    compute(plain, first, counting(9));
    plain.release(first);
    EXPECT_EQ(plain.pool(0).freeCount(), 8);
    EXPECT_EQ(lookUp(plain, counting(9)), 0);
}

TEST(KvManager, EvictsTailsBeforeTheirParents) {
    KvManager kv = manager({group(KvKind::Full, 5)});
    SequenceCache sequence;
    compute(kv, sequence, counting(20));
    kv.release(sequence);
    EXPECT_EQ(kv.pool(0).cachedCount(), 5);
    SequenceCache other;
    compute(kv, other, counting(8, 100)); // Takes two blocks.
    EXPECT_EQ(lookUp(kv, counting(21)), 12);
    kv.release(other);
}

TEST(KvManager, EvictsTheLeastRecentlyUsedPrefixFirst) {
    KvManager kv = manager({group(KvKind::Full, 4)});
    SequenceCache sequence;
    compute(kv, sequence, counting(8, 0));
    kv.release(sequence);
    compute(kv, sequence, counting(8, 100));
    kv.release(sequence);
    EXPECT_EQ(lookUp(kv, counting(9, 0)), 8); // Touched: now the younger one.
    compute(kv, sequence, counting(8, 200));
    EXPECT_EQ(lookUp(kv, counting(9, 100)), 0);
    EXPECT_EQ(lookUp(kv, counting(9, 0)), 8);
    kv.release(sequence);
}

TEST(KvManager, AnEqualBlockComputedTwiceIsCachedOnce) {
    KvManager kv = manager({group(KvKind::Full, 8)});
    SequenceCache first;
    SequenceCache second;
    std::vector<BlockCopy> copies;
    const Tokens tokens = counting(9);
    kv.open(first, {}, tokens, {}, true);
    kv.open(second, {}, tokens, {}, true);
    ASSERT_TRUE(kv.reserve(first, 0, 9, copies));
    ASSERT_TRUE(kv.reserve(second, 0, 9, copies));
    kv.commit(first, tokens, {}, 9);
    kv.commit(second, tokens, {}, 9);
    kv.release(first);
    kv.release(second);
    EXPECT_EQ(kv.pool(0).statistics().cached, 2);
    EXPECT_EQ(kv.pool(0).statistics().free, 6);
}

TEST(KvManager, AWindowGivesItsBlocksBack) {
    KvManager kv = manager({group(KvKind::Full, 16), group(KvKind::SlidingWindow, 16, 6)}, false);
    SequenceCache sequence;
    compute(kv, sequence, counting(21));
    // The next token, 21, reads 16 … 20 and itself.
    EXPECT_EQ(sequence.tables[1].firstBlock, 4);
    EXPECT_EQ(sequence.tables[1].blocks.size(), 2U);
    EXPECT_EQ(sequence.tables[0].firstBlock, 0);
    EXPECT_EQ(kv.pool(1).freeCount(), 14);
    EXPECT_EQ(kv.pool(0).freeCount(), 10);
    kv.release(sequence);
    EXPECT_EQ(kv.pool(1).freeCount(), 16);
}

TEST(KvManager, AWindowGroupLimitsReuseToWhereItsBlocksAre) {
    KvManager kv = manager({group(KvKind::Full, 32), group(KvKind::SlidingWindow, 7, 6)});
    SequenceCache sequence;
    const Tokens tokens = counting(24);
    std::vector<BlockCopy> copies;
    kv.open(sequence, {}, tokens, {}, true);
    for (std::int32_t end = 4; end <= 24; end += 4) {
        ASSERT_TRUE(kv.reserve(sequence, end - 4, end, copies));
        kv.commit(sequence, tokens, {}, end);
    }
    kv.release(sequence);
    EXPECT_EQ(lookUp(kv, counting(25)), 24);
    EXPECT_EQ(lookUp(kv, counting(14)), 12);
    // Six cached blocks and a free one in the window group: take three. The least recently used
    // go: the full group still has all, the window group lacks 0 and 3.
    SequenceCache other;
    compute(kv, other, counting(12, 100));
    EXPECT_EQ(lookUp(kv, counting(25)), 24);
    EXPECT_EQ(lookUp(kv, counting(9)), 0);
    SequenceCache again;
    EXPECT_EQ(kv.open(again, {}, counting(25), {}, true), 24);
    EXPECT_EQ(again.tables[0].blocks.size(), 6U);
    EXPECT_EQ(again.tables[1].firstBlock, 4);
    EXPECT_EQ(again.tables[1].blocks.size(), 2U);
    kv.release(other);
    kv.release(again);
}

TEST(KvManager, RecurrentStateIsNeverTakenUpFromAPrefix) {
    KvManager kv = manager({group(KvKind::Full, 8), group(KvKind::Recurrent, 2)});
    SequenceCache sequence;
    compute(kv, sequence, counting(9));
    EXPECT_EQ(sequence.tables[1].blocks.size(), 1U);
    EXPECT_FALSE(kv.canRollBack());
    kv.release(sequence);
    EXPECT_EQ(lookUp(kv, counting(9)), 0);
    EXPECT_EQ(kv.pool(0).freeCount(), 8);
}

TEST(KvManager, CrossBlocksFollowTheEncodersLength) {
    KvManager kv = manager({group(KvKind::Full, 8), group(KvKind::Cross, 8)});
    SequenceCache sequence;
    sequence.crossTokens = 17;
    compute(kv, sequence, counting(2));
    EXPECT_EQ(sequence.tables[1].blocks.size(), 5U);
    std::vector<BlockCopy> copies;
    EXPECT_TRUE(kv.reserve(sequence, 2, 12, copies));
    EXPECT_EQ(sequence.tables[1].blocks.size(), 5U);
    EXPECT_EQ(kv.blocksFor(100, 8, 17)[1], 5);
    kv.release(sequence);
    EXPECT_EQ(kv.pool(1).freeCount(), 8);
}

TEST(KvManager, AForkCopiesASharedBlockBeforeWritingIt) {
    KvManager kv = manager({group(KvKind::Full, 8), group(KvKind::Recurrent, 4)});
    SequenceCache parent;
    compute(kv, parent, counting(6));
    SequenceCache child = kv.fork(parent, 6);
    EXPECT_EQ(child.tables[0].blocks, parent.tables[0].blocks);
    const BlockId shared = parent.tables[0].blocks[1];
    const BlockId state = parent.tables[1].blocks[0];
    std::vector<BlockCopy> copies;
    ASSERT_TRUE(kv.reserve(parent, 6, 7, copies));
    const std::vector<BlockCopy> expected{{0, shared, parent.tables[0].blocks[1]},
                                          {1, state, parent.tables[1].blocks[0]}};
    EXPECT_EQ(copies, expected);
    EXPECT_NE(parent.tables[0].blocks[1], shared);
    copies.clear();
    ASSERT_TRUE(kv.reserve(child, 6, 7, copies)); // Alone on it now.
    EXPECT_TRUE(copies.empty());
    EXPECT_EQ(child.tables[0].blocks[1], shared);
    kv.release(parent);
    kv.release(child);
    EXPECT_EQ(kv.pool(0).freeCount(), 8);
}

TEST(KvManager, WritingIntoABlockThatTheParentRegisteredUnregistersIt) {
    KvManager kv = manager({group(KvKind::Full, 2)});
    SequenceCache parent;
    compute(kv, parent, counting(7));
    std::vector<BlockCopy> copies;
    ASSERT_TRUE(kv.reserve(parent, 7, 8, copies));
    SequenceCache child = kv.fork(parent, 7); // While the step with token 7 is under way.
    kv.commit(parent, counting(8), {}, 8);
    kv.release(parent);
    ASSERT_TRUE(kv.reserve(child, 7, 8, copies)); // Its own token 7, in the same place.
    EXPECT_TRUE(copies.empty());
    EXPECT_EQ(lookUp(kv, counting(9)), 4);
    Tokens tokens = counting(8);
    tokens[7] = 77;
    kv.commit(child, tokens, {}, 8);
    tokens.push_back(0);
    EXPECT_EQ(lookUp(kv, tokens), 8);
    kv.release(child);
    kv.clearCache();
    EXPECT_EQ(kv.prefixes().nodeCount(), 0);
}

TEST(KvManager, AForkAtAnEarlierTokenTakesOnlyTheBlocksBefore) {
    KvManager kv = manager({group(KvKind::Full, 8)});
    SequenceCache parent;
    compute(kv, parent, counting(7));
    std::vector<BlockCopy> copies;
    ASSERT_TRUE(kv.reserve(parent, 7, 12, copies));
    SequenceCache child = kv.fork(parent, 7);
    EXPECT_EQ(child.tables[0].blocks.size(), 2U);
    kv.release(parent);
    kv.release(child);
    EXPECT_EQ(kv.pool(0).statistics().active, 0);
}

TEST(KvManager, BlocksWaitForTheStepsThatUseThem) {
    KvManager kv = manager({group(KvKind::Full, 4)}, false);
    SequenceCache sequence;
    compute(kv, sequence, counting(8));
    SequenceCache idle = kv.fork(sequence, 4);
    sequence.lastStep = 2;
    kv.release(sequence);
    kv.release(idle); // Part of no step: only its own references go.
    EXPECT_TRUE(sequence.empty());
    EXPECT_EQ(kv.pool(0).freeCount(), 2);
    kv.retired(1);
    EXPECT_EQ(kv.pool(0).freeCount(), 2);
    EXPECT_EQ(kv.pendingCount(), 2);
    kv.retired(2);
    EXPECT_EQ(kv.pool(0).freeCount(), 4);
    compute(kv, sequence, counting(8));
    kv.release(sequence);
    EXPECT_EQ(kv.pool(0).freeCount(), 4);
}

TEST(KvManager, TrimsRejectedSpeculation) {
    KvManager kv = manager({group(KvKind::Full, 8)});
    SequenceCache sequence;
    compute(kv, sequence, counting(6));
    std::vector<BlockCopy> copies;
    ASSERT_TRUE(kv.reserve(sequence, 6, 18, copies));
    EXPECT_EQ(kv.pool(0).freeCount(), 3);
    kv.trim(sequence, 7);
    EXPECT_EQ(kv.pool(0).freeCount(), 6);
    EXPECT_EQ(sequence.tables[0].blocks.size(), 2U);
    kv.release(sequence);
}

TEST(KvManager, GrowsBeforeItEvictsAndStopsWhereMemoryEnds) {
    std::vector<std::int32_t> asked;
    KvManagerOptions options;
    options.groups = {group(KvKind::Full, 2)};
    options.groups[0].limit = 12;
    options.growthBlocks = 3;
    options.grow = [&](std::int32_t, std::int32_t blocks) {
        asked.push_back(blocks);
        return std::min(blocks, 6);
    };
    KvManager kv = *KvManager::create(std::move(options));
    SequenceCache first;
    compute(kv, first, counting(8));
    kv.release(first);
    EXPECT_EQ(kv.available()[0], 12);
    SequenceCache second;
    compute(kv, second, counting(4, 100));
    EXPECT_EQ(kv.pool(0).capacity(), 5);
    EXPECT_EQ(kv.pool(0).cachedCount(), 2);
    std::vector<BlockCopy> copies;
    ASSERT_TRUE(kv.reserve(second, 4, 24, copies)); // Six blocks: one more, then eviction.
    EXPECT_EQ(asked, (std::vector<std::int32_t>{5, 8}));
    EXPECT_EQ(kv.limits()[0], 6);
    EXPECT_EQ(kv.pool(0).cachedCount(), 0);
    EXPECT_FALSE(kv.reserve(second, 24, 28, copies));
    EXPECT_EQ(asked.size(), 2U);
    kv.setLimit(0, 12);
    EXPECT_FALSE(kv.reserve(second, 24, 28, copies));
    EXPECT_EQ(asked.size(), 3U);
    kv.release(second);
}

TEST(KvManager, ShrinkDropsCachedBlocksAtTheEnd) {
    KvManager kv = manager({group(KvKind::Full, 8)});
    SequenceCache stays;
    compute(kv, stays, counting(8));
    SequenceCache goes;
    compute(kv, goes, counting(16, 100));
    kv.release(goes);
    EXPECT_EQ(kv.shrink(0, 4), 4);
    EXPECT_EQ(kv.limits()[0], 4);
    EXPECT_EQ(kv.shrink(0, 0), 2); // Blocks 0 and 1 are in use.
    EXPECT_EQ(lookUp(kv, counting(17, 100)), 0);
    EXPECT_EQ(lookUp(kv, counting(9)), 8);
    kv.release(stays);
    kv.clearCache();
    EXPECT_EQ(kv.shrink(0, 0), 0);
    EXPECT_EQ(kv.prefixes().nodeCount(), 0);
}

TEST(KvManager, CountsTheBlocksOfAWindowAtWorst) {
    const KvManager kv = manager({group(KvKind::Full, 8), group(KvKind::SlidingWindow, 6, 9)});
    const BlockCounts few = kv.blocksFor(5, 8, 0);
    EXPECT_EQ(few[0], 2);
    EXPECT_EQ(few[1], 2);
    // Eight tokens before the chunk and five in it: 13 tokens touch up to four blocks of four.
    const BlockCounts many = kv.blocksFor(1000, 5, 0);
    EXPECT_EQ(many[0], 250);
    EXPECT_EQ(many[1], 4);
    EXPECT_EQ(kv.maxTokens(5, 0), 32);
    EXPECT_EQ(kv.maxTokens(1000, 0), 24);
}

} // namespace
} // namespace hearth
