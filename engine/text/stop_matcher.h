#pragma once

#include "hearth/result.h"

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace hearth {

/// Finds the first stop string in a text that arrives in pieces, and holds back whatever may still
/// become one. The string that is complete first wins; of several that are complete at the same
/// byte, the longest. An Aho-Corasick automaton over bytes: linear in the text, however many
/// strings there are. For one stream and one thread.
class StopMatcher {
public:
    /// Errors: InvalidArgument if a string is empty.
    static Result<StopMatcher> create(const std::vector<std::string>& stops);

    struct Output {
        std::string text;     ///< Certain not to belong to a stop string.
        bool stopped = false; ///< A stop string is complete; it is not part of `text`.
        std::size_t stop = 0; ///< If stopped: its index in create()'s list.
    };
    /// Once stopped, feed() and flush() yield nothing more.
    [[nodiscard]] Output feed(std::string_view text);
    /// At the end of the stream: the text held back.
    [[nodiscard]] std::string flush();

private:
    static constexpr std::uint32_t kRoot = 0;

    struct Node {
        std::uint32_t fallback = kRoot; ///< Longest proper suffix that is a prefix of a stop.
        std::uint32_t depth = 0;
        std::uint32_t matchLength = 0; ///< Longest stop that ends here; 0: none.
        std::size_t match = 0;
    };

    StopMatcher() = default;
    void insert(std::string_view stop, std::size_t index);
    void link();
    [[nodiscard]] std::uint32_t step(std::uint32_t node, unsigned char byte) const;
    [[nodiscard]] static std::uint64_t edge(std::uint32_t node, unsigned char byte) {
        return std::uint64_t{node} << 8 | byte;
    }

    std::vector<Node> m_nodes{Node{}};
    std::unordered_map<std::uint64_t, std::uint32_t> m_edges;
    std::string m_held; ///< As long as the current node is deep.
    std::uint32_t m_node = kRoot;
    bool m_stopped = false;
};

} // namespace hearth
