#include "text/bpe_tokenizer.h"

#include <utility>

namespace hearth {

struct BpeTokenizer::Call {
    BpeScratch scratch;
    std::vector<std::int32_t>& ids;
};

Result<std::unique_ptr<Tokenizer>> BpeTokenizer::create(TokenizerParts parts, Normalizer normalizer,
                                                        PreTokenizer preTokenizer,
                                                        BpeTables tables) {
    std::vector<AddedToken> raw;
    std::vector<AddedToken> normalized;
    TextArena arena;
    for (const AddedToken& token : parts.addedTokens) {
        if (!token.normalized)
            continue;
        raw.push_back(token);
        HEARTH_TRY_ASSIGN(const std::string_view content,
                          normalizer.apply(token.content, TextPosition{}, arena));
        normalized.push_back(token);
        normalized.back().content = std::string(content);
    }
    return std::unique_ptr<Tokenizer>(
        new BpeTokenizer(std::move(parts), AddedTokenSet(raw), AddedTokenSet(normalized),
                         std::move(normalizer), std::move(preTokenizer), std::move(tables)));
}

BpeTokenizer::BpeTokenizer(TokenizerParts parts, AddedTokenSet raw, AddedTokenSet normalized,
                           Normalizer normalizer, PreTokenizer preTokenizer, BpeTables tables)
    : TokenizerBase(std::move(parts))
    , m_rawAdded(std::move(raw))
    , m_normalizedAdded(std::move(normalized))
    , m_normalizer(std::move(normalizer))
    , m_preTokenizer(std::move(preTokenizer))
    , m_model(std::move(tables)) {
}

Result<void> BpeTokenizer::encodeSections(std::span<const Section> sections,
                                          std::vector<std::int32_t>& ids) const {
    std::size_t bytes = 0;
    for (const Section& section : sections)
        bytes += section.text.size();
    Call call{BpeScratch(bytes), ids};
    for (const Section& section : sections) {
        if (section.id)
            ids.push_back(*section.id);
        else
            HEARTH_TRY(encodeText(section, call));
    }
    return {};
}

Result<void> BpeTokenizer::encodeText(const Section& section, Call& call) const {
    const bool allTrusted = section.trusted.size() == 1 && section.trusted[0].begin == 0 &&
                            section.trusted[0].end == section.text.size();
    if (m_rawAdded.empty() || allTrusted)
        return encodeNormalized(section.text, section.position, m_normalizedAdded.all(), call);
    TextPosition position = section.position;
    for (const AddedTokenPart& part : m_rawAdded.split(section.text, section.trusted)) {
        const std::string_view text =
            section.text.substr(part.range.begin, part.range.end - part.range.begin);
        if (part.id)
            call.ids.push_back(*part.id);
        else
            HEARTH_TRY(encodeNormalized(text, position, m_normalizedAdded.plain(), call));
        position = {false, part.id && isSpecial(*part.id)};
    }
    return {};
}

Result<void> BpeTokenizer::encodeNormalized(std::string_view text, TextPosition position,
                                            const AddedTokenMatcher& added, Call& call) const {
    TextArena arena;
    HEARTH_TRY_ASSIGN(const std::string_view normalized, m_normalizer.apply(text, position, arena));
    const auto encodeWords = [&](std::string_view piece, bool first) -> Result<void> {
        HEARTH_TRY_ASSIGN(const std::vector<std::string_view> words,
                          m_preTokenizer.split(piece, first, arena));
        for (const std::string_view word : words)
            m_model.encode(word, call.scratch, call.ids);
        return {};
    };
    if (added.empty())
        return encodeWords(normalized, position.first);
    const TextRange whole{0, normalized.size()};
    for (const AddedTokenPart& part : added.split(normalized, std::span(&whole, 1))) {
        if (part.id)
            call.ids.push_back(*part.id);
        else
            HEARTH_TRY(
                encodeWords(normalized.substr(part.range.begin, part.range.end - part.range.begin),
                            position.first && part.range.begin == 0));
    }
    return {};
}

} // namespace hearth
