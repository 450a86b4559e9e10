#include "text/bpe_model.h"

#include "base/hash.h"
#include "text/byte_level.h"
#include "text/utf8.h"

#include <algorithm>
#include <bit>
#include <functional>

namespace hearth {

namespace {

constexpr std::uint32_t kEnd = ~std::uint32_t{0}; ///< No neighbour.
constexpr std::size_t kCommonCharacters = 0x3000; ///< U+2581, the space marker, among them.
constexpr std::size_t kShortWord = 32;            ///< Symbols up to which scanning beats a queue.

} // namespace

BpeModel::BpeModel(BpeTables tables)
    : m_tables(std::move(tables)) {
    m_pairs.resize(std::bit_ceil(m_tables.merges.size() * 2 + 2));
    for (const BpeTables::Merge& merge : m_tables.merges) {
        const std::uint64_t key = std::uint64_t{static_cast<std::uint32_t>(merge.left)} << 32 |
                                  static_cast<std::uint32_t>(merge.right);
        std::size_t slot = mixedBits(key) & (m_pairs.size() - 1);
        while (m_pairs[slot].key != kEmpty && m_pairs[slot].key != key)
            slot = (slot + 1) & (m_pairs.size() - 1);
        if (m_pairs[slot].key == kEmpty || merge.rank < m_pairs[slot].rank)
            m_pairs[slot] = {key, merge.rank, merge.result};
    }
    m_tables.merges = {};
    if (m_tables.characters.empty())
        return;
    m_common.assign(kCommonCharacters, BpeTables::kNone);
    for (const auto& [codePoint, symbol] : m_tables.characters) {
        if (codePoint < kCommonCharacters)
            m_common[codePoint] = symbol;
    }
}

std::int32_t BpeModel::characterSymbol(char32_t codePoint) const {
    if (codePoint < m_common.size())
        return m_common[codePoint];
    const auto known = m_tables.characters.find(codePoint);
    return known == m_tables.characters.end() ? BpeTables::kNone : known->second;
}

const BpeModel::Pair& BpeModel::pair(std::int32_t left, std::int32_t right) const {
    const std::uint64_t key =
        std::uint64_t{static_cast<std::uint32_t>(left)} << 32 | static_cast<std::uint32_t>(right);
    std::size_t slot = mixedBits(key) & (m_pairs.size() - 1);
    while (m_pairs[slot].key != key) {
        if (m_pairs[slot].key == kEmpty)
            return m_noPair;
        slot = (slot + 1) & (m_pairs.size() - 1);
    }
    return m_pairs[slot];
}

void BpeModel::encode(std::string_view word, Scratch& scratch,
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

void BpeModel::start(std::string_view word, Scratch& scratch) const {
    scratch.m_symbols.clear();
    scratch.m_symbols.reserve(word.size());
    if (m_tables.hasAffixes) {
        startPlaced(word, scratch);
    } else if (m_tables.byteLevel) {
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

void BpeModel::startPlaced(std::string_view word, Scratch& scratch) const {
    for (std::size_t position = 0; position < word.size();) {
        const utf8::Sequence c = utf8::at(word, position);
        const std::size_t length = m_tables.byteLevel ? 1 : c.length;
        const std::size_t place =
            (position == 0 ? 1U : 0U) | (position + length == word.size() ? 2U : 0U);
        const char32_t symbol =
            m_tables.byteLevel
                ? byte_level::characterOf(static_cast<unsigned char>(word[position]))
                : c.codePoint;
        const auto known = m_tables.placed[place].find(symbol);
        if (known != m_tables.placed[place].end())
            addSymbol(known->second, scratch);
        else if (m_tables.unknown)
            addSymbol(BpeTables::kNone, scratch);
        position += length;
    }
}

void BpeModel::startCharacter(std::string_view character, char32_t codePoint,
                              Scratch& scratch) const {
    if (const std::int32_t symbol = characterSymbol(codePoint); symbol != BpeTables::kNone) {
        addSymbol(symbol, scratch);
    } else if (m_tables.bytes[0] != BpeTables::kNone) {
        for (const char byte : character)
            addSymbol(m_tables.bytes[static_cast<unsigned char>(byte)], scratch);
    } else if (m_tables.unknown) {
        addSymbol(BpeTables::kNone, scratch);
    }
}

void BpeModel::addSymbol(std::int32_t id, Scratch& scratch) const {
    const auto index = static_cast<std::uint32_t>(scratch.m_symbols.size());
    scratch.m_symbols.push_back(
        {id, index == 0 ? kEnd : index - 1, index + 1, kNoMerge, BpeTables::kNone});
}

void BpeModel::refresh(Scratch& scratch, std::uint32_t index) const {
    Scratch::Symbol& symbol = scratch.m_symbols[index];
    symbol.rank = kNoMerge;
    if (symbol.next == kEnd)
        return;
    const Pair& found = pair(symbol.id, scratch.m_symbols[symbol.next].id);
    symbol.rank = found.rank;
    symbol.merged = found.result;
}

void BpeModel::mergePair(Scratch& scratch, std::uint32_t index) const {
    auto& symbols = scratch.m_symbols;
    Scratch::Symbol& symbol = symbols[index];
    Scratch::Symbol& gone = symbols[symbol.next];
    symbol.id = symbol.merged;
    symbol.next = gone.next;
    gone.rank = kNoMerge;
    if (symbol.next != kEnd)
        symbols[symbol.next].previous = index;
    refresh(scratch, index);
    if (symbol.previous != kEnd)
        refresh(scratch, symbol.previous);
}

void BpeModel::mergeShort(Scratch& scratch) const {
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
void BpeModel::mergeLong(Scratch& scratch) const {
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
