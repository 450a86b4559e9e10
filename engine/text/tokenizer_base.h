#pragma once

#include "text/added_tokens.h"
#include "text/decoder.h"
#include "text/normalizer.h"
#include "text/tokenizer.h"
#include "text/vocabulary.h"

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace hearth {

/// What every kind of tokenizer is made of.
struct TokenizerParts {
    Vocabulary vocabulary;
    std::vector<AddedToken> addedTokens;
    Decoder decoder;
    SpecialTokens specialTokens;
    std::vector<bool> special;        ///< By id.
    std::vector<std::int32_t> prefix; ///< What addSpecialTokens puts in front,
    std::vector<std::int32_t> suffix; ///< and at the end.
    std::string unknownSurface;       ///< The unknown token decodes to this; empty: to its name.
};

/// The part that all tokenizers share: finds added tokens and leaves the text between them to
/// encodeSections(); decodes.
class TokenizerBase : public Tokenizer {
public:
    [[nodiscard]] Result<std::vector<std::int32_t>>
    encodeSegments(std::span<const TextSegment> segments, bool addSpecialTokens) const final;
    [[nodiscard]] std::string decode(std::span<const std::int32_t> ids,
                                     DecodeOptions options) const final;
    [[nodiscard]] std::string_view tokenBytes(std::int32_t id) const final;
    [[nodiscard]] std::string_view tokenText(std::int32_t id) const final {
        return m_parts.vocabulary.text(id);
    }
    [[nodiscard]] std::optional<std::int32_t> tokenId(std::string_view token) const final {
        return m_parts.vocabulary.find(token);
    }
    [[nodiscard]] std::size_t vocabularySize() const final { return m_parts.vocabulary.size(); }
    [[nodiscard]] bool isSpecial(std::int32_t id) const final {
        return m_parts.vocabulary.contains(id) && m_parts.special[static_cast<std::size_t>(id)];
    }
    [[nodiscard]] const SpecialTokens& specialTokens() const final { return m_parts.specialTokens; }
    [[nodiscard]] bool addBos() const final {
        return m_parts.specialTokens.bos && !m_parts.prefix.empty() &&
               m_parts.prefix.front() == *m_parts.specialTokens.bos;
    }

protected:
    explicit TokenizerBase(TokenizerParts parts);

    /// An added token, or text that is encoded as one.
    struct Section {
        std::optional<std::int32_t> id;
        std::string_view text; ///< Valid UTF-8.
        TextPosition position;
        std::vector<TextRange> trusted; ///< Parts of `text`.
    };
    /// Appends the ids of all sections.
    [[nodiscard]] virtual Result<void> encodeSections(std::span<const Section> sections,
                                                      std::vector<std::int32_t>& ids) const = 0;

private:
    TokenizerParts m_parts;
    AddedTokenSet m_added; ///< Those found in raw text.
    StringTable m_bytes;   ///< tokenBytes() by id.
    bool m_joinsBytes = true; ///< decode() may join what is in m_bytes.
};

} // namespace hearth
