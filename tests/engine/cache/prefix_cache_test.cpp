#include "cache/prefix_cache.h"

#include <gtest/gtest.h>

#include <map>
#include <random>
#include <vector>

namespace hearth {
namespace {

using Tokens = std::vector<TokenId>;

TEST(PrefixCache, FindsOnlyTheSameTokensUnderTheSameParent) {
    PrefixCache cache(1, 2);
    const PrefixNode root = cache.holdRoot({});
    cache.hold(root);
    const PrefixNode ab = cache.advanceHold(root, Tokens{1, 2}, 0, {});
    const PrefixNode abcd = cache.advanceHold(ab, Tokens{3, 4}, 2, {});
    cache.link(abcd, 0, 0);
    EXPECT_EQ(cache.find(root, Tokens{1, 2}, 0, {}), ab);
    EXPECT_EQ(cache.find(ab, Tokens{3, 4}, 2, {}), abcd);
    EXPECT_EQ(cache.find(root, Tokens{3, 4}, 0, {}), kNoPrefix);
    EXPECT_EQ(cache.find(ab, Tokens{4, 3}, 2, {}), kNoPrefix);
    EXPECT_EQ(cache.find(ab, Tokens{3, -4}, 2, {}), kNoPrefix);
}

TEST(PrefixCache, KeepsKeysApart) {
    PrefixCache cache(1, 2);
    const std::vector<PrefixKey> keys{
        {}, {.kvType = kernels::DType::I8}, {.kvBits = 8}, {.rope = 1}, {.adapter = 1},
    };
    std::vector<PrefixNode> nodes;
    for (const PrefixKey& key : keys) {
        const PrefixNode root = cache.holdRoot(key);
        EXPECT_EQ(cache.find(root, Tokens{1, 2}, 0, {}), kNoPrefix);
        nodes.push_back(cache.advanceHold(root, Tokens{1, 2}, 0, {}));
    }
    for (std::size_t i = 0; i < keys.size(); ++i) {
        const PrefixNode root = cache.holdRoot(keys[i]);
        EXPECT_EQ(cache.find(root, Tokens{1, 2}, 0, {}), nodes[i]);
        cache.releaseHold(root);
    }
}

TEST(PrefixCache, KeepsDifferentMediaBehindEqualPlaceholdersApart) {
    PrefixCache cache(1, 4);
    const PrefixNode root = cache.holdRoot({});
    cache.hold(root);
    const Tokens placeholders{9, 9, 9, 9};
    const std::vector<MediaSpan> cat{{.first = 2, .count = 8, .digest = {1, 2}}};
    const std::vector<MediaSpan> dog{{.first = 2, .count = 8, .digest = {1, 3}}};
    const std::vector<MediaSpan> shifted{{.first = 1, .count = 8, .digest = {1, 2}}};
    const std::vector<MediaSpan> later{{.first = 4, .count = 8, .digest = {1, 2}}};
    const PrefixNode node = cache.advanceHold(root, placeholders, 0, cat);
    EXPECT_EQ(cache.find(root, placeholders, 0, cat), node);
    EXPECT_EQ(cache.find(root, placeholders, 0, dog), kNoPrefix);
    EXPECT_EQ(cache.find(root, placeholders, 0, shifted), kNoPrefix);
    EXPECT_EQ(cache.find(root, placeholders, 0, later), kNoPrefix);
}

TEST(PrefixCache, ForgetsNodesThatNobodyNeeds) {
    PrefixCache cache(2, 1);
    const PrefixNode root = cache.holdRoot({});
    const PrefixNode a = cache.advanceHold(root, Tokens{1}, 0, {});
    cache.link(a, 0, 5);
    const PrefixNode b = cache.advanceHold(a, Tokens{2}, 1, {});
    cache.link(b, 1, 7);
    EXPECT_EQ(cache.nodeCount(), 3);
    cache.releaseHold(b);
    EXPECT_EQ(cache.nodeCount(), 3);
    cache.unlink(0, 5); // The child still stands on it.
    EXPECT_EQ(cache.nodeCount(), 3);
    EXPECT_EQ(cache.block(a, 0), kNoBlock);
    cache.unlink(1, 6); // Never linked.
    cache.unlink(1, 7);
    EXPECT_EQ(cache.nodeCount(), 0);
}

/// Every prefix of random sequences is found as itself, with all hashes equal.
TEST(PrefixCache, CollisionsNeverConfusePrefixes) {
    PrefixCache cache(1, 2, 0);
    std::map<Tokens, PrefixNode> known;
    std::mt19937 random(3);
    const PrefixNode root = cache.holdRoot({});
    for (int round = 0; round < 60; ++round) {
        Tokens all;
        PrefixNode node = cache.holdRoot({});
        for (int block = 0; block < 4; ++block) {
            const Tokens tokens{TokenId(random() % 3), TokenId(random() % 3)};
            all.insert(all.end(), tokens.begin(), tokens.end());
            const PrefixNode found = cache.find(node, tokens, block * 2, {});
            const auto expected = known.find(all);
            ASSERT_EQ(found, expected == known.end() ? kNoPrefix : expected->second);
            node = cache.advanceHold(node, tokens, block * 2, {});
            known[all] = node;
        }
    }
    cache.releaseHold(root);
}

} // namespace
} // namespace hearth
