#pragma once

#include "cache/block_pool.h"
#include "cache/prefix_cache.h"
#include "hearth/kernels/kv_cache.h"
#include "hearth/result.h"

#include <array>
#include <cstdint>
#include <functional>
#include <span>
#include <vector>

namespace hearth {

/// Number of a launched step; steps end in the order of their numbers.
using StepId = std::uint64_t;

inline constexpr std::int32_t kMaxKvGroups = 8;
/// A number of blocks in each group.
using BlockCounts = std::array<std::int32_t, kMaxKvGroups>;

/// The blocks of one sequence in one group, in the order of its tokens.
struct BlockTable {
    std::int32_t firstBlock = 0; ///< Logical index of blocks[0]: those before it left the window.
    std::vector<BlockId> blocks;

    [[nodiscard]] std::int32_t end() const { return firstBlock + std::int32_t(blocks.size()); }
};

/// What the cache keeps for one sequence. Filled by KvManager; must be given back by release().
struct SequenceCache {
    std::vector<BlockTable> tables; ///< One a group; empty while nothing is kept.
    std::int32_t crossTokens = 0;   ///< Length of the encoder's output, for Cross groups.
    PrefixNode prefix = kNoPrefix;  ///< Held: the longest prefix that is registered.
    std::int32_t prefixBlocks = 0;  ///< Its length.
    StepId lastStep = 0;            ///< The last launched step that uses the tables.

    [[nodiscard]] bool empty() const { return tables.empty(); }
};

/// Copy one block over another before the step runs (KvArena::copyBlock), in the order given.
struct BlockCopy {
    std::int32_t group = 0;
    BlockId from = kNoBlock;
    BlockId to = kNoBlock;

    friend bool operator==(const BlockCopy&, const BlockCopy&) = default;
};

struct KvGroupOptions {
    kernels::KvLayout layout;
    std::int32_t capacity = 0; ///< Blocks with memory behind them now.
    std::int32_t limit = 0;    ///< Blocks to which the group may grow, ≥ capacity.
};

struct KvManagerOptions {
    std::vector<KvGroupOptions> groups;
    bool prefixCache = true;
    std::int32_t growthBlocks = 64; ///< Blocks asked for at once, at least.
    /// Gives memory to the first `blocks` blocks of a group (KvArena::resize) and returns how many
    /// have it now. Less than asked for: the group's limit falls to what it has.
    std::function<std::int32_t(std::int32_t group, std::int32_t blocks)> grow;
    std::uint64_t hashMask = ~0ULL; ///< See PrefixCache.
};

/// Block tables of all sequences over all KV groups, on top of a pool a group and one prefix
/// cache. Blocks are shared between sequences that have a prefix in common and between forks; a
/// shared block is copied before it is written. A group takes a free block, else asks for memory,
/// else evicts the oldest cached block. Blocks that leave a sequence while a launched step may use
/// them come back when that step ends. Used by the engine thread alone.
class KvManager {
public:
    /// InvalidArgument naming the field: no group or more than kMaxKvGroups, sizes below one,
    /// limit < capacity, groups that hold tokens with different blockTokens.
    static Result<KvManager> create(KvManagerOptions options);

    /// Finds the longest prefix of `tokens` that every group can serve, short of the last token,
    /// and puts its blocks into the empty `sequence`. Returns the tokens found. With
    /// `lookup` = false none are looked for, but what is computed will be registered.
    std::int32_t open(SequenceCache& sequence, const PrefixKey& key,
                      std::span<const TokenId> tokens, std::span<const MediaSpan> media,
                      bool lookup);

    /// Makes tokens [first, end) writable in every group: takes blocks, and copies those that
    /// are shared (appended to `copies`); the rest is no longer found as a prefix. On false nothing
    /// has changed but groups' capacities.
    [[nodiscard]] bool reserve(SequenceCache& sequence, std::int32_t first, std::int32_t end,
                               std::vector<BlockCopy>& copies);

    /// Says that the first `computed` tokens are final: registers their full blocks and drops
    /// those that left the window of the next token.
    void commit(SequenceCache& sequence, std::span<const TokenId> tokens,
                std::span<const MediaSpan> media, std::int32_t computed);

    /// Drops blocks behind the first `end` tokens (rejected speculation).
    void trim(SequenceCache& sequence, std::int32_t end);

    /// A second sequence on the first `computed` tokens of `sequence`.
    [[nodiscard]] SequenceCache fork(const SequenceCache& sequence, std::int32_t computed);

    /// Gives everything back, the last block first; full blocks stay cached. Does nothing to an
    /// empty `sequence`.
    void release(SequenceCache& sequence);

    /// All steps up to this one have ended.
    void retired(StepId step);

    /// Blocks that a sequence of `tokens` tokens needs at worst, when at most `chunk` tokens are
    /// computed at once.
    [[nodiscard]] BlockCounts blocksFor(std::int32_t tokens, std::int32_t chunk,
                                        std::int32_t crossTokens) const;
    /// Blocks that can be had now: free, evictable or by growing.
    [[nodiscard]] BlockCounts available() const;
    [[nodiscard]] BlockCounts limits() const;
    /// Tokens that one sequence alone can have.
    [[nodiscard]] std::int32_t maxTokens(std::int32_t chunk, std::int32_t crossTokens) const;
    /// Counts blocks that came back and limits that rose: what did not fit before may fit since.
    [[nodiscard]] std::uint64_t releases() const { return m_releases; }

    /// Lets a group grow to `limit` blocks.
    void setLimit(std::int32_t group, std::int32_t limit);
    /// Sets the limit to `target` and drops free and cached blocks at the end. Returns the
    /// capacity now: the caller may take memory from the blocks behind it.
    std::int32_t shrink(std::int32_t group, std::int32_t target);
    /// Frees every cached block; prefixes that sequences hold stay known.
    void clearCache();

    [[nodiscard]] std::int32_t groupCount() const { return std::int32_t(m_groups.size()); }
    [[nodiscard]] const kernels::KvLayout& layout(std::int32_t group) const {
        return m_groups[std::size_t(group)].layout;
    }
    [[nodiscard]] const BlockPool& pool(std::int32_t group) const {
        return m_groups[std::size_t(group)].pool;
    }
    [[nodiscard]] const PrefixCache& prefixes() const { return m_prefixes; }
    /// False with recurrent state, which cannot go back: then steps must not be undone.
    [[nodiscard]] bool canRollBack() const { return !m_recurrent; }
    /// Blocks that wait for a step to end.
    [[nodiscard]] std::int32_t pendingCount() const { return std::int32_t(m_pending.size()); }

private:
    struct Group {
        kernels::KvLayout layout;
        BlockPool pool;
        std::int32_t limit = 0;
    };
    struct Pending {
        StepId step = 0;
        std::int32_t group = 0;
        BlockId block = kNoBlock;
    };

    KvManager(KvManagerOptions options, std::int32_t blockTokens);

    [[nodiscard]] std::int32_t blocksNeeded(const Group& group, const SequenceCache& sequence,
                                            std::int32_t end) const;
    [[nodiscard]] std::int32_t firstWrite(const Group& group, const BlockTable& table,
                                          std::int32_t first) const;
    [[nodiscard]] bool makeRoom(std::int32_t group, std::int32_t blocks);
    [[nodiscard]] BlockId take(std::int32_t group);
    void put(const SequenceCache& sequence, std::int32_t group, BlockId block);
    void forget(std::int32_t group, BlockId block);
    void dropReference(std::int32_t group, BlockId block);
    void registerBlocks(SequenceCache& sequence, std::span<const TokenId> tokens,
                        std::span<const MediaSpan> media, std::int32_t computed);
    [[nodiscard]] std::vector<PrefixNode> longestPrefix(PrefixNode root,
                                                        std::span<const TokenId> tokens,
                                                        std::span<const MediaSpan> media) const;

    std::vector<Group> m_groups;
    std::int32_t m_blockTokens; ///< Of all groups that hold tokens.
    bool m_caching;
    bool m_recurrent = false;
    std::int32_t m_growthBlocks;
    std::function<std::int32_t(std::int32_t, std::int32_t)> m_grow;
    PrefixCache m_prefixes;
    std::vector<Pending> m_pending; ///< In the order in which they were given back.
    StepId m_retired = 0;
    std::uint64_t m_releases = 0;
};

} // namespace hearth
