#include "cache/block_pool.h"

#include <algorithm>
#include <bit>

namespace hearth {

namespace {

constexpr std::size_t kWordBits = 64;

constexpr std::uint64_t bitOf(BlockId id) {
    return std::uint64_t(1) << (std::size_t(id) % kWordBits);
}

constexpr std::size_t wordOf(BlockId id) {
    return std::size_t(id) / kWordBits;
}

} // namespace

BlockPoolStatistics BlockPool::statistics() const {
    return {capacity(), m_freeCount, m_cachedCount, capacity() - m_freeCount - m_cachedCount};
}

std::optional<BlockId> BlockPool::take() {
    if (m_freeCount == 0)
        return std::nullopt;
    while (m_freeBits[m_lowestWord] == 0)
        ++m_lowestWord;
    std::uint64_t& word = m_freeBits[m_lowestWord];
    const auto id = BlockId(m_lowestWord * kWordBits + std::size_t(std::countr_zero(word)));
    word &= word - 1;
    --m_freeCount;
    block(id).references = 1;
    return id;
}

void BlockPool::acquire(BlockId id) {
    if (isCached(id))
        dequeue(id);
    ++block(id).references;
}

void BlockPool::release(BlockId id) {
    if (--block(id).references > 0)
        return;
    if (isKept(id))
        enqueue(id);
    else
        setFree(id);
}

void BlockPool::keep(BlockId id) {
    block(id).kept = true;
}

void BlockPool::forget(BlockId id) {
    if (isCached(id)) {
        dequeue(id);
        setFree(id);
    }
    block(id).kept = false;
}

void BlockPool::grow(std::int32_t newCapacity) {
    const std::int32_t before = capacity();
    if (newCapacity <= before)
        return;
    m_blocks.resize(std::size_t(newCapacity));
    m_freeBits.resize(wordOf(newCapacity - 1) + 1);
    for (BlockId id = before; id < newCapacity; ++id)
        setFree(id);
}

std::int32_t BlockPool::shrink(std::int32_t target) {
    BlockId end = capacity();
    while (end > target && end > 0 && (m_freeBits[wordOf(end - 1)] & bitOf(end - 1)) != 0) {
        --end;
        m_freeBits[wordOf(end)] &= ~bitOf(end);
        --m_freeCount;
    }
    m_blocks.resize(std::size_t(end));
    return end;
}

void BlockPool::enqueue(BlockId id) {
    block(id).older = m_youngest;
    block(id).younger = kNoBlock;
    (m_youngest == kNoBlock ? m_oldest : block(m_youngest).younger) = id;
    m_youngest = id;
    ++m_cachedCount;
}

void BlockPool::dequeue(BlockId id) {
    const Block& entry = block(id);
    (entry.older == kNoBlock ? m_oldest : block(entry.older).younger) = entry.younger;
    (entry.younger == kNoBlock ? m_youngest : block(entry.younger).older) = entry.older;
    --m_cachedCount;
}

void BlockPool::setFree(BlockId id) {
    m_freeBits[wordOf(id)] |= bitOf(id);
    m_lowestWord = std::min(m_lowestWord, wordOf(id));
    ++m_freeCount;
}

} // namespace hearth
