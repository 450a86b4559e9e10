#pragma once

#include "hearth/result.h"
#include "text/bpe_model.h"
#include "text/vocabulary.h"

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace hearth {

/// Kinds of tokens, numbered as in sentencepiece models and in GGUF.
enum class TokenType : std::uint8_t {
    Normal = 1,
    Unknown = 2,
    Control = 3,
    UserDefined = 4,
    Unused = 5,
    Byte = 6,
};

using MergePair = std::pair<std::string_view, std::string_view>;

/// Tables for merges listed by priority. `excluded` (by id) are tokens that no text produces.
struct MergeListSource {
    const Vocabulary& vocabulary;
    std::span<const MergePair> merges;
    const std::vector<bool>& excluded;
    bool byteLevel = false;
    bool byteFallback = false;    ///< Without byteLevel: `<0x0A>` tokens stand in for characters.
    bool wholeWordsFirst = false; ///< A word that is a token is never cut ("ignore_merges").
    std::string_view continuingPrefix = {}; ///< Of tokens that do not begin a word,
    std::string_view wordSuffix = {};       ///< and of those that end one ("</w>").
};
/// Errors: Corrupt naming a merge whose parts or result are no tokens.
Result<BpeTables> bpeTables(const MergeListSource& source);

/// Tables for tiktoken's BPE: two neighbours merge if the result is a token, the lowest rank, which
/// is the id, first. Tokens are bytes in GPT-2's alphabet; a word that is a token is never cut.
struct RankSource {
    const Vocabulary& vocabulary;
    std::size_t tokens = 0; ///< How many the vocabulary has apart from special ones.
    const std::vector<bool>& special;
};
/// Errors: Corrupt naming a byte without a token, or a token that is too long.
Result<BpeTables> bpeTables(const RankSource& source);

/// Tables for sentencepiece's BPE: two neighbours merge if the result is a token; the best score
/// first. `types` and `scores` by id. Spaces are written as U+2581.
struct ScoreSource {
    const Vocabulary& vocabulary;
    std::span<const TokenType> types;
    std::span<const float> scores;
};
/// Errors: Corrupt naming a token for a byte token that is malformed or given twice, a score that
/// is not finite, or a token that is too long.
Result<BpeTables> bpeTables(const ScoreSource& source);

} // namespace hearth
