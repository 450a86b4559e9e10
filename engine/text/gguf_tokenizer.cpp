#include "text/gguf_tokenizer.h"

#include "formats/gguf.h"
#include "text/bpe_tables.h"
#include "text/gguf_pretokenizer.h"
#include "text/json_fields.h"
#include "text/pipeline_tokenizer.h"
#include "text/space_marker.h"
#include "text/special_tokens.h"

#include <algorithm>
#include <cmath>
#include <string>
#include <utility>

namespace hearth {

namespace {

using json_fields::corrupt;
using json_fields::unsupported;

std::string key(std::string_view name) {
    return "tokenizer.ggml." + std::string(name);
}

class Builder {
public:
    explicit Builder(const GgufTokenizerSource& source)
        : m_source(source) {}

    Result<std::unique_ptr<Tokenizer>> build() {
        if (m_source.tokens.empty())
            return corrupt(key("tokens"), "empty");
        HEARTH_TRY(readTypes());
        if (m_source.model == "gpt2")
            return byteLevel();
        if (m_source.model == "llama")
            return scored();
        if (m_source.model == "t5")
            return unigram();
        if (m_source.model == "bert")
            return wordPiece();
        return unsupported(key("model"), std::string(m_source.model));
    }

private:
    Result<void> readTypes() {
        m_types.assign(m_source.tokens.size(), TokenType::Normal);
        if (m_source.types.empty())
            return {};
        if (m_source.types.size() != m_types.size())
            return corrupt(key("token_type"), "not as long as tokens");
        for (std::size_t i = 0; i < m_types.size(); ++i) {
            const std::int32_t type = m_source.types[i];
            if (type < 0 || type > 6)
                return corrupt(key("token_type"), "unknown type " + std::to_string(type));
            // 0 is "undefined", written by some converters for unused tokens.
            m_types[i] = type == 0 ? TokenType::Unused : static_cast<TokenType>(type);
        }
        return {};
    }

    [[nodiscard]] std::vector<bool> special() const {
        std::vector<bool> result(m_types.size());
        for (std::size_t i = 0; i < m_types.size(); ++i)
            result[i] = m_types[i] == TokenType::Control || m_types[i] == TokenType::Unknown ||
                        (m_types[i] == TokenType::UserDefined && looksSpecial(m_source.tokens[i]));
        return result;
    }

    Result<TokenizerParts> parts(Decoder decoder, bool addBosByDefault) {
        std::vector<Vocabulary::Entry> entries;
        std::vector<AddedToken> added;
        std::vector<bool> isSpecial = special();
        for (std::size_t i = 0; i < m_types.size(); ++i) {
            const auto id = static_cast<std::int32_t>(i);
            entries.push_back({m_source.tokens[i], id});
            if ((m_types[i] != TokenType::Control && m_types[i] != TokenType::UserDefined) ||
                m_source.tokens[i].empty())
                continue;
            AddedToken token;
            token.content = m_source.tokens[i];
            token.id = id;
            token.special = isSpecial[i];
            added.push_back(std::move(token));
        }
        HEARTH_TRY_ASSIGN(Vocabulary vocabulary, Vocabulary::create(entries));
        TokenizerParts result{std::move(vocabulary),
                              std::move(added),
                              std::move(decoder),
                              {},
                              std::move(isSpecial),
                              {},
                              {},
                              {}};
        HEARTH_TRY(addSpecialTokens(result, addBosByDefault));
        return result;
    }

    Result<void> addSpecialTokens(TokenizerParts& result, bool addBosByDefault) {
        SpecialTokens& tokens = result.specialTokens;
        HEARTH_TRY_ASSIGN(tokens.bos, checked(m_source.bos, "bos_token_id"));
        HEARTH_TRY_ASSIGN(tokens.pad, checked(m_source.pad, "padding_token_id"));
        HEARTH_TRY_ASSIGN(tokens.unk, checked(m_source.unk, "unknown_token_id"));
        HEARTH_TRY_ASSIGN(tokens.eot, checked(m_source.eot, "eot_token_id"));
        HEARTH_TRY_ASSIGN(const auto eos, checked(m_source.eos, "eos_token_id"));
        for (const auto id : {eos, tokens.eot}) {
            if (id && std::find(tokens.eos.begin(), tokens.eos.end(), *id) == tokens.eos.end())
                tokens.eos.push_back(*id);
        }
        addKnownEndTokens(tokens, result.vocabulary, result.special);
        if (m_source.addBos == true && !tokens.bos)
            return corrupt(key("bos_token_id"), "missing, although add_bos_token is set");
        if (m_source.addEos == true && !eos)
            return corrupt(key("eos_token_id"), "missing, although add_eos_token is set");
        if (tokens.bos && m_source.addBos.value_or(addBosByDefault))
            result.prefix.push_back(*tokens.bos);
        if (eos && m_source.addEos.value_or(false))
            result.suffix.push_back(*eos);
        return {};
    }

    [[nodiscard]] Result<std::optional<std::int32_t>> checked(std::optional<std::int64_t> id,
                                                              const char* name) const {
        if (!id)
            return std::optional<std::int32_t>();
        if (*id < 0 || static_cast<std::uint64_t>(*id) >= m_types.size())
            return corrupt(key(name), std::to_string(*id) + " is not in the vocabulary");
        return std::optional<std::int32_t>(static_cast<std::int32_t>(*id));
    }

    Result<std::unique_ptr<Tokenizer>> byteLevel() {
        HEARTH_TRY_ASSIGN(GgufPreTokenization pre, ggufPreTokenization(m_source.pre));
        std::vector<MergePair> merges;
        merges.reserve(m_source.merges.size());
        for (std::size_t i = 0; i < m_source.merges.size(); ++i) {
            const std::string_view merge = m_source.merges[i];
            const std::size_t space = merge.find(' ', 1);
            if (space == std::string_view::npos)
                return corrupt(key("merges") + "[" + std::to_string(i) + "]", "not a pair");
            merges.emplace_back(merge.substr(0, space), merge.substr(space + 1));
        }
        HEARTH_TRY_ASSIGN(TokenizerParts all, parts(Decoder({Decoder::ByteLevel{}}), pre.addBos));
        std::vector<bool> excluded(m_types.size());
        for (std::size_t i = 0; i < m_types.size(); ++i)
            excluded[i] = m_types[i] == TokenType::Control || m_types[i] == TokenType::Unknown;
        HEARTH_TRY_ASSIGN(BpeTables tables,
                          bpeTables(MergeListSource{all.vocabulary, merges, excluded, true, false,
                                                    pre.wholeWordsFirst}));
        tables.unknown = all.specialTokens.unk;
        return PipelineTokenizer::create(std::move(all), Normalizer(), std::move(pre.preTokenizer),
                                         BpeModel(std::move(tables)));
    }

    // Tokens that begin a word carry U+2581, as in sentencepiece; others carry nothing.
    Result<std::unique_ptr<Tokenizer>> wordPiece() {
        HEARTH_TRY_ASSIGN(TokenizerParts all,
                          parts(Decoder({Decoder::SentencePiece{true, false}}), false));
        HEARTH_TRY(surround(all));
        WordPieceOptions options;
        options.wordPrefix = kSpaceMarker;
        options.continuingPrefix = "";
        const auto named = all.vocabulary.find("[UNK]");
        const std::optional<std::int32_t> unknown =
            all.specialTokens.unk ? all.specialTokens.unk : named;
        if (!unknown)
            return corrupt(key("unknown_token_id"), "missing");
        all.specialTokens.unk = unknown;
        options.unknown = *unknown;
        std::vector<bool> excluded = all.special;
        excluded[static_cast<std::size_t>(*unknown)] = true;
        WordPieceModel model(all.vocabulary, excluded, options);
        Normalizer::Bert normalizer;
        normalizer.lowercase = m_source.lowercase;
        normalizer.stripAccents = m_source.stripAccents.value_or(m_source.lowercase);
        return PipelineTokenizer::create(std::move(all), Normalizer({normalizer}),
                                         PreTokenizer({PreTokenizer::Bert{}}), std::move(model));
    }

    Result<void> surround(TokenizerParts& all) const {
        HEARTH_TRY_ASSIGN(auto cls, checked(m_source.cls, "cls_token_id"));
        HEARTH_TRY_ASSIGN(auto sep, checked(m_source.sep, "seperator_token_id"));
        if (!cls)
            cls = all.specialTokens.bos ? all.specialTokens.bos : all.vocabulary.find("[CLS]");
        if (!sep && !all.specialTokens.eos.empty())
            sep = all.specialTokens.eos.front();
        if (!sep)
            sep = all.vocabulary.find("[SEP]");
        all.prefix.clear();
        all.suffix.clear();
        if (cls && m_source.addBos.value_or(true))
            all.prefix.push_back(*cls);
        if (sep && m_source.addEos.value_or(true))
            all.suffix.push_back(*sep);
        return {};
    }

    Result<std::unique_ptr<Tokenizer>> unigram() {
        if (m_source.scores.size() != m_types.size())
            return corrupt(key("scores"), "not as long as tokens");
        const std::vector<double> scores(m_source.scores.begin(), m_source.scores.end());
        for (std::size_t i = 0; i < scores.size(); ++i) {
            if (!std::isfinite(scores[i]))
                return corrupt("token \"" + std::string(m_source.tokens[i].substr(0, 64)) + "\"",
                               "its score is not a number");
        }
        CharactersMap map;
        if (!m_source.charactersMap.empty()) {
            HEARTH_TRY_ASSIGN(map, CharactersMap::parse(m_source.charactersMap));
        }
        HEARTH_TRY_ASSIGN(TokenizerParts all,
                          parts(Decoder({Decoder::SentencePiece{m_source.addSpacePrefix,
                                                                m_source.removeExtraSpaces}}),
                                false));
        all.unknownSurface = " \xE2\x81\x87 ";
        const auto unknown = std::find(m_types.begin(), m_types.end(), TokenType::Unknown);
        if (!all.specialTokens.unk && unknown != m_types.end())
            all.specialTokens.unk = static_cast<std::int32_t>(unknown - m_types.begin());
        if (const auto& ends = all.specialTokens.eos;
            !ends.empty() && m_source.addEos.value_or(true) && all.suffix.empty())
            all.suffix.push_back(ends.front());
        HEARTH_TRY_ASSIGN(UnigramModel model, UnigramModel::create({all.vocabulary, m_types, scores,
                                                                    std::nullopt}));
        std::vector<Normalizer::Step> steps;
        steps.emplace_back(
            Normalizer::SentencePiece{std::move(map), m_source.removeExtraSpaces});
        if (m_source.addSpacePrefix)
            steps.emplace_back(Normalizer::DummyPrefix{std::string(kSpaceMarker)});
        steps.emplace_back(Normalizer::Replace{" ", std::string(kSpaceMarker)});
        return PipelineTokenizer::create(std::move(all), Normalizer(std::move(steps)),
                                         PreTokenizer(), std::move(model));
    }

    Result<std::unique_ptr<Tokenizer>> scored() {
        if (m_source.scores.size() != m_types.size())
            return corrupt(key("scores"), "not as long as tokens");
        HEARTH_TRY_ASSIGN(
            TokenizerParts all,
            parts(Decoder({Decoder::SentencePiece{m_source.addSpacePrefix, false}}), true));
        all.unknownSurface = " \xE2\x81\x87 ";
        HEARTH_TRY_ASSIGN(BpeTables tables,
                          bpeTables(ScoreSource{all.vocabulary, m_types, m_source.scores}));
        std::vector<Normalizer::Step> steps;
        if (m_source.addSpacePrefix)
            steps.emplace_back(Normalizer::DummyPrefix{std::string(kSpaceMarker)});
        steps.emplace_back(Normalizer::Replace{" ", std::string(kSpaceMarker)});
        return PipelineTokenizer::create(std::move(all), Normalizer(std::move(steps)),
                                         PreTokenizer(), BpeModel(std::move(tables)));
    }

    const GgufTokenizerSource& m_source;
    std::vector<TokenType> m_types;
};

template<typename T>
Result<void> readInto(const GgufFile& file, const char* name, T& value) {
    if (!file.has(key(name)))
        return {};
    HEARTH_TRY_ASSIGN(value, file.get<T>(key(name)));
    return {};
}

template<typename T>
Result<void> readInto(const GgufFile& file, const char* name, std::optional<T>& value) {
    if (!file.has(key(name)))
        return {};
    HEARTH_TRY_ASSIGN(value, file.get<T>(key(name)));
    return {};
}

Result<GgufTokenizerSource> sourceOf(const GgufFile& file) {
    GgufTokenizerSource source;
    HEARTH_TRY_ASSIGN(source.model, file.get<std::string_view>(key("model")));
    HEARTH_TRY_ASSIGN(source.tokens, file.get<std::vector<std::string_view>>(key("tokens")));
    HEARTH_TRY(readInto(file, "pre", source.pre));
    HEARTH_TRY(readInto(file, "scores", source.scores));
    HEARTH_TRY(readInto(file, "token_type", source.types));
    HEARTH_TRY(readInto(file, "merges", source.merges));
    HEARTH_TRY(readInto(file, "bos_token_id", source.bos));
    HEARTH_TRY(readInto(file, "eos_token_id", source.eos));
    HEARTH_TRY(readInto(file, "eot_token_id", source.eot));
    HEARTH_TRY(readInto(file, "unknown_token_id", source.unk));
    HEARTH_TRY(readInto(file, "padding_token_id", source.pad));
    HEARTH_TRY(readInto(file, "add_bos_token", source.addBos));
    HEARTH_TRY(readInto(file, "add_eos_token", source.addEos));
    HEARTH_TRY(readInto(file, "add_space_prefix", source.addSpacePrefix));
    HEARTH_TRY(readInto(file, "cls_token_id", source.cls));
    HEARTH_TRY(readInto(file, "seperator_token_id", source.sep)); // Spelt so in the format.
    HEARTH_TRY(readInto(file, "remove_extra_whitespaces", source.removeExtraSpaces));
    HEARTH_TRY(readInto(file, "normalizer.lowercase", source.lowercase));
    HEARTH_TRY(readInto(file, "normalizer.strip_accents", source.stripAccents));
    std::vector<std::int32_t> map;
    HEARTH_TRY(readInto(file, "precompiled_charsmap", map));
    for (const std::int32_t byte : map)
        source.charactersMap.push_back(static_cast<char>(byte));
    return source;
}

} // namespace

Result<std::unique_ptr<Tokenizer>> tokenizerFromGguf(const GgufTokenizerSource& source) {
    return Builder(source).build();
}

Result<std::unique_ptr<Tokenizer>> readGgufTokenizer(const GgufFile& file) {
    HEARTH_TRY_ASSIGN(const GgufTokenizerSource source, sourceOf(file));
    auto tokenizer = tokenizerFromGguf(source);
    if (!tokenizer)
        tokenizer.error().path = file.path();
    return tokenizer;
}

} // namespace hearth
