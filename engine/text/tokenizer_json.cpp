#include "text/tokenizer_json.h"

#include "formats/json_file.h"
#include "text/bpe_tables.h"
#include "text/bpe_tokenizer.h"
#include "text/json_fields.h"
#include "text/tokenizer_json_components.h"

#include <algorithm>
#include <utility>

namespace hearth {

namespace {

using nlohmann::json;
using namespace json_fields;

constexpr std::uint64_t kMaxFileBytes = std::uint64_t{512} << 20;

Result<std::vector<AddedToken>> addedTokens(const json& document) {
    const json& list = member(document, "added_tokens");
    std::vector<AddedToken> tokens;
    if (list.is_null())
        return tokens;
    if (!list.is_array())
        return corrupt("added_tokens", "not an array");
    for (std::size_t i = 0; i < list.size(); ++i) {
        const std::string where = "added_tokens[" + std::to_string(i) + "]";
        AddedToken token;
        HEARTH_TRY_ASSIGN(token.content, string(list[i], "content", where));
        HEARTH_TRY_ASSIGN(const std::int64_t id, integer(member(list[i], "id"), where + ".id"));
        if (!std::in_range<std::int32_t>(id) || id < 0)
            return corrupt(where + ".id", std::to_string(id) + " is out of range");
        token.id = static_cast<std::int32_t>(id);
        HEARTH_TRY_ASSIGN(token.special, boolean(list[i], "special", false, where));
        HEARTH_TRY_ASSIGN(token.singleWord, boolean(list[i], "single_word", false, where));
        HEARTH_TRY_ASSIGN(token.leftStrip, boolean(list[i], "lstrip", false, where));
        HEARTH_TRY_ASSIGN(token.rightStrip, boolean(list[i], "rstrip", false, where));
        HEARTH_TRY_ASSIGN(token.normalized, boolean(list[i], "normalized", false, where));
        if (!token.content.empty())
            tokens.push_back(std::move(token));
    }
    return tokens;
}

// An added token that the model has too keeps the model's id.
Result<Vocabulary> vocabularyOf(const json& model, std::vector<AddedToken>& added) {
    const json& vocab = member(model, "vocab");
    if (!vocab.is_object())
        return corrupt("model.vocab", "not an object");
    std::vector<Vocabulary::Entry> entries;
    entries.reserve(vocab.size() + added.size());
    for (auto entry = vocab.begin(); entry != vocab.end(); ++entry) {
        HEARTH_TRY_ASSIGN(const std::int64_t id,
                          integer(*entry, "model.vocab[\"" + entry.key() + "\"]"));
        entries.push_back({entry.key(), id});
    }
    for (const AddedToken& token : added) {
        if (!vocab.contains(token.content))
            entries.push_back({token.content, token.id});
    }
    HEARTH_TRY_ASSIGN(Vocabulary vocabulary, Vocabulary::create(entries));
    for (AddedToken& token : added)
        token.id = vocabulary.find(token.content).value_or(token.id);
    return vocabulary;
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

Result<void> checkModel(const json& model) {
    HEARTH_TRY_ASSIGN(const std::string type, string(model, "type", "BPE", "model"));
    if (type != "BPE")
        return unsupported("model.type", type);
    for (const char* key : {"continuing_subword_prefix", "end_of_word_suffix"}) {
        HEARTH_TRY_ASSIGN(const std::string value, string(model, key, "", "model"));
        if (!value.empty())
            return unsupported(std::string("model.") + key, value);
    }
    const json& dropout = member(model, "dropout");
    if (!dropout.is_null() && dropout != 0)
        return unsupported("model.dropout", dropout.dump());
    return {};
}

Result<BpeTables> tablesOf(const json& model, const Vocabulary& vocabulary,
                           const std::vector<bool>& special, bool byteLevel) {
    HEARTH_TRY_ASSIGN(const std::vector<MergePair> merges, mergesOf(model));
    HEARTH_TRY_ASSIGN(const bool byteFallback, boolean(model, "byte_fallback", false, "model"));
    HEARTH_TRY_ASSIGN(const bool wholeWords, boolean(model, "ignore_merges", false, "model"));
    HEARTH_TRY_ASSIGN(BpeTables tables,
                      bpeTables(MergeListSource{vocabulary, merges, special, byteLevel,
                                                byteFallback, wholeWords}));
    HEARTH_TRY_ASSIGN(tables.fuseUnknown, boolean(model, "fuse_unk", false, "model"));
    HEARTH_TRY_ASSIGN(const std::string unknown, string(model, "unk_token", "", "model"));
    if (!unknown.empty()) {
        tables.unknown = vocabulary.find(unknown);
        if (!tables.unknown)
            return corrupt("model.unk_token", "\"" + unknown + "\" is not in the vocabulary");
    }
    return tables;
}

struct Surroundings {
    std::vector<std::int32_t> prefix;
    std::vector<std::int32_t> suffix;
};

Result<std::vector<std::int32_t>> templateIds(const json& processor, const json& name,
                                              const Vocabulary& vocabulary,
                                              const std::string& where) {
    if (!name.is_string())
        return corrupt(where, "a special token without id");
    const auto& key = name.get_ref<const std::string&>();
    const json& ids = member(member(member(processor, "special_tokens"), key), "ids");
    if (!ids.is_array())
        return corrupt(where, "special token \"" + key + "\" is not defined");
    std::vector<std::int32_t> result;
    for (const json& value : ids) {
        HEARTH_TRY_ASSIGN(const std::int64_t id, integer(value, where));
        if (!vocabulary.contains(id))
            return corrupt(where, "id " + std::to_string(id) + " is not in the vocabulary");
        result.push_back(static_cast<std::int32_t>(id));
    }
    return result;
}

Result<void> readTemplate(const json& processor, const Vocabulary& vocabulary,
                          const std::string& where, Surroundings& result) {
    const json& parts = member(processor, "single");
    if (!parts.is_array())
        return corrupt(where + ".single", "not an array");
    bool afterText = false;
    for (const json& part : parts) {
        if (!member(part, "Sequence").is_null()) {
            afterText = true;
            continue;
        }
        HEARTH_TRY_ASSIGN(const std::vector<std::int32_t> ids,
                          templateIds(processor, member(member(part, "SpecialToken"), "id"),
                                      vocabulary, where + ".single"));
        auto& side = afterText ? result.suffix : result.prefix;
        side.insert(side.end(), ids.begin(), ids.end());
    }
    return {};
}

// Bert's and Roberta's: ["[CLS]", 101] in front, ["[SEP]", 102] behind.
Result<void> readPair(const json& processor, const char* key, const Vocabulary& vocabulary,
                      const std::string& where, std::vector<std::int32_t>& ids) {
    const json& pair = member(processor, key);
    const std::string field = where + "." + key;
    if (!pair.is_array() || pair.size() != 2)
        return corrupt(field, "not a pair of token and id");
    HEARTH_TRY_ASSIGN(const std::int64_t id, integer(pair[1], field));
    if (!vocabulary.contains(id))
        return corrupt(field, "id " + std::to_string(id) + " is not in the vocabulary");
    ids.push_back(static_cast<std::int32_t>(id));
    return {};
}

Result<void> readPostProcessor(const json& value, const Vocabulary& vocabulary,
                               const std::string& where, Surroundings& result) {
    if (value.is_null())
        return {};
    HEARTH_TRY_ASSIGN(const std::string type, string(value, "type", where));
    if (type == "ByteLevel") // Concerns offsets only.
        return {};
    if (type == "TemplateProcessing")
        return readTemplate(value, vocabulary, where, result);
    if (type == "BertProcessing" || type == "RobertaProcessing") {
        HEARTH_TRY(readPair(value, "cls", vocabulary, where, result.prefix));
        return readPair(value, "sep", vocabulary, where, result.suffix);
    }
    if (type != "Sequence")
        return unsupported(where, type);
    const json& processors = member(value, "processors");
    if (!processors.is_array())
        return corrupt(where + ".processors", "not an array");
    for (std::size_t i = 0; i < processors.size(); ++i)
        HEARTH_TRY(readPostProcessor(processors[i], vocabulary,
                                     where + "[" + std::to_string(i) + "]", result));
    return {};
}

Result<std::unique_ptr<Tokenizer>> build(const json& document, const TokenizerFolder& folder) {
    if (!document.is_object())
        return corrupt("tokenizer.json", "not an object");
    const json& model = member(document, "model");
    HEARTH_TRY(checkModel(model));
    HEARTH_TRY_ASSIGN(std::vector<AddedToken> added, addedTokens(document));
    HEARTH_TRY_ASSIGN(Vocabulary vocabulary, vocabularyOf(model, added));
    std::vector<bool> special(vocabulary.size());
    for (const AddedToken& token : added)
        special[static_cast<std::size_t>(token.id)] = token.special;

    HEARTH_TRY_ASSIGN(Normalizer normalizer,
                      tokenizer_json::normalizer(member(document, "normalizer")));
    HEARTH_TRY_ASSIGN(tokenizer_json::PreTokenization pre,
                      tokenizer_json::preTokenizer(member(document, "pre_tokenizer")));
    HEARTH_TRY_ASSIGN(Decoder decoder, tokenizer_json::decoder(member(document, "decoder")));
    HEARTH_TRY_ASSIGN(BpeTables tables, tablesOf(model, vocabulary, special, pre.byteLevel));
    Surroundings around;
    HEARTH_TRY(readPostProcessor(member(document, "post_processor"), vocabulary, "post_processor",
                                 around));
    SpecialTokens tokens;
    tokens.unk = tables.unknown;
    if (!around.prefix.empty())
        tokens.bos = around.prefix.front();
    HEARTH_TRY(readSpecialTokens(folder, vocabulary, tokens));
    addKnownEndTokens(tokens, vocabulary, special);

    TokenizerParts parts{std::move(vocabulary),    std::move(added),
                         std::move(decoder),       std::move(tokens),
                         std::move(special),       std::move(around.prefix),
                         std::move(around.suffix), {}};
    return BpeTokenizer::create(std::move(parts), std::move(normalizer),
                                std::move(pre.preTokenizer), std::move(tables));
}

} // namespace

Result<std::unique_ptr<Tokenizer>>
tokenizerFromJson(const json& document, const TokenizerFolder& folder, const std::string& source) {
    auto tokenizer = build(document, folder);
    if (!tokenizer)
        tokenizer.error().path = source;
    return tokenizer;
}

Result<std::unique_ptr<Tokenizer>> readTokenizerJson(const std::filesystem::path& path) {
    HEARTH_TRY_ASSIGN(const json document, readJson(path, kMaxFileBytes));
    HEARTH_TRY_ASSIGN(const TokenizerFolder folder, TokenizerFolder::read(path.parent_path()));
    return tokenizerFromJson(document, folder, path.string());
}

} // namespace hearth
