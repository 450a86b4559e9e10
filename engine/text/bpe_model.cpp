#include "text/bpe_model.h"

#include "text/utf8.h"

#include <algorithm>
#include <bit>
#include <cstring>
#include <functional>

namespace hearth {

namespace {

constexpr std::uint32_t kEnd = ~std::uint32_t{0}; ///< No neighbour.
constexpr std::size_t kShortWord = 32;            ///< Symbols up to which scanning beats a queue.
constexpr std::size_t kCachedWordBytes = 128;
constexpr std::size_t kCacheBytes = std::size_t{4} << 20;

std::uint64_t mixed(std::uint64_t value) {
    value *= 0x9E3779B97F4A7C15U;
    return value ^ value >> 32;
}

std::uint64_t hashOf(std::string_view word) {
    std::uint64_t hash = word.size();
    while (word.size() >= 8) {
        std::uint64_t chunk = 0;
        std::memcpy(&chunk, word.data(), 8);
        hash = mixed(hash ^ chunk);
        word.remove_prefix(8);
    }
    std::uint64_t chunk = 0;
    std::memcpy(&chunk, word.data(), word.size());
    return mixed(hash ^ chunk);
}

} // namespace

BpeScratch::BpeScratch(std::size_t textBytes)
    : m_slots(std::bit_ceil(std::clamp<std::size_t>(textBytes / 8, 16, 16384))) {
}

bool BpeScratch::recall(std::string_view word, std::uint64_t hash,
                        std::vector<std::int32_t>& ids) const {
    const Slot& slot = m_slots[hash & (m_slots.size() - 1)];
    if (slot.hash != hash || std::string_view(m_keys).substr(slot.key, slot.keyBytes) != word)
        return false;
    const auto begin = m_ids.begin() + slot.ids;
    ids.insert(ids.end(), begin, begin + slot.idCount);
    return true;
}

void BpeScratch::remember(std::string_view word, std::uint64_t hash,
                          std::span<const std::int32_t> ids) {
    if (m_keys.size() + m_ids.size() * sizeof(std::int32_t) > kCacheBytes) {
        std::fill(m_slots.begin(), m_slots.end(), Slot{});
        m_keys.clear();
        m_ids.clear();
    }
    m_slots[hash & (m_slots.size() - 1)] = {
        hash, static_cast<std::uint32_t>(m_keys.size()), static_cast<std::uint32_t>(word.size()),
        static_cast<std::uint32_t>(m_ids.size()), static_cast<std::uint32_t>(ids.size())};
    m_keys.append(word);
    m_ids.insert(m_ids.end(), ids.begin(), ids.end());
}

BpeModel::BpeModel(BpeTables tables)
    : m_tables(std::move(tables)) {
    m_pairs.resize(std::bit_ceil(m_tables.merges.size() * 2 + 2));
    for (const BpeTables::Merge& merge : m_tables.merges) {
        const std::uint64_t key = std::uint64_t{static_cast<std::uint32_t>(merge.left)} << 32 |
                                  static_cast<std::uint32_t>(merge.right);
        std::size_t slot = mixed(key) & (m_pairs.size() - 1);
        while (m_pairs[slot].key != kEmpty && m_pairs[slot].key != key)
            slot = (slot + 1) & (m_pairs.size() - 1);
        if (m_pairs[slot].key == kEmpty || merge.rank < m_pairs[slot].rank)
            m_pairs[slot] = {key, merge.rank, merge.result};
    }
    m_tables.merges = {};
}

const BpeModel::Pair& BpeModel::pair(std::int32_t left, std::int32_t right) const {
    const std::uint64_t key =
        std::uint64_t{static_cast<std::uint32_t>(left)} << 32 | static_cast<std::uint32_t>(right);
    std::size_t slot = mixed(key) & (m_pairs.size() - 1);
    while (m_pairs[slot].key != key) {
        if (m_pairs[slot].key == kEmpty)
            return m_noPair;
        slot = (slot + 1) & (m_pairs.size() - 1);
    }
    return m_pairs[slot];
}

void BpeModel::encode(std::string_view word, BpeScratch& scratch,
                      std::vector<std::int32_t>& ids) const {
    const std::string_view boundary = m_tables.boundary;
    std::size_t begin = 0;
    while (!boundary.empty()) {
        std::size_t run = begin; // After the boundaries that open this word.
        while (word.substr(run).starts_with(boundary))
            run += boundary.size();
        const std::size_t end = word.find(boundary, run);
        if (end == std::string_view::npos)
            break;
        encodeWord(word.substr(begin, end - begin), scratch, ids);
        begin = end;
    }
    encodeWord(word.substr(begin), scratch, ids);
}

void BpeModel::encodeWord(std::string_view word, BpeScratch& scratch,
                          std::vector<std::int32_t>& ids) const {
    if (word.empty())
        return;
    if (word.size() > kCachedWordBytes)
        return encodeUncached(word, scratch, ids);
    const std::uint64_t hash = hashOf(word);
    if (scratch.recall(word, hash, ids))
        return;
    const std::size_t begin = ids.size();
    encodeUncached(word, scratch, ids);
    scratch.remember(word, hash, std::span(ids).subspan(begin));
}

void BpeModel::encodeUncached(std::string_view word, BpeScratch& scratch,
                              std::vector<std::int32_t>& ids) const {
    if (!m_tables.words.empty()) {
        if (const auto known = m_tables.words.find(std::string(word));
            known != m_tables.words.end()) {
            ids.push_back(known->second);
            return;
        }
    }
    start(word, scratch);
    if (scratch.m_symbols.empty())
        return;
    if (scratch.m_symbols.size() <= kShortWord)
        mergeShort(scratch);
    else
        mergeLong(scratch);
    const std::size_t begin = ids.size();
    for (std::uint32_t i = 0; i != kEnd; i = scratch.m_symbols[i].next)
        output(scratch.m_symbols[i].id, ids, begin);
}

void BpeModel::start(std::string_view word, BpeScratch& scratch) const {
    scratch.m_symbols.clear();
    scratch.m_symbols.reserve(word.size());
    if (m_tables.byteLevel) {
        for (const char byte : word) {
            const std::int32_t id = m_tables.bytes[static_cast<unsigned char>(byte)];
            if (id != BpeTables::kNone || m_tables.unknown)
                addSymbol(id, scratch);
        }
    } else {
        while (!word.empty()) {
            const utf8::Sequence c = utf8::next(word);
            startCharacter(word.substr(0, c.length), c.codePoint, scratch);
            word.remove_prefix(c.length);
        }
    }
    if (!scratch.m_symbols.empty())
        scratch.m_symbols.back().next = kEnd;
}

void BpeModel::startCharacter(std::string_view character, char32_t codePoint,
                              BpeScratch& scratch) const {
    if (const auto known = m_tables.characters.find(codePoint);
        known != m_tables.characters.end()) {
        addSymbol(known->second, scratch);
    } else if (m_tables.bytes[0] != BpeTables::kNone) {
        for (const char byte : character)
            addSymbol(m_tables.bytes[static_cast<unsigned char>(byte)], scratch);
    } else if (m_tables.unknown) {
        addSymbol(BpeTables::kNone, scratch);
    }
}

void BpeModel::addSymbol(std::int32_t id, BpeScratch& scratch) const {
    const auto index = static_cast<std::uint32_t>(scratch.m_symbols.size());
    scratch.m_symbols.push_back(
        {id, index == 0 ? kEnd : index - 1, index + 1, kNoMerge, BpeTables::kNone});
}

void BpeModel::refresh(BpeScratch& scratch, std::uint32_t index) const {
    BpeScratch::Symbol& symbol = scratch.m_symbols[index];
    symbol.rank = kNoMerge;
    if (symbol.next == kEnd)
        return;
    const Pair& found = pair(symbol.id, scratch.m_symbols[symbol.next].id);
    symbol.rank = found.rank;
    symbol.merged = found.result;
}

void BpeModel::mergePair(BpeScratch& scratch, std::uint32_t index) const {
    auto& symbols = scratch.m_symbols;
    BpeScratch::Symbol& symbol = symbols[index];
    BpeScratch::Symbol& gone = symbols[symbol.next];
    symbol.id = symbol.merged;
    symbol.next = gone.next;
    gone.rank = kNoMerge;
    if (symbol.next != kEnd)
        symbols[symbol.next].previous = index;
    refresh(scratch, index);
    if (symbol.previous != kEnd)
        refresh(scratch, symbol.previous);
}

void BpeModel::mergeShort(BpeScratch& scratch) const {
    auto& symbols = scratch.m_symbols;
    for (std::uint32_t i = 0; i < symbols.size(); ++i)
        refresh(scratch, i);
    while (true) {
        std::uint32_t best = 0;
        for (std::uint32_t i = symbols[0].next; i != kEnd; i = symbols[i].next) {
            if (symbols[i].rank < symbols[best].rank)
                best = i;
        }
        if (symbols[best].rank == kNoMerge)
            return;
        mergePair(scratch, best);
    }
}

// The queue holds rank and index of every pair that ever was; an entry whose pair has changed
// since shows another rank in its symbol and is skipped.
void BpeModel::mergeLong(BpeScratch& scratch) const {
    auto& symbols = scratch.m_symbols;
    auto& queue = scratch.m_queue;
    queue.clear();
    const auto entry = [&](std::uint32_t index) {
        return std::uint64_t{symbols[index].rank} << 32 | index;
    };
    for (std::uint32_t i = 0; i < symbols.size(); ++i) {
        refresh(scratch, i);
        if (symbols[i].rank != kNoMerge)
            queue.push_back(entry(i));
    }
    std::make_heap(queue.begin(), queue.end(), std::greater<>());
    const auto push = [&](std::uint32_t index) {
        if (index == kEnd || symbols[index].rank == kNoMerge)
            return;
        queue.push_back(entry(index));
        std::push_heap(queue.begin(), queue.end(), std::greater<>());
    };
    while (!queue.empty()) {
        std::pop_heap(queue.begin(), queue.end(), std::greater<>());
        const std::uint64_t top = queue.back();
        queue.pop_back();
        const auto index = static_cast<std::uint32_t>(top);
        if (symbols[index].rank != top >> 32)
            continue;
        mergePair(scratch, index);
        push(index);
        push(symbols[index].previous);
    }
}

void BpeModel::output(std::int32_t symbol, std::vector<std::int32_t>& ids,
                      std::size_t wordBegin) const {
    if (symbol >= 0 && symbol < m_tables.firstPrivate && m_tables.unused.empty()) {
        ids.push_back(symbol);
        return;
    }
    std::vector<std::int32_t> parts{symbol};
    while (!parts.empty()) {
        const std::int32_t part = parts.back();
        parts.pop_back();
        if (part == BpeTables::kNone) {
            outputUnknown({}, ids, wordBegin);
        } else if (part >= m_tables.firstPrivate) {
            outputUnknown(
                m_tables.privateSymbols[static_cast<std::size_t>(part - m_tables.firstPrivate)],
                ids, wordBegin);
        } else if (const auto split = m_tables.unused.find(part); split != m_tables.unused.end()) {
            parts.push_back(split->second.second);
            parts.push_back(split->second.first);
        } else {
            ids.push_back(part);
        }
    }
}

void BpeModel::outputUnknown(std::string_view text, std::vector<std::int32_t>& ids,
                             std::size_t wordBegin) const {
    if (!text.empty() && m_tables.bytes[0] != BpeTables::kNone) {
        for (const char byte : text)
            ids.push_back(m_tables.bytes[static_cast<unsigned char>(byte)]);
        return;
    }
    if (!m_tables.unknown)
        return;
    const bool repeats = ids.size() > wordBegin && ids.back() == *m_tables.unknown;
    if (!m_tables.fuseUnknown || !repeats)
        ids.push_back(*m_tables.unknown);
}

} // namespace hearth
