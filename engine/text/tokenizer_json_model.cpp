#include "text/tokenizer_json_model.h"

#include "text/bpe_tables.h"
#include "text/byte_level.h"
#include "text/json_fields.h"
#include "text/word_piece_model.h"

#include <algorithm>
#include <cmath>
#include <string>
#include <string_view>
#include <unordered_set>
#include <utility>

namespace hearth::tokenizer_json {

namespace {

using nlohmann::json;
using namespace json_fields;

// Unigram's list of [token, score].
Result<std::vector<double>> scoresOf(const json& vocab) {
    std::vector<double> scores;
    scores.reserve(vocab.size());
    for (std::size_t i = 0; i < vocab.size(); ++i) {
        const json& entry = vocab[i];
        const std::string where = "model.vocab[" + std::to_string(i) + "]";
        if (!entry.is_array() || entry.size() != 2 || !entry[0].is_string() ||
            !entry[1].is_number())
            return corrupt(where, "not a token and its score");
        scores.push_back(entry[1].get<double>());
        if (!std::isfinite(scores.back()))
            return corrupt(where, "its score is not a number");
    }
    return scores;
}

Result<std::vector<Vocabulary::Entry>> entriesOf(const json& vocab) {
    std::vector<Vocabulary::Entry> entries;
    entries.reserve(vocab.size());
    if (vocab.is_array()) {
        HEARTH_TRY(scoresOf(vocab));
        for (std::size_t i = 0; i < vocab.size(); ++i)
            entries.push_back({vocab[i][0].get_ref<const std::string&>(),
                               static_cast<std::int64_t>(i)});
        return entries;
    }
    if (!vocab.is_object())
        return corrupt("model.vocab", "neither an object nor a list");
    for (auto entry = vocab.begin(); entry != vocab.end(); ++entry) {
        HEARTH_TRY_ASSIGN(const std::int64_t id,
                          integer(*entry, "model.vocab[\"" + entry.key() + "\"]"));
        entries.push_back({entry.key(), id});
    }
    return entries;
}

Result<std::vector<MergePair>> mergesOf(const json& model) {
    const json& list = member(model, "merges");
    if (!list.is_array())
        return corrupt("model.merges", "not an array");
    std::vector<MergePair> merges;
    merges.reserve(list.size());
    for (std::size_t i = 0; i < list.size(); ++i) {
        const json& merge = list[i];
        if (merge.is_array() && merge.size() == 2 && merge[0].is_string() && merge[1].is_string()) {
            merges.emplace_back(merge[0].get_ref<const std::string&>(),
                                merge[1].get_ref<const std::string&>());
            continue;
        }
        const std::string_view pair =
            merge.is_string() ? std::string_view(merge.get_ref<const std::string&>()) : "";
        const std::size_t space = pair.find(' ');
        if (space == std::string_view::npos || pair.find(' ', space + 1) != std::string_view::npos)
            return corrupt("model.merges[" + std::to_string(i) + "]", "not a pair of tokens");
        merges.emplace_back(pair.substr(0, space), pair.substr(space + 1));
    }
    return merges;
}

Result<std::optional<std::int32_t>> unknownToken(const json& model, std::string_view fallback,
                                                 const Vocabulary& vocabulary) {
    HEARTH_TRY_ASSIGN(const std::string name, string(model, "unk_token", fallback, "model"));
    if (name.empty())
        return std::optional<std::int32_t>();
    const auto id = vocabulary.find(name);
    if (!id)
        return corrupt("model.unk_token", "\"" + name + "\" is not in the vocabulary");
    return id;
}

Result<Model> bpe(const json& model, const Vocabulary& vocabulary, const std::vector<bool>& special,
                  bool byteLevel) {
    HEARTH_TRY_ASSIGN(const std::vector<MergePair> merges, mergesOf(model));
    HEARTH_TRY_ASSIGN(const bool byteFallback, boolean(model, "byte_fallback", false, "model"));
    HEARTH_TRY_ASSIGN(const bool wholeWords, boolean(model, "ignore_merges", false, "model"));
    HEARTH_TRY_ASSIGN(const std::string prefix,
                      string(model, "continuing_subword_prefix", "", "model"));
    HEARTH_TRY_ASSIGN(const std::string suffix, string(model, "end_of_word_suffix", "", "model"));
    HEARTH_TRY_ASSIGN(BpeTables tables,
                      bpeTables(MergeListSource{vocabulary, merges, special, byteLevel,
                                                byteFallback, wholeWords, prefix, suffix}));
    HEARTH_TRY_ASSIGN(tables.fuseUnknown, boolean(model, "fuse_unk", false, "model"));
    HEARTH_TRY_ASSIGN(tables.unknown, unknownToken(model, "", vocabulary));
    const auto unknown = tables.unknown;
    return Model{BpeModel(std::move(tables)), unknown};
}

Result<Model> unigram(const json& model, const Vocabulary& vocabulary,
                      const std::vector<bool>& special, bool byteLevel) {
    if (byteLevel)
        return unsupported("model.type", "Unigram on bytes");
    HEARTH_TRY_ASSIGN(std::vector<double> scores, scoresOf(member(model, "vocab")));
    HEARTH_TRY_ASSIGN(const bool byteFallback, boolean(model, "byte_fallback", false, "model"));
    const double lowest =
        scores.empty() ? 0.0 : *std::min_element(scores.begin(), scores.end());
    std::vector<TokenType> types(vocabulary.size(), TokenType::Control);
    for (std::size_t i = 0; i < scores.size(); ++i) {
        const bool isByte =
            byteFallback && byteOfToken(vocabulary.text(static_cast<std::int32_t>(i))).has_value();
        if (!special[i])
            types[i] = isByte ? TokenType::Byte : TokenType::Normal;
    }
    std::optional<std::int32_t> unknown;
    if (const json& id = member(model, "unk_id"); !id.is_null()) {
        HEARTH_TRY_ASSIGN(const std::int64_t value, integer(id, "model.unk_id"));
        if (value < 0 || static_cast<std::uint64_t>(value) >= scores.size())
            return corrupt("model.unk_id", std::to_string(value) + " is not in the vocabulary");
        unknown = static_cast<std::int32_t>(value);
        types[static_cast<std::size_t>(value)] = TokenType::Unknown;
    }
    scores.resize(vocabulary.size());
    HEARTH_TRY_ASSIGN(UnigramModel built,
                      UnigramModel::create({vocabulary, types, scores, lowest, false}));
    return Model{std::move(built), unknown};
}

Result<Model> wordPiece(const json& model, const Vocabulary& vocabulary,
                        const std::vector<bool>& special, bool byteLevel) {
    if (byteLevel)
        return unsupported("model.type", "WordPiece on bytes");
    HEARTH_TRY_ASSIGN(const auto unknown, unknownToken(model, "[UNK]", vocabulary));
    if (!unknown)
        return corrupt("model.unk_token", "empty");
    HEARTH_TRY_ASSIGN(const std::string prefix,
                      string(model, "continuing_subword_prefix", "##", "model"));
    WordPieceOptions options;
    options.continuingPrefix = prefix;
    options.unknown = *unknown;
    if (const json& limit = member(model, "max_input_chars_per_word"); !limit.is_null()) {
        HEARTH_TRY_ASSIGN(const std::int64_t characters,
                          integer(limit, "model.max_input_chars_per_word"));
        if (characters < 0)
            return corrupt("model.max_input_chars_per_word", "negative");
        options.maxWordCharacters = static_cast<std::size_t>(characters);
    }
    return Model{WordPieceModel(vocabulary, special, options), unknown};
}

} // namespace

Result<ModelKind> modelKind(const json& model) {
    HEARTH_TRY_ASSIGN(const std::string type, string(model, "type", "", "model"));
    if (type == "BPE" || (type.empty() && !member(model, "merges").is_null()))
        return ModelKind::Bpe;
    if (type == "Unigram" || (type.empty() && member(model, "vocab").is_array()))
        return ModelKind::Unigram;
    if (type == "WordPiece" || (type.empty() && model.contains("max_input_chars_per_word")))
        return ModelKind::WordPiece;
    return type.empty() ? Result<ModelKind>(ModelKind::Bpe) : unsupported("model.type", type);
}

Result<Vocabulary> vocabulary(const json& model, std::vector<AddedToken>& added) {
    const json& vocab = member(model, "vocab");
    HEARTH_TRY_ASSIGN(std::vector<Vocabulary::Entry> entries, entriesOf(vocab));
    if (entries.empty())
        return corrupt("model.vocab", "empty");
    std::unordered_set<std::string_view> known;
    for (const Vocabulary::Entry& entry : entries)
        known.insert(entry.text);
    for (const AddedToken& token : added) {
        if (!known.contains(token.content))
            entries.push_back({token.content, token.id});
    }
    HEARTH_TRY_ASSIGN(Vocabulary vocabulary, Vocabulary::create(entries));
    for (AddedToken& token : added)
        token.id = vocabulary.find(token.content).value_or(token.id);
    return vocabulary;
}

Result<Model> wordModel(const json& model, const Vocabulary& vocabulary,
                        const std::vector<bool>& special, bool byteLevel) {
    HEARTH_TRY_ASSIGN(const ModelKind kind, modelKind(model));
    switch (kind) {
    case ModelKind::Bpe:
        return bpe(model, vocabulary, special, byteLevel);
    case ModelKind::Unigram:
        return unigram(model, vocabulary, special, byteLevel);
    case ModelKind::WordPiece:
        return wordPiece(model, vocabulary, special, byteLevel);
    }
    return corrupt("model.type", "none");
}

} // namespace hearth::tokenizer_json
