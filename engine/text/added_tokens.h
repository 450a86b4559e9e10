#pragma once

#include "text/regex.h"

#include <array>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace hearth {

/// A token that is found in the text as it stands, before anything else looks at it.
struct AddedToken {
    std::string content;
    std::int32_t id = 0;
    bool special = false;
    bool singleWord = false; ///< Only where no word character touches it.
    bool leftStrip = false;  ///< Takes the white space on its left with it.
    bool rightStrip = false; ///< Takes the white space on its right with it.
    bool normalized = false; ///< Found in the normalized text.
};

/// Whether a token is written like markup (`<tool_call>`, `[INST]`), so that text from outside must
/// not produce it.
[[nodiscard]] bool isMarkup(std::string_view token);

/// A part of a text: an added token, or text between added tokens.
struct AddedTokenPart {
    TextRange range;
    std::optional<std::int32_t> id;
};

/// Finds added tokens: at each position the longest. Immutable: any thread may call it.
class AddedTokenMatcher {
public:
    AddedTokenMatcher() = default;
    explicit AddedTokenMatcher(std::vector<AddedToken> tokens);

    [[nodiscard]] bool empty() const { return m_tokens.empty(); }
    /// Cuts all of `text`; parts of text are not empty. Added tokens count only if they lie inside
    /// one of `trusted`, which are sorted and do not touch.
    [[nodiscard]] std::vector<AddedTokenPart> split(std::string_view text,
                                                    std::span<const TextRange> trusted) const;

private:
    struct Node {
        std::vector<std::pair<char, std::uint32_t>> children; ///< Sorted.
        std::optional<std::size_t> token;
    };

    void insert(std::size_t index);
    [[nodiscard]] std::uint32_t child(std::uint32_t node, char byte) const; ///< 0: none.
    [[nodiscard]] const AddedToken* longestAt(std::string_view text, std::size_t position) const;

    std::vector<AddedToken> m_tokens;
    std::vector<Node> m_nodes{Node{}};
    std::array<bool, 256> m_begins{}; ///< By the bytes that tokens begin with.
};

/// Added tokens of two kinds: special ones and markup (isMarkup()) count in trusted text only;
/// the others (runs of spaces, words) belong to the plain vocabulary and count everywhere.
class AddedTokenSet {
public:
    AddedTokenSet() = default;
    explicit AddedTokenSet(const std::vector<AddedToken>& tokens);

    [[nodiscard]] bool empty() const { return m_all.empty(); }
    [[nodiscard]] const AddedTokenMatcher& all() const { return m_all; }
    [[nodiscard]] const AddedTokenMatcher& plain() const { return m_plain; }
    /// As AddedTokenMatcher::split().
    [[nodiscard]] std::vector<AddedTokenPart> split(std::string_view text,
                                                    std::span<const TextRange> trusted) const;

private:
    AddedTokenMatcher m_all;
    AddedTokenMatcher m_gated;
    AddedTokenMatcher m_plain;
};

} // namespace hearth
