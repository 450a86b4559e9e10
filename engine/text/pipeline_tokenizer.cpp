#include "text/pipeline_tokenizer.h"

#include "text/word_cache.h"

#include <utility>

namespace hearth {

struct PipelineTokenizer::Output {
    explicit Output(std::vector<std::int32_t>& target)
        : ids(target) {}
    Output(const Output&) = delete;
    Output& operator=(const Output&) = delete;
    virtual ~Output() = default;

    virtual void add(std::span<const std::string_view> words) = 0;

    std::vector<std::int32_t>& ids;
};

template<typename Model>
class PipelineTokenizer::ModelOutput final : public Output {
public:
    ModelOutput(const Model& model, std::size_t textBytes, std::vector<std::int32_t>& target)
        : Output(target)
        , m_model(model)
        , m_scratch(textBytes)
        , m_cache(textBytes) {}

    void add(std::span<const std::string_view> words) override {
        for (const std::string_view word : words)
            addCut(word);
    }

private:
    void addCut(std::string_view word) {
        const std::string_view boundary = m_model.boundary();
        std::size_t begin = 0;
        while (!boundary.empty()) {
            std::size_t run = begin; // After the boundaries that open this word.
            while (word.substr(run).starts_with(boundary))
                run += boundary.size();
            const std::size_t end = word.find(boundary, run);
            if (end == std::string_view::npos)
                break;
            addWord(word.substr(begin, end - begin));
            begin = end;
        }
        addWord(word.substr(begin));
    }

    void addWord(std::string_view word) {
        if (word.empty())
            return;
        if (word.size() > WordCache::kMaxWordBytes)
            return m_model.encode(word, m_scratch, ids);
        const std::uint64_t hash = WordCache::hashOf(word);
        if (m_cache.recall(word, hash, ids))
            return;
        const std::size_t begin = ids.size();
        m_model.encode(word, m_scratch, ids);
        m_cache.remember(word, hash, std::span(ids).subspan(begin));
    }

    const Model& m_model;
    typename Model::Scratch m_scratch;
    WordCache m_cache;
};

Result<std::unique_ptr<Tokenizer>> PipelineTokenizer::create(TokenizerParts parts,
                                                             Normalizer normalizer,
                                                             PreTokenizer preTokenizer,
                                                             WordModel model) {
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
        new PipelineTokenizer(std::move(parts), AddedTokenSet(raw), AddedTokenSet(normalized),
                              std::move(normalizer), std::move(preTokenizer), std::move(model)));
}

PipelineTokenizer::PipelineTokenizer(TokenizerParts parts, AddedTokenSet raw,
                                     AddedTokenSet normalized, Normalizer normalizer,
                                     PreTokenizer preTokenizer, WordModel model)
    : TokenizerBase(std::move(parts))
    , m_rawAdded(std::move(raw))
    , m_normalizedAdded(std::move(normalized))
    , m_normalizer(std::move(normalizer))
    , m_preTokenizer(std::move(preTokenizer))
    , m_model(std::move(model)) {
}

Result<void> PipelineTokenizer::encodeSections(std::span<const Section> sections,
                                               std::vector<std::int32_t>& ids) const {
    std::size_t bytes = 0;
    for (const Section& section : sections)
        bytes += section.text.size();
    return std::visit(
        [&]<typename Model>(const Model& model) -> Result<void> {
            ModelOutput<Model> output(model, bytes, ids);
            for (const Section& section : sections) {
                if (section.id)
                    ids.push_back(*section.id);
                else
                    HEARTH_TRY(encodeText(section, output));
            }
            return {};
        },
        m_model);
}

Result<void> PipelineTokenizer::encodeText(const Section& section, Output& output) const {
    const bool allTrusted = section.trusted.size() == 1 && section.trusted[0].begin == 0 &&
                            section.trusted[0].end == section.text.size();
    if (m_rawAdded.empty() || allTrusted)
        return encodeNormalized(section.text, section.position, m_normalizedAdded.all(), output);
    TextPosition position = section.position;
    for (const AddedTokenPart& part : m_rawAdded.split(section.text, section.trusted)) {
        const std::string_view text =
            section.text.substr(part.range.begin, part.range.end - part.range.begin);
        if (part.id)
            output.ids.push_back(*part.id);
        else
            HEARTH_TRY(encodeNormalized(text, position, m_normalizedAdded.plain(), output));
        position = {false, part.id && isSpecial(*part.id)};
    }
    return {};
}

Result<void> PipelineTokenizer::encodeNormalized(std::string_view text, TextPosition position,
                                                 const AddedTokenMatcher& added,
                                                 Output& output) const {
    TextArena arena;
    HEARTH_TRY_ASSIGN(const std::string_view normalized, m_normalizer.apply(text, position, arena));
    const auto encodeWords = [&](std::string_view piece, bool first) -> Result<void> {
        HEARTH_TRY_ASSIGN(const std::vector<std::string_view> words,
                          m_preTokenizer.split(piece, first, arena));
        output.add(words);
        return {};
    };
    if (added.empty())
        return encodeWords(normalized, position.first);
    const TextRange whole{0, normalized.size()};
    for (const AddedTokenPart& part : added.split(normalized, std::span(&whole, 1))) {
        if (part.id)
            output.ids.push_back(*part.id);
        else
            HEARTH_TRY(
                encodeWords(normalized.substr(part.range.begin, part.range.end - part.range.begin),
                            position.first && part.range.begin == 0));
    }
    return {};
}

} // namespace hearth
