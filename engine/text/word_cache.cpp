#include "text/word_cache.h"

#include "base/hash.h"

#include <algorithm>
#include <bit>
#include <cstring>

namespace hearth {

namespace {

constexpr std::size_t kCacheBytes = std::size_t{4} << 20;

} // namespace

WordCache::WordCache(std::size_t textBytes)
    : m_slots(std::bit_ceil(std::clamp<std::size_t>(textBytes / 8, 16, 16384))) {
}

std::uint64_t WordCache::hashOf(std::string_view word) {
    std::uint64_t hash = word.size();
    while (word.size() >= 8) {
        std::uint64_t chunk = 0;
        std::memcpy(&chunk, word.data(), 8);
        hash = mixedBits(hash ^ chunk);
        word.remove_prefix(8);
    }
    std::uint64_t chunk = 0;
    std::memcpy(&chunk, word.data(), word.size());
    return mixedBits(hash ^ chunk);
}

bool WordCache::recall(std::string_view word, std::uint64_t hash,
                       std::vector<std::int32_t>& ids) const {
    const Slot& slot = m_slots[hash & (m_slots.size() - 1)];
    if (slot.hash != hash || std::string_view(m_keys).substr(slot.key, slot.keyBytes) != word)
        return false;
    const auto begin = m_ids.begin() + slot.ids;
    ids.insert(ids.end(), begin, begin + slot.idCount);
    return true;
}

void WordCache::remember(std::string_view word, std::uint64_t hash,
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

} // namespace hearth
