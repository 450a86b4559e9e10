#pragma once

#include "text/byte_trie.h"
#include "text/vocabulary.h"

#include <cstddef>
#include <cstdint>
#include <string_view>
#include <vector>

namespace hearth {

/// How WordPiece writes its tokens.
struct WordPieceOptions {
    std::string_view wordPrefix;                ///< In front of tokens that begin a word,
    std::string_view continuingPrefix = "##";   ///< and of those that go on with one.
    std::size_t maxWordCharacters = 100;        ///< Longer words are unknown.
    std::int32_t unknown = 0;
};

/// WordPiece (Schuster and Nakajima, 2012): from left to right the longest token; a word that
/// cannot be covered is one unknown token. Linear in a word of at most maxWordCharacters.
/// Immutable: any thread may encode.
class WordPieceModel {
public:
    struct Scratch {
        explicit Scratch(std::size_t) {}
    };

    /// `excluded` (by id) are tokens that no text produces.
    WordPieceModel(const Vocabulary& vocabulary, const std::vector<bool>& excluded,
                   const WordPieceOptions& options);

    /// Appends the ids of one word, valid UTF-8.
    void encode(std::string_view word, Scratch& scratch, std::vector<std::int32_t>& ids) const;
    /// Words are cut by the pre-tokenizer only.
    [[nodiscard]] std::string_view boundary() const { return {}; }

private:
    ByteTrie m_trie;
    std::uint32_t m_begin = ByteTrie::kNowhere;    ///< Node where a word starts,
    std::uint32_t m_continue = ByteTrie::kNowhere; ///< and where it goes on.
    std::size_t m_maxWordCharacters;
    std::int32_t m_unknown;
};

} // namespace hearth
