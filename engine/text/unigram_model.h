#pragma once

#include "hearth/result.h"
#include "text/bpe_tables.h"
#include "text/vocabulary.h"

#include <array>
#include <cstdint>
#include <span>
#include <string_view>
#include <utility>
#include <vector>

namespace hearth {

/// sentencepiece's unigram model (Kudo, 2018): the split of a text with the highest sum of token
/// scores, found by Viterbi's algorithm exactly as the library's EncodeOptimized() does. Linear in
/// the text. Immutable: any thread may encode.
class UnigramModel {
public:
    /// `types` and `scores` by id.
    /// Errors: Corrupt naming a token that is longer than the limit of 512 bytes.
    static Result<UnigramModel> create(const Vocabulary& vocabulary,
                                       std::span<const TokenType> types,
                                       std::span<const float> scores);

    /// Appends the ids of `text`, valid UTF-8. Characters that no token has become byte tokens, or
    /// one unknown token a run.
    void encode(std::string_view text, std::vector<std::int32_t>& ids) const;

private:
    static constexpr std::int32_t kNone = -1;

    struct Node {
        std::uint32_t firstChild = 0; ///< In m_children.
        std::uint32_t childCount = 0;
        std::int32_t token = kNone;
        bool userDefined = false;
        float score = 0; ///< Of a user-defined token it depends on the length only.
    };
    struct Step { ///< The best way to reach a byte position.
        std::int32_t token = kNone;
        float score = 0;
        std::uint32_t begin = 0;
        bool reached = false;
    };

    UnigramModel() = default;
    void build(std::span<const std::pair<std::string_view, std::int32_t>> sorted,
               std::span<const TokenType> types, std::span<const float> scores);
    [[nodiscard]] std::uint32_t child(std::uint32_t node, char byte) const; ///< 0: none.
    void extend(std::string_view text, std::size_t begin, std::vector<Step>& best) const;

    std::vector<Node> m_nodes;
    std::vector<std::pair<char, std::uint32_t>> m_children; ///< Sorted within each node.
    std::array<std::int32_t, 256> m_bytes{};
    std::int32_t m_unknown = 0;
    float m_lowest = 0; ///< Scores of normal tokens.
    float m_highest = 0;
};

} // namespace hearth
