#include "sampling/grammar/token_trie.h"

#include <algorithm>
#include <utility>

namespace hearth::grammar {

namespace {

constexpr std::size_t kMaxTokenBytes = 1000;

} // namespace

TokenTrie::TokenTrie(std::vector<TokenBytes> tokens) {
    std::erase_if(tokens, [](const TokenBytes& token) {
        return token.bytes.empty() || token.bytes.size() > kMaxTokenBytes;
    });
    std::sort(tokens.begin(), tokens.end(), [](const TokenBytes& a, const TokenBytes& b) {
        return a.bytes != b.bytes ? a.bytes < b.bytes : a.id < b.id;
    });
    std::string_view last;
    for (const TokenBytes& token : tokens) {
        const auto differs =
            std::mismatch(last.begin(), last.end(), token.bytes.begin(), token.bytes.end());
        const auto shared = std::size_t(differs.first - last.begin());
        for (std::size_t depth = shared; depth < token.bytes.size(); ++depth)
            m_nodes.push_back({0, std::uint32_t(m_tokens.size()), std::uint16_t(depth + 1),
                               std::uint8_t(token.bytes[depth])});
        m_tokens.push_back(token.id);
        last = token.bytes;
    }
    close();
}

/// Sets what follows from the nodes' depths.
void TokenTrie::close() {
    std::vector<std::uint32_t> open;
    const auto closeFrom = [&](std::size_t depth, std::size_t next) {
        for (; !open.empty() && m_nodes[open.back()].depth >= depth; open.pop_back())
            m_nodes[open.back()].skip = std::uint32_t(next);
    };
    for (std::size_t i = 0; i < m_nodes.size(); ++i) {
        closeFrom(m_nodes[i].depth, i);
        open.push_back(std::uint32_t(i));
        m_longest = std::max<std::size_t>(m_longest, m_nodes[i].depth);
    }
    closeFrom(0, m_nodes.size());
    m_nodes.push_back({0, std::uint32_t(m_tokens.size()), 0, 0});
}

void TokenTrie::Picker::pick(std::span<const std::uint32_t> path) {
    std::size_t shared = 0;
    while (shared < m_path.size() && shared < path.size() && m_path[shared] == path[shared])
        ++shared;
    for (std::size_t depth = shared; depth < path.size(); ++depth) {
        const Node& node = m_source.node(path[depth]);
        m_nodes.push_back({0, std::uint32_t(m_tokens.size()), node.depth, node.byte});
    }
    const auto tokens = m_source.tokens(path.back());
    m_tokens.insert(m_tokens.end(), tokens.begin(), tokens.end());
    m_path.assign(path.begin(), path.end());
}

TokenTrie TokenTrie::Picker::finish() {
    TokenTrie trie;
    trie.m_nodes = std::move(m_nodes);
    trie.m_tokens = std::move(m_tokens);
    trie.close();
    return trie;
}

} // namespace hearth::grammar
