#pragma once

#include "text/bpe_model.h"
#include "text/normalizer.h"
#include "text/pretokenizer.h"
#include "text/tokenizer_base.h"
#include "text/unigram_model.h"
#include "text/word_piece_model.h"

#include <memory>
#include <string_view>
#include <variant>
#include <vector>

namespace hearth {

/// What turns a word into tokens.
using WordModel = std::variant<BpeModel, UnigramModel, WordPieceModel>;

/// Normalizer, pre-tokenizer and model in a row; configured by the readers of tokenizer.json,
/// sentencepiece models, tiktoken and GGUF files.
class PipelineTokenizer final : public TokenizerBase {
public:
    /// Errors: those of normalizing the added tokens' texts.
    static Result<std::unique_ptr<Tokenizer>> create(TokenizerParts parts, Normalizer normalizer,
                                                     PreTokenizer preTokenizer, WordModel model);

private:
    struct Output; ///< Takes the words of one encodeSections().
    template<typename Model> class ModelOutput;

    PipelineTokenizer(TokenizerParts parts, AddedTokenSet raw, AddedTokenSet normalized,
                      Normalizer normalizer, PreTokenizer preTokenizer, WordModel model);

    [[nodiscard]] Result<void> encodeSections(std::span<const Section> sections,
                                              std::vector<std::int32_t>& ids) const override;
    [[nodiscard]] Result<void> encodeText(const Section& section, Output& output) const;
    [[nodiscard]] Result<void> encodeNormalized(std::string_view text, TextPosition position,
                                                const AddedTokenMatcher& added,
                                                Output& output) const;

    // Added tokens that are found in normalized text: with their texts as given, for sections of
    // which only a part is trusted, and with their texts normalized.
    AddedTokenSet m_rawAdded;
    AddedTokenSet m_normalizedAdded;
    Normalizer m_normalizer;
    PreTokenizer m_preTokenizer;
    WordModel m_model;
};

} // namespace hearth
