#include "text/characters_map.h"

#include "base/field_failure.h"
#include "text/utf8.h"

#include <cstring>
#include <utility>

namespace hearth {

namespace {

constexpr std::uint32_t kLeaf = 1U << 31; ///< The unit is a value.
constexpr std::uint32_t kHasLeaf = 1U << 8;
constexpr std::uint32_t kLabel = kLeaf | 0xFF;

Failure corruptMap(std::string detail) {
    return fieldFailure(ErrorCode::Corrupt, "precompiled_charsmap", std::move(detail));
}

} // namespace

Result<CharactersMap> CharactersMap::parse(std::string_view bytes) {
    if (bytes.size() <= 4)
        return corruptMap("too short");
    std::uint32_t trieBytes = 0;
    std::memcpy(&trieBytes, bytes.data(), 4);
    bytes.remove_prefix(4);
    if (trieBytes >= bytes.size() || trieBytes % 4 != 0 || trieBytes == 0)
        return corruptMap("its trie is longer than itself");
    CharactersMap map;
    map.m_units.resize(trieBytes / 4);
    std::memcpy(map.m_units.data(), bytes.data(), trieBytes);
    map.m_texts = bytes.substr(trieBytes);
    HEARTH_TRY(map.check());
    map.markUnchanged();
    return map;
}

Result<void> CharactersMap::check() const {
    if (m_texts.back() != '\0')
        return corruptMap("its last text has no end");
    for (std::size_t i = 0; i < m_units.size(); ++i) {
        if ((m_units[i] & kLeaf) != 0)
            continue; // Only read as the value of its parent.
        const std::size_t next = i ^ offset(m_units[i]);
        if ((next | 0xFF) >= m_units.size())
            return corruptMap("leaves its bounds at unit " + std::to_string(i));
        if ((m_units[i] & kHasLeaf) == 0)
            continue;
        const std::size_t text = m_units[next] & ~kLeaf;
        if (text >= m_texts.size())
            return corruptMap("points past its texts at unit " + std::to_string(i));
        if (!utf8::isValid(std::string_view(m_texts.c_str() + text)))
            return corruptMap("a text is not UTF-8");
    }
    return {};
}

void CharactersMap::markUnchanged() {
    constexpr std::size_t kAscii = 0x80;
    const std::size_t root = offset(m_units[0]);
    for (std::size_t byte = '!'; byte < kAscii; ++byte) {
        const std::uint32_t unit = m_units[root ^ byte];
        m_unchanged[byte] = true;
        if ((unit & kLabel) != byte)
            continue;
        const std::size_t next = root ^ byte ^ offset(unit);
        m_unchanged[byte] = (unit & kHasLeaf) == 0;
        for (std::size_t second = 0; second < kAscii; ++second)
            m_unchanged[byte] = m_unchanged[byte] && (m_units[next ^ second] & kLabel) != second;
    }
}

std::size_t CharactersMap::unchangedPrefix(std::string_view text) const {
    std::size_t end = 0;
    while (end < text.size() && m_unchanged[static_cast<unsigned char>(text[end])])
        ++end;
    if (end > 0 && end < text.size() && static_cast<unsigned char>(text[end]) >= 0x80)
        --end;
    return end;
}

// Calls `found` with every sequence at the front of `text`, until it returns false.
template<typename Found>
void CharactersMap::walk(std::string_view text, const Found& found) const {
    if (m_units.empty())
        return;
    std::size_t node = offset(m_units[0]);
    for (std::size_t i = 0; i < text.size(); ++i) {
        const auto byte = static_cast<unsigned char>(text[i]);
        node ^= byte;
        const std::uint32_t unit = m_units[node];
        if ((unit & kLabel) != byte)
            break;
        node ^= offset(unit);
        if ((unit & kHasLeaf) != 0 && !found(i + 1, m_texts.c_str() + (m_units[node] & ~kLeaf)))
            break;
    }
}

CharactersMap::Match CharactersMap::longest(std::string_view text) const {
    Match match;
    walk(text, [&](std::size_t length, const char* replacement) {
        match = {length, replacement};
        return true;
    });
    return match;
}

CharactersMap::Match CharactersMap::shortest(std::string_view text) const {
    Match match;
    walk(text, [&](std::size_t length, const char* replacement) {
        match = {length, replacement};
        return false;
    });
    return match;
}

} // namespace hearth
