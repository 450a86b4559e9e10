#include "text/tokenizer_json.h"

#include "formats/json_file.h"
#include "text/json_fields.h"
#include "text/pipeline_tokenizer.h"
#include "text/tokenizer_json_components.h"
#include "text/tokenizer_json_model.h"

#include <algorithm>
#include <utility>

namespace hearth {

namespace {

using nlohmann::json;
using namespace json_fields;

constexpr std::uint64_t kMaxTokenizerJsonBytes = std::uint64_t{512} << 20;

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
    HEARTH_TRY_ASSIGN(std::vector<AddedToken> added, addedTokens(document));
    HEARTH_TRY_ASSIGN(Vocabulary vocabulary, tokenizer_json::vocabulary(model, added));
    std::vector<bool> special(vocabulary.size());
    for (const AddedToken& token : added)
        special[static_cast<std::size_t>(token.id)] = token.special;

    HEARTH_TRY_ASSIGN(Normalizer normalizer,
                      tokenizer_json::normalizer(member(document, "normalizer")));
    HEARTH_TRY_ASSIGN(tokenizer_json::PreTokenization pre,
                      tokenizer_json::preTokenizer(member(document, "pre_tokenizer")));
    HEARTH_TRY_ASSIGN(Decoder decoder, tokenizer_json::decoder(member(document, "decoder")));
    HEARTH_TRY_ASSIGN(tokenizer_json::Model words,
                      tokenizer_json::wordModel(model, vocabulary, special, pre.byteLevel));
    Surroundings around;
    HEARTH_TRY(readPostProcessor(member(document, "post_processor"), vocabulary, "post_processor",
                                 around));
    SpecialTokens tokens;
    tokens.unk = words.unknown;
    if (!around.prefix.empty())
        tokens.bos = around.prefix.front();
    HEARTH_TRY(readSpecialTokens(folder, vocabulary, tokens));
    addKnownEndTokens(tokens, vocabulary, special);

    TokenizerParts parts{std::move(vocabulary),    std::move(added),
                         std::move(decoder),       std::move(tokens),
                         std::move(special),       std::move(around.prefix),
                         std::move(around.suffix), {}};
    return PipelineTokenizer::create(std::move(parts), std::move(normalizer),
                                     std::move(pre.preTokenizer), std::move(words.model));
}

} // namespace

Result<std::unique_ptr<Tokenizer>>
tokenizerFromJson(const json& document, const TokenizerFolder& folder, const std::string& source) {
    auto tokenizer = build(document, folder);
    if (!tokenizer && tokenizer.error().path.empty())
        tokenizer.error().path = source;
    return tokenizer;
}

Result<std::unique_ptr<Tokenizer>> readTokenizerJson(const std::filesystem::path& path) {
    HEARTH_TRY_ASSIGN(const json document, readJson(path, kMaxTokenizerJsonBytes));
    HEARTH_TRY_ASSIGN(const TokenizerFolder folder, TokenizerFolder::read(path.parent_path()));
    return tokenizerFromJson(document, folder, path.string());
}

} // namespace hearth
