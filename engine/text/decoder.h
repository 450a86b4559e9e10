#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace hearth {

/// Turns token texts into text: a list of steps, each over all tokens (Hugging Face's decoders,
/// and sentencepiece's). Immutable: any thread may call it.
class Decoder {
public:
    struct ByteLevel {};    ///< GPT-2's alphabet back to bytes; joins everything.
    struct ByteFallback {}; ///< Runs of `<0x0A>` to their bytes; U+FFFD each if invalid.
    struct Fuse {};         ///< Joins everything.
    struct Replace {
        std::string pattern; ///< Literal.
        std::string content;
    };
    struct Strip { ///< Drops up to so many of `content` at the ends of each token.
        std::string content;
        std::size_t start = 0;
        std::size_t stop = 0;
    };
    struct Metaspace {
        std::string marker;
        bool dropFirst = true; ///< Markers of the first token go instead of becoming spaces.
    };
    struct SentencePiece {         ///< As sentencepiece's own Decode(); joins everything.
        bool dropFirst = true;     ///< A marker in front of everything goes.
        bool dropAllFirst = false; ///< So do further ones ("remove_extra_whitespaces").
    };
    struct WordPiece {
        std::string prefix = "##"; ///< Of tokens that go on with a word; others get a space.
        bool cleanUp = true;       ///< Takes spaces in front of English punctuation away.
    };
    struct WordSuffix { ///< BPEDecoder: the suffix becomes a space, but in the last token.
        std::string suffix;
    };
    struct Ctc { ///< Of equal neighbours one; drops padding.
        std::string pad;
        std::string wordDelimiter; ///< Becomes a space if `cleanUp`.
        bool cleanUp = true;
    };
    using Step = std::variant<ByteLevel, ByteFallback, Fuse, Replace, Strip, Metaspace,
                              SentencePiece, WordPiece, WordSuffix, Ctc>;

    Decoder() = default;
    /// `separator` stands between what is left of the tokens.
    explicit Decoder(std::vector<Step> steps, std::string separator = {});

    /// The text of `tokens`, valid UTF-8.
    [[nodiscard]] std::string decode(std::vector<std::string> tokens) const;
    /// Whether decode() of tokens is bytesOf() of each, joined, invalid UTF-8 replaced.
    [[nodiscard]] bool joinsBytes() const {
        return m_steps.size() == 1 && std::holds_alternative<ByteLevel>(m_steps[0]);
    }
    /// What a token means inside a text, whatever stands before it: raw bytes.
    [[nodiscard]] std::string bytesOf(std::string_view token) const;

private:
    std::vector<Step> m_steps;
    std::string m_separator;
};

} // namespace hearth
