#pragma once

#include "hearth/result.h"
#include "text/bpe_tables.h"

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace hearth {

/// A sentencepiece .model file (ModelProto of sentencepiece_model.proto), checked so that the
/// library can be given it: its own loader trusts lengths and tables.
struct SentencePieceModel {
    enum class Kind : std::uint8_t { Unigram = 1, Bpe = 2, Word = 3, Char = 4 };

    struct Piece {
        std::string_view text; ///< In the bytes that were parsed.
        float score = 0;
        TokenType type = TokenType::Normal;
        std::size_t typeOffset = 0; ///< Of the type's byte, if it is written; otherwise 0.
    };
    std::vector<Piece> pieces;
    Kind kind = Kind::Unigram;
    bool byteFallback = false;
    bool spaceAsSuffix = false; ///< "treat_whitespace_as_suffix"
    std::string unknownSurface = " \xE2\x81\x87 ";
    std::string bosPiece = "<s>";
    std::string eosPiece = "</s>";
    std::string padPiece = "<pad>";
    bool hasCharsMap = false; ///< The normalizer rewrites characters.
    bool addDummyPrefix = true;
    bool removeExtraSpaces = true;
    bool escapeSpaces = true;

    /// Errors: Corrupt with field and byte offset: truncated, overlong or mistyped fields, pieces
    /// that are empty, not UTF-8 or given twice, scores that are not finite, malformed byte
    /// pieces, a character map that leaves its bounds.
    static Result<SentencePieceModel> parse(std::string_view bytes);
};

} // namespace hearth
