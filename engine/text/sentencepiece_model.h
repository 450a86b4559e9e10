#pragma once

#include "hearth/result.h"
#include "text/bpe_tables.h"
#include "text/characters_map.h"

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace hearth {

/// A sentencepiece .model file: the fields of ModelProto (sentencepiece_model.proto of
/// https://github.com/google/sentencepiece) that encoding and decoding need.
struct SentencePieceModel {
    enum class Kind : std::uint8_t { Unigram = 1, Bpe = 2, Word = 3, Char = 4 };

    struct Piece {
        std::string_view text; ///< In the bytes that were parsed.
        float score = 0;
        TokenType type = TokenType::Normal;
    };
    std::vector<Piece> pieces;
    Kind kind = Kind::Unigram;
    bool byteFallback = false;
    bool spaceAsSuffix = false; ///< "treat_whitespace_as_suffix"
    std::string unknownSurface = " \xE2\x81\x87 ";
    std::string bosPiece = "<s>";
    std::string eosPiece = "</s>";
    std::string padPiece = "<pad>";
    CharactersMap charactersMap;
    std::string_view charactersMapBytes; ///< What it was made of, in the bytes that were parsed.
    bool addDummyPrefix = true;
    bool removeExtraSpaces = true;
    bool escapeSpaces = true;

    /// Errors: Corrupt with field and byte offset: truncated, overlong or mistyped fields, pieces
    /// that are empty, not UTF-8 or given twice, scores that are not finite, malformed byte
    /// pieces, a character map that leaves its bounds.
    static Result<SentencePieceModel> parse(std::string_view bytes);
};

} // namespace hearth
