#include "cpu/attention/attention.h"

#include <algorithm>
#include <limits>

namespace hearth::kernels::cpu {

namespace {

// Enough parts for threads to even out; fewer cost less.
constexpr std::int32_t kPartsPerThread = 4;
// Long prefill rows bring enough work of their own: only items this small are split by keys, or
// those of a KV head that so many query heads share that one token makes larger ones.
constexpr std::int32_t kMaxSplitRows = 16;
constexpr std::int64_t kMaxPartialFloats = std::int64_t{1} << 24;

std::int32_t tilesUpTo(std::int32_t keys) {
    return (keys + kTileKeys - 1) / kTileKeys;
}

} // namespace

Status AttentionPlan::reserve(const Shape& shape, const ExecutionLimits& limits,
                              std::int32_t threads) {
    m_shape = shape;
    m_threads = threads;
    const std::int64_t rows = std::int64_t{limits.maxTokens} * shape.group;
    const std::int64_t items =
        shape.kvHeads * (std::min(limits.maxTokens, limits.maxSequences) + rows / kTileRows + 1);
    const std::int64_t parts = items + std::int64_t{2} * kPartsPerThread * threads;
    if (std::max(rows, parts) > std::numeric_limits<std::int32_t>::max())
        return Status::InvalidArgument;
    const std::int64_t partials =
        std::min(kMaxPartialFloats, std::int64_t{shape.kvHeads} * shape.group *
                                        (tilesUpTo(limits.maxContext) + 1) * partialWidth());
    const bool allocated = m_items.allocate(std::size_t(items)) &&
                           m_parts.allocate(std::size_t(parts)) &&
                           m_partials.allocate(std::size_t(partials));
    return allocated ? Status::Ok : Status::OutOfMemory;
}

std::size_t AttentionPlan::bytes() const {
    return m_items.bytes() + m_parts.bytes() + m_partials.bytes();
}

void AttentionPlan::build(std::span<const StagedSequence> sequences) {
    m_itemCount = 0;
    for (std::size_t s = 0; s < sequences.size(); ++s)
        addItems(static_cast<std::int32_t>(s), sequences[s]);
    split();
}

// Later rows see more keys: they come first, so that the last parts to be claimed are short.
void AttentionPlan::addItems(std::int32_t sequence, const StagedSequence& step) {
    const std::int32_t rows = step.tokens * m_shape.group;
    const std::int32_t past = step.context - step.tokens;
    for (std::int32_t end = rows; end > 0;) {
        const std::int32_t begin = (end - 1) / kTileRows * kTileRows;
        const std::int32_t firstToken = begin / m_shape.group;
        const std::int32_t lastToken = (end - 1) / m_shape.group;
        const bool plain = m_shape.causal && !step.tree;
        const std::int32_t keyEnd = plain ? past + lastToken + 1 : step.context;
        const std::int32_t keyBegin =
            m_shape.window > 0 ? std::max(0, past + firstToken + 1 - m_shape.window) : 0;
        const std::int32_t firstTile = step.tree ? 0 : keyBegin / kTileKeys;
        for (std::int32_t head = 0; head < m_shape.kvHeads; ++head)
            m_items[std::size_t(m_itemCount++)] = {
                .sequence = sequence,
                .kvHead = head,
                .firstRow = begin,
                .rows = end - begin,
                .firstTile = firstTile,
                .tiles = tilesUpTo(keyEnd) - firstTile,
            };
        end = begin;
    }
}

void AttentionPlan::split() {
    m_partCount = 0;
    const std::int32_t wanted = m_threads > 1 ? m_threads * kPartsPerThread : 1;
    const std::int32_t partsEach =
        std::max(1, (wanted + m_itemCount - 1) / std::max(1, m_itemCount));
    std::int64_t used = 0;
    for (std::int32_t i = 0; i < m_itemCount; ++i) {
        AttentionItem& item = m_items[std::size_t(i)];
        const std::int64_t needed = std::int64_t{item.rows} * item.tiles * partialWidth();
        const bool fits = used + needed <= std::int64_t(m_partials.size());
        if ((item.rows <= kMaxSplitRows || m_shape.group > kMaxSplitRows) && fits)
            item.parts = std::min(partsEach, item.tiles);
        if (item.parts > 1) {
            item.partials = used;
            used += needed;
        }
        item.pending = item.parts;
        for (std::int32_t p = 0; p < item.parts; ++p) {
            const std::int32_t first =
                static_cast<std::int32_t>(std::int64_t{item.tiles} * p / item.parts);
            const std::int32_t end =
                static_cast<std::int32_t>(std::int64_t{item.tiles} * (p + 1) / item.parts);
            m_parts[std::size_t(m_partCount++)] = {i, item.firstTile + first, end - first};
        }
    }
}

} // namespace hearth::kernels::cpu
