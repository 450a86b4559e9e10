#pragma once

#include "hearth/result.h"
#include "text/characters_map.h"
#include "text/pretokenizer.h"

#include <cstdint>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace hearth {

/// Where a piece of text stands in everything that is encoded.
struct TextPosition {
    bool first = true;         ///< Nothing stands before it.
    bool afterSpecial = false; ///< A special token stands right before it.
};

/// Rewrites text before it is cut into words: a list of steps. Immutable: any thread may call it.
class Normalizer {
public:
    enum class Form : std::uint8_t { Nfc, Nfd, Nfkc, Nfkd };
    struct Lowercase {};
    struct StripAccents {}; ///< Drops combining marks.
    struct Strip {          ///< Drops white space at the ends.
        bool left = true;
        bool right = true;
    };
    struct Replace {
        std::variant<Regex, std::string> pattern;
        std::string content;
    };
    struct Prepend { ///< In front of every piece that is not empty.
        std::string content;
    };
    struct DummyPrefix { ///< sentencepiece: only at the beginning and after special tokens.
        std::string content;
    };
    struct SentencePiece { ///< Its own normalizer, without the dummy prefix.
        CharactersMap map;
        bool removeExtraSpaces = false; ///< At the ends, and of a run all but one.
    };
    struct Bert { ///< BertNormalizer.
        bool cleanText = true;   ///< Controls go, white space becomes spaces.
        bool spaceHan = true;    ///< Spaces around ideographs.
        bool stripAccents = true;
        bool lowercase = true;
    };
    struct Nmt {};         ///< sentencepiece's "nmt" rules for controls and white space.
    struct Precompiled {   ///< sentencepiece's map as the tokenizers library applies it: to
        CharactersMap map; ///< grapheme clusters below 6 bytes by their shortest key, else to
    };                     ///< characters.
    struct ByteAlphabet {}; ///< Each byte as GPT-2's character.
    using Step = std::variant<Form, Lowercase, StripAccents, Strip, Replace, Prepend, DummyPrefix,
                              SentencePiece, Bert, Nmt, Precompiled, ByteAlphabet>;

    Normalizer() = default;
    explicit Normalizer(std::vector<Step> steps)
        : m_steps(std::move(steps)) {}

    /// The normalized text: a view into `text` where nothing changed, otherwise into `arena`.
    /// Errors: those of Regex::find().
    [[nodiscard]] Result<std::string_view> apply(std::string_view text, TextPosition position,
                                                 TextArena& arena) const;

private:
    std::vector<Step> m_steps;
};

} // namespace hearth
