#include "text/added_tokens.h"

#include "text/unicode.h"
#include "text/utf8.h"

#include <algorithm>

namespace hearth {

namespace {

bool hasFlag(std::string_view text, std::size_t position, int flag) {
    return (CharacterClasses::instance()[utf8::at(text, position).codePoint] & flag) != 0;
}

bool standsAlone(std::string_view text, TextRange match) {
    if (match.begin > 0 && hasFlag(text, utf8::previous(text, match.begin), CharacterClasses::Word))
        return false;
    return match.end == text.size() || !hasFlag(text, match.end, CharacterClasses::Word);
}

std::vector<AddedToken> chosen(const std::vector<AddedToken>& tokens, bool gated) {
    std::vector<AddedToken> result;
    for (const AddedToken& token : tokens) {
        if ((token.special || isMarkup(token.content)) == gated)
            result.push_back(token);
    }
    return result;
}

} // namespace

bool isMarkup(std::string_view token) {
    return token.size() > 2 && ((token.front() == '<' && token.back() == '>') ||
                                (token.front() == '[' && token.back() == ']'));
}

AddedTokenMatcher::AddedTokenMatcher(std::vector<AddedToken> tokens)
    : m_tokens(std::move(tokens)) {
    for (std::size_t i = 0; i < m_tokens.size(); ++i) {
        insert(i);
        if (!m_tokens[i].content.empty())
            m_begins[static_cast<unsigned char>(m_tokens[i].content.front())] = true;
    }
}

std::uint32_t AddedTokenMatcher::child(std::uint32_t node, char byte) const {
    const auto& children = m_nodes[node].children;
    const auto place = std::lower_bound(children.begin(), children.end(), byte,
                                        [](const auto& a, char b) { return a.first < b; });
    return place != children.end() && place->first == byte ? place->second : 0;
}

void AddedTokenMatcher::insert(std::size_t index) {
    std::uint32_t node = 0;
    for (const char byte : m_tokens[index].content) {
        std::uint32_t next = child(node, byte);
        if (next == 0) {
            next = static_cast<std::uint32_t>(m_nodes.size());
            m_nodes.emplace_back();
            auto& children = m_nodes[node].children;
            const auto place = std::lower_bound(children.begin(), children.end(), byte,
                                                [](const auto& a, char b) { return a.first < b; });
            children.insert(place, {byte, next});
        }
        node = next;
    }
    if (node != 0)
        m_nodes[node].token = index;
}

const AddedToken* AddedTokenMatcher::longestAt(std::string_view text, std::size_t position) const {
    const AddedToken* longest = nullptr;
    std::uint32_t node = 0;
    while (position < text.size()) {
        node = child(node, text[position++]);
        if (node == 0)
            break;
        if (m_nodes[node].token)
            longest = &m_tokens[*m_nodes[node].token];
    }
    return longest;
}

std::vector<AddedTokenPart> AddedTokenMatcher::split(std::string_view text,
                                                     std::span<const TextRange> trusted) const {
    std::vector<AddedTokenPart> parts;
    std::size_t done = 0; // Everything before is in `parts`.
    const auto addText = [&](std::size_t end) {
        if (end > done)
            parts.push_back({{done, end}, std::nullopt});
    };
    for (const TextRange range : trusted) {
        const std::string_view scope = text.substr(0, range.end);
        for (std::size_t position = std::max(range.begin, done); position < range.end;) {
            if (!m_begins[static_cast<unsigned char>(text[position])]) {
                ++position;
                continue;
            }
            const AddedToken* token = longestAt(scope, position);
            TextRange match{position, position + (token != nullptr ? token->content.size() : 0)};
            if (token == nullptr || (token->singleWord && !standsAlone(text, match))) {
                ++position;
                continue;
            }
            while (token->rightStrip && match.end < text.size() &&
                   hasFlag(text, match.end, CharacterClasses::Space))
                match.end += utf8::at(text, match.end).length;
            while (token->leftStrip && match.begin > done &&
                   hasFlag(text, utf8::previous(text, match.begin), CharacterClasses::Space))
                match.begin = utf8::previous(text, match.begin);
            addText(match.begin);
            parts.push_back({match, token->id});
            done = position = match.end;
        }
    }
    addText(text.size());
    return parts;
}

AddedTokenSet::AddedTokenSet(const std::vector<AddedToken>& tokens)
    : m_all(tokens)
    , m_gated(chosen(tokens, true))
    , m_plain(chosen(tokens, false)) {
}

std::vector<AddedTokenPart> AddedTokenSet::split(std::string_view text,
                                                 std::span<const TextRange> trusted) const {
    if (trusted.size() == 1 && trusted[0].begin == 0 && trusted[0].end == text.size())
        return m_all.split(text, trusted);
    std::vector<AddedTokenPart> parts = m_gated.split(text, trusted);
    if (m_plain.empty())
        return parts;
    std::vector<AddedTokenPart> refined;
    for (const AddedTokenPart& part : parts) {
        if (part.id) {
            refined.push_back(part);
            continue;
        }
        const TextRange whole{0, part.range.end - part.range.begin};
        for (AddedTokenPart piece :
             m_plain.split(text.substr(part.range.begin, whole.end), std::span(&whole, 1))) {
            piece.range.begin += part.range.begin;
            piece.range.end += part.range.begin;
            refined.push_back(piece);
        }
    }
    return refined;
}

} // namespace hearth
