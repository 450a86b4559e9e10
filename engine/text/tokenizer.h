#pragma once

#include "hearth/result.h"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace hearth {

/// How a text becomes tokens.
struct EncodeOptions {
    /// Whether added tokens (`<|im_start|>`) written in the text become their ids. False for text
    /// that a person or a document brings: it then yields plain text tokens only.
    bool parseAddedTokens = false;
    /// Whether the ids that the tokenizer puts around a text by default (BOS, EOS) are added.
    bool addSpecialTokens = false;
};

/// How tokens become a text.
struct DecodeOptions {
    bool skipSpecial = false; ///< Leaves special tokens out.
};

/// A run of a prompt: trusted text (a chat template's own) may contain added tokens, untrusted
/// text (a message's content) may not.
struct TextSegment {
    std::string_view text;
    bool trusted = false;
};

/// The ids with a meaning; each is below vocabularySize().
struct SpecialTokens {
    std::optional<std::int32_t> bos;
    std::vector<std::int32_t> eos; ///< Every id that ends a reply, end-of-turn ids included.
    std::optional<std::int32_t> eot;
    std::optional<std::int32_t> pad;
    std::optional<std::int32_t> unk;
};

/// Text to token ids and back. Immutable after construction: any thread may call any function.
/// Invalid UTF-8 in a text is read as U+FFFD. Ids out of range decode to nothing.
class Tokenizer {
public:
    virtual ~Tokenizer() = default;
    Tokenizer(const Tokenizer&) = delete;
    Tokenizer& operator=(const Tokenizer&) = delete;

    /// The ids of `text`. Fails only where a pattern of the tokenizer exceeds its match limit.
    [[nodiscard]] Result<std::vector<std::int32_t>> encode(std::string_view text,
                                                           EncodeOptions options = {}) const {
        const TextSegment segment{text, options.parseAddedTokens};
        return encodeSegments(std::span(&segment, 1), options.addSpecialTokens);
    }
    /// The ids of all segments' joined text, in which added tokens are recognised only inside
    /// trusted runs (adjacent trusted segments form one run). Where untrusted text contains no
    /// added token this equals encode(joined, parseAddedTokens).
    [[nodiscard]] virtual Result<std::vector<std::int32_t>>
    encodeSegments(std::span<const TextSegment> segments, bool addSpecialTokens = false) const = 0;

    /// The text of a whole sequence, valid UTF-8. A sequence that grows token by token is decoded
    /// with tokenBytes() and a Utf8Stream instead.
    [[nodiscard]] virtual std::string decode(std::span<const std::int32_t> ids,
                                             DecodeOptions options = {}) const = 0;
    /// What one token adds to a growing text; not necessarily whole characters. Special tokens
    /// give their name (`<|im_end|>`). Empty for ids out of range.
    [[nodiscard]] virtual std::string_view tokenBytes(std::int32_t id) const = 0;
    /// The token as its vocabulary writes it (`Ġthe`, `▁the`, `<0x0A>`). Empty if out of range.
    [[nodiscard]] virtual std::string_view tokenText(std::int32_t id) const = 0;
    [[nodiscard]] virtual std::optional<std::int32_t> tokenId(std::string_view token) const = 0;
    /// One above the highest id. A model's logits may be wider.
    [[nodiscard]] virtual std::size_t vocabularySize() const = 0;
    /// Whether the id stands for no text of its own (BOS, `<|im_end|>`, …).
    [[nodiscard]] virtual bool isSpecial(std::int32_t id) const = 0;
    [[nodiscard]] virtual const SpecialTokens& specialTokens() const = 0;
    /// Whether addSpecialTokens puts BOS in front.
    [[nodiscard]] virtual bool addBos() const = 0;

protected:
    Tokenizer() = default;
};

} // namespace hearth
