#pragma once

#include "text/bpe_model.h"
#include "text/normalizer.h"
#include "text/pretokenizer.h"
#include "text/tokenizer_base.h"

#include <memory>
#include <string_view>
#include <vector>

namespace hearth {

/// Normalizer, pre-tokenizer and BPE in a row; configured by the readers of tokenizer.json,
/// sentencepiece models and GGUF files.
class BpeTokenizer final : public TokenizerBase {
public:
    /// Errors: those of normalizing the added tokens' texts.
    static Result<std::unique_ptr<Tokenizer>> create(TokenizerParts parts, Normalizer normalizer,
                                                     PreTokenizer preTokenizer, BpeTables tables);

private:
    struct Call; ///< State of one encodeSections().

    BpeTokenizer(TokenizerParts parts, AddedTokenSet raw, AddedTokenSet normalized,
                 Normalizer normalizer, PreTokenizer preTokenizer, BpeTables tables);

    [[nodiscard]] Result<void> encodeSections(std::span<const Section> sections,
                                              std::vector<std::int32_t>& ids) const override;
    [[nodiscard]] Result<void> encodeText(const Section& section, Call& call) const;
    [[nodiscard]] Result<void> encodeNormalized(std::string_view text, TextPosition position,
                                                const AddedTokenMatcher& added, Call& call) const;

    // Added tokens that are found in normalized text: with their texts as given, for sections of
    // which only a part is trusted, and with their texts normalized.
    AddedTokenSet m_rawAdded;
    AddedTokenSet m_normalizedAdded;
    Normalizer m_normalizer;
    PreTokenizer m_preTokenizer;
    BpeModel m_model;
};

} // namespace hearth
