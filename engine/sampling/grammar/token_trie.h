#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

namespace hearth::grammar {

/// A token and what it adds to a text.
struct TokenBytes {
    std::string_view bytes;
    std::int32_t id = 0;
};

/// Byte strings as a tree, its nodes in depth-first order, so that a walk is a loop over an array
/// that skips what hangs below a node. Immutable.
class TokenTrie {
public:
    struct Node {
        std::uint32_t skip = 0; ///< The next node that is not below this one.
        /// Its first token; those of the node end where the next's begin.
        std::uint32_t tokens = 0;
        std::uint16_t depth = 0; ///< From 1.
        std::uint8_t byte = 0;
    };

    TokenTrie() = default;
    /// Empty texts and those of more than 1000 bytes are left out.
    explicit TokenTrie(std::vector<TokenBytes> tokens);

    [[nodiscard]] std::size_t size() const { return m_nodes.empty() ? 0 : m_nodes.size() - 1; }
    [[nodiscard]] const Node& node(std::size_t index) const { return m_nodes[index]; }
    [[nodiscard]] std::span<const std::int32_t> tokens(std::size_t index) const {
        return std::span(m_tokens).subspan(m_nodes[index].tokens, m_nodes[index + 1].tokens -
                                                                      m_nodes[index].tokens);
    }
    [[nodiscard]] std::size_t longest() const { return m_longest; }

    /// Copies of some nodes of another trie, which have to come in its order, each after the nodes
    /// above it.
    class Picker {
    public:
        explicit Picker(const TokenTrie& source) : m_source(source) {}
        /// Takes a node with its tokens and, before it, what is above it: `path[d]` is the node at
        /// depth d + 1.
        void pick(std::span<const std::uint32_t> path);
        [[nodiscard]] TokenTrie finish();

    private:
        const TokenTrie& m_source;
        std::vector<std::uint32_t> m_path; ///< Last nodes copied, by depth.
        std::vector<Node> m_nodes;
        std::vector<std::int32_t> m_tokens;
    };

private:
    void close();

    std::vector<Node> m_nodes; ///< And one that closes the last's tokens.
    std::vector<std::int32_t> m_tokens;
    std::size_t m_longest = 0;
};

} // namespace hearth::grammar
