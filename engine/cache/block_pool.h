#pragma once

#include <cstdint>
#include <optional>
#include <vector>

namespace hearth {

/// Index of a block in the arena of its KV group.
using BlockId = std::int32_t;
inline constexpr BlockId kNoBlock = -1;

struct BlockPoolStatistics {
    std::int32_t capacity = 0;
    std::int32_t free = 0;   ///< Hold nothing.
    std::int32_t cached = 0; ///< Held by no sequence, kept for their prefix.
    std::int32_t active = 0; ///< Held by at least one sequence.
};

/// Counts who uses the blocks of one KV group; owns no memory. A block is free, active (references
/// > 0) or cached (no references, but marked as kept), and always exactly one of these. Cached
/// blocks queue by the time at which their last reference went, oldest first. Free blocks are
/// handed out lowest id first, so that the end of the pool empties and can be given back.
/// Used by the engine thread alone.
class BlockPool {
public:
    explicit BlockPool(std::int32_t capacity) { grow(capacity); }

    [[nodiscard]] std::int32_t capacity() const { return std::int32_t(m_blocks.size()); }
    [[nodiscard]] std::int32_t freeCount() const { return m_freeCount; }
    [[nodiscard]] std::int32_t cachedCount() const { return m_cachedCount; }
    [[nodiscard]] BlockPoolStatistics statistics() const;
    [[nodiscard]] std::int32_t references(BlockId id) const { return block(id).references; }
    [[nodiscard]] bool isKept(BlockId id) const { return block(id).kept; }
    [[nodiscard]] bool isCached(BlockId id) const { return isKept(id) && references(id) == 0; }

    /// A free block, now with one reference; nothing if none is free.
    [[nodiscard]] std::optional<BlockId> take();
    /// One more reference on an active or cached block.
    void acquire(BlockId id);
    /// One reference less; the last one frees the block, or makes it the youngest cached one.
    void release(BlockId id);

    /// Marks an active block, so that it becomes cached instead of free.
    void keep(BlockId id);
    /// Takes the mark away; a cached block becomes free.
    void forget(BlockId id);
    /// The cached block whose last reference went first, kNoBlock if there is none.
    [[nodiscard]] BlockId oldestCached() const { return m_oldest; }

    /// Adds free blocks up to `capacity`; a smaller number changes nothing.
    void grow(std::int32_t capacity);
    /// Drops free blocks at the end, down to `target` at best. Returns the capacity now.
    std::int32_t shrink(std::int32_t target);

private:
    struct Block {
        std::int32_t references = 0;
        bool kept = false;
        BlockId older = kNoBlock; ///< Neighbours in the queue of cached blocks.
        BlockId younger = kNoBlock;
    };

    [[nodiscard]] const Block& block(BlockId id) const { return m_blocks[std::size_t(id)]; }
    [[nodiscard]] Block& block(BlockId id) { return m_blocks[std::size_t(id)]; }
    void enqueue(BlockId id);
    void dequeue(BlockId id);
    void setFree(BlockId id);

    std::vector<Block> m_blocks;
    std::vector<std::uint64_t> m_freeBits; ///< Bit b of word w: block 64 w + b is free.
    std::size_t m_lowestWord = 0;          ///< No word before it has a free block.
    std::int32_t m_freeCount = 0;
    std::int32_t m_cachedCount = 0;
    BlockId m_oldest = kNoBlock;
    BlockId m_youngest = kNoBlock;
};

} // namespace hearth
