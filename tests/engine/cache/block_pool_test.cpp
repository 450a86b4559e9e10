#include "cache/block_pool.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <random>
#include <vector>

namespace hearth {
namespace {

TEST(BlockPool, HandsOutEveryBlockOnceLowestFirst) {
    BlockPool pool(130);
    for (BlockId expected = 0; expected < 130; ++expected)
        EXPECT_EQ(pool.take(), expected);
    EXPECT_FALSE(pool.take().has_value());
    pool.release(100);
    pool.release(3);
    EXPECT_EQ(pool.take(), 3);
    EXPECT_EQ(pool.take(), 100);
}

TEST(BlockPool, FreesABlockWithItsLastReference) {
    BlockPool pool(1);
    const BlockId id = *pool.take();
    pool.acquire(id);
    pool.release(id);
    EXPECT_EQ(pool.references(id), 1);
    EXPECT_EQ(pool.freeCount(), 0);
    pool.release(id);
    EXPECT_EQ(pool.freeCount(), 1);
}

TEST(BlockPool, QueuesKeptBlocksByTheTimeOfTheirRelease) {
    BlockPool pool(3);
    for (int i = 0; i < 3; ++i)
        pool.keep(*pool.take());
    pool.release(2);
    pool.release(0);
    pool.release(1);
    EXPECT_EQ(pool.cachedCount(), 3);
    EXPECT_EQ(pool.oldestCached(), 2);
    pool.acquire(0); // Out of the middle of the queue.
    EXPECT_EQ(pool.references(0), 1);
    pool.forget(2);
    EXPECT_EQ(pool.oldestCached(), 1);
    pool.release(0);
    pool.forget(1);
    EXPECT_EQ(pool.oldestCached(), 0);
    pool.forget(0);
    EXPECT_EQ(pool.oldestCached(), kNoBlock);
    EXPECT_EQ(pool.freeCount(), 3);
}

TEST(BlockPool, ForgettingAnActiveBlockFreesItLater) {
    BlockPool pool(1);
    const BlockId id = *pool.take();
    pool.keep(id);
    pool.forget(id);
    EXPECT_EQ(pool.freeCount(), 0);
    pool.release(id);
    EXPECT_EQ(pool.freeCount(), 1);
    EXPECT_EQ(pool.cachedCount(), 0);
}

TEST(BlockPool, ShrinksOnlyOverFreeBlocksAtTheEnd) {
    BlockPool pool(8);
    for (int i = 0; i < 6; ++i)
        ASSERT_TRUE(pool.take().has_value());
    pool.release(2);
    EXPECT_EQ(pool.shrink(0), 6); // Block 5 is in use.
    EXPECT_EQ(pool.capacity(), 6);
    EXPECT_EQ(pool.freeCount(), 1);
    pool.release(5);
    pool.release(4);
    EXPECT_EQ(pool.shrink(5), 5);
    EXPECT_EQ(pool.shrink(0), 4);
    EXPECT_EQ(pool.take(), 2);
    EXPECT_FALSE(pool.take().has_value());
}

TEST(BlockPool, GrowsBackAfterShrinking) {
    BlockPool pool(100);
    EXPECT_EQ(pool.shrink(0), 0);
    EXPECT_FALSE(pool.take().has_value());
    pool.grow(70);
    EXPECT_EQ(pool.freeCount(), 70);
    pool.grow(10);
    EXPECT_EQ(pool.capacity(), 70);
    for (BlockId expected = 0; expected < 70; ++expected)
        EXPECT_EQ(pool.take(), expected);
}

TEST(BlockPool, RandomUseAgreesWithAPlainModel) {
    struct Model {
        int references = 0;
        bool kept = false;
    };
    BlockPool pool(37);
    std::vector<Model> model(37);
    std::vector<BlockId> queue; // Cached, oldest first.
    std::mt19937 random(7);
    for (int step = 0; step < 20000; ++step) {
        const auto id = BlockId(random() % model.size());
        Model& entry = model[std::size_t(id)];
        switch (random() % 5) {
        case 0:
            if (const auto taken = pool.take()) {
                Model& fresh = model[std::size_t(*taken)];
                ASSERT_TRUE(fresh.references == 0 && !fresh.kept);
                fresh.references = 1;
            }
            break;
        case 1:
            if (entry.references > 0 || entry.kept) {
                pool.acquire(id);
                ++entry.references;
                std::erase(queue, id);
            }
            break;
        case 2:
        case 3:
            if (entry.references > 0) {
                pool.release(id);
                if (--entry.references == 0 && entry.kept)
                    queue.push_back(id);
            }
            break;
        default:
            if (entry.references > 0 && !entry.kept) {
                pool.keep(id);
                entry.kept = true;
            } else if (entry.kept) {
                pool.forget(id);
                entry.kept = false;
                std::erase(queue, id);
            }
        }
        const auto active = std::count_if(model.begin(), model.end(),
                                          [](const Model& block) { return block.references > 0; });
        const BlockPoolStatistics statistics = pool.statistics();
        ASSERT_EQ(statistics.active, active);
        ASSERT_EQ(statistics.cached, std::int32_t(queue.size()));
        ASSERT_EQ(statistics.free + statistics.cached + statistics.active, statistics.capacity);
        ASSERT_EQ(pool.oldestCached(), queue.empty() ? kNoBlock : queue.front());
    }
}

} // namespace
} // namespace hearth
