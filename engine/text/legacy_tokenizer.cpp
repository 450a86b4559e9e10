#include "text/legacy_tokenizer.h"

#include "formats/json_file.h"
#include "formats/mapped_file.h"
#include "text/json_fields.h"
#include "text/special_tokens.h"
#include "text/tiktoken_specials.h"
#include "text/tokenizer_json.h"
#include "text/utf8.h"

#include <algorithm>
#include <array>
#include <string>
#include <utility>

namespace hearth {

namespace {

namespace fs = std::filesystem;
using nlohmann::json;
using namespace json_fields;

constexpr std::uint64_t kMaxFileBytes = std::uint64_t{512} << 20;
constexpr const char* kConfig = "tokenizer_config.json";
constexpr const char* kQwen2 =
    R"((?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}| ?[^\s\p{L}\p{N}]+[\r\n]*)"
    R"(|\s*[\r\n]+|\s+(?!\S)|\s+)";

Failure inFile(const fs::path& path, std::string field, std::string detail) {
    Error error;
    error.code = ErrorCode::Corrupt;
    error.path = path.string();
    error.field = std::move(field);
    error.detail = std::move(detail);
    return fail(std::move(error));
}

template<typename Line>
Result<void> forEachLine(const fs::path& path, const Line& add) {
    HEARTH_TRY_ASSIGN(const MappedFile file, MappedFile::open(path));
    std::string_view rest(reinterpret_cast<const char*>(file.bytes().data()), file.bytes().size());
    for (std::size_t number = 1; !rest.empty(); ++number) {
        const std::size_t end = std::min(rest.find('\n'), rest.size());
        std::string_view line = rest.substr(0, end);
        rest.remove_prefix(std::min(end + 1, rest.size()));
        if (line.ends_with('\r'))
            line.remove_suffix(1);
        if (!utf8::isValid(line))
            return inFile(path, "line " + std::to_string(number), "not UTF-8");
        HEARTH_TRY(add(line, number));
    }
    return {};
}

/// The text of a token named in tokenizer_config.json.
std::string nameOf(const TokenizerFolder& folder, const char* key, const char* fallback) {
    const json& value = member(folder.tokenizerConfig, key);
    const json& content = value.is_object() ? member(value, "content") : value;
    return content.is_string() ? content.get<std::string>() : std::string(fallback);
}

json addedToken(const std::string& content, std::int64_t id, bool special) {
    return {{"id", id},         {"content", content}, {"single_word", false}, {"lstrip", false},
            {"rstrip", false}, {"normalized", false}, {"special", special}};
}

json surroundings(const std::string& first, const std::string& last, const json& vocab) {
    const auto special = [&](const std::string& name) {
        return json{{"id", name}, {"ids", {vocab.at(name)}}, {"tokens", {name}}};
    };
    return {{"type", "TemplateProcessing"},
            {"single", {{{"SpecialToken", {{"id", first}, {"type_id", 0}}}},
                        {{"Sequence", {{"id", "A"}, {"type_id", 0}}}},
                        {{"SpecialToken", {{"id", last}, {"type_id", 0}}}}}},
            {"special_tokens", {{first, special(first)}, {last, special(last)}}}};
}

Result<json> bertNormalizer(const TokenizerFolder& folder) {
    const json& config = folder.tokenizerConfig;
    HEARTH_TRY_ASSIGN(const bool lower, boolean(config, "do_lower_case", true, kConfig));
    HEARTH_TRY_ASSIGN(const bool han, boolean(config, "tokenize_chinese_chars", true, kConfig));
    HEARTH_TRY_ASSIGN(const bool strip, boolean(config, "strip_accents", lower, kConfig));
    return json{{"type", "BertNormalizer"}, {"clean_text", true},     {"handle_chinese_chars", han},
                {"strip_accents", strip},   {"lowercase", lower}};
}

Result<json> bertDocument(const fs::path& path, const TokenizerFolder& folder) {
    json vocab = json::object();
    HEARTH_TRY(forEachLine(path, [&](std::string_view line, std::size_t number) -> Result<void> {
        vocab[std::string(line)] = number - 1;
        return {};
    }));
    const std::string unknown = nameOf(folder, "unk_token", "[UNK]");
    if (!vocab.contains(unknown))
        return inFile(path, "\"" + unknown + "\"", "the unknown token is missing");
    json added = json::array();
    for (const auto& [key, fallback] :
         {std::pair{"pad_token", "[PAD]"}, {"unk_token", "[UNK]"}, {"cls_token", "[CLS]"},
          {"sep_token", "[SEP]"}, {"mask_token", "[MASK]"}}) {
        const std::string name = nameOf(folder, key, fallback);
        if (vocab.contains(name))
            added.push_back(addedToken(name, vocab.at(name).get<std::int64_t>(), true));
    }
    HEARTH_TRY_ASSIGN(json normalizer, bertNormalizer(folder));
    json document = {
        {"added_tokens", std::move(added)},
        {"normalizer", std::move(normalizer)},
        {"pre_tokenizer", {{"type", "BertPreTokenizer"}}},
        {"decoder", {{"type", "WordPiece"}, {"prefix", "##"}, {"cleanup", true}}},
        {"model", {{"type", "WordPiece"}, {"unk_token", unknown}}}};
    const std::string first = nameOf(folder, "cls_token", "[CLS]");
    const std::string last = nameOf(folder, "sep_token", "[SEP]");
    if (vocab.contains(first) && vocab.contains(last))
        document["post_processor"] = surroundings(first, last, vocab);
    document["model"]["vocab"] = std::move(vocab);
    return document;
}

Result<json> mergesIn(const fs::path& path) {
    json merges = json::array();
    HEARTH_TRY(forEachLine(path, [&](std::string_view line, std::size_t number) -> Result<void> {
        if (line.empty() || line.starts_with("#version"))
            return {};
        const std::size_t space = line.find(' ');
        if (space == std::string_view::npos || space == 0 || space + 1 == line.size() ||
            line.find(' ', space + 1) != std::string_view::npos)
            return inFile(path, "line " + std::to_string(number), "not a pair of tokens");
        merges.push_back({std::string(line.substr(0, space)), std::string(line.substr(space + 1))});
        return {};
    }));
    return merges;
}

/// Tokens beside the vocabulary, and those of it that are special.
Result<json> addedIn(const fs::path& directory, const TokenizerFolder& folder, const json& vocab) {
    json added = json::array();
    HEARTH_TRY_ASSIGN(const std::vector<AddedToken> decoder, addedTokensDecoder(folder));
    for (const AddedToken& token : decoder)
        added.push_back(addedToken(token.content, token.id, token.special));
    std::error_code ignored;
    if (const fs::path path = directory / "added_tokens.json";
        added.empty() && fs::exists(path, ignored)) {
        HEARTH_TRY_ASSIGN(const json list, readJson(path, kMaxFileBytes));
        for (auto entry = list.begin(); list.is_object() && entry != list.end(); ++entry) {
            HEARTH_TRY_ASSIGN(const std::int64_t id, integer(*entry, path.string()));
            added.push_back(addedToken(entry.key(), id, looksSpecial(entry.key())));
        }
    }
    for (const char* key : {"bos_token", "eos_token", "unk_token", "pad_token", "cls_token",
                            "sep_token", "mask_token"}) {
        const std::string name = nameOf(folder, key, key == std::string_view("unk_token")
                                                         ? "<|endoftext|>"
                                                         : "");
        const bool known = std::any_of(added.begin(), added.end(), [&](const json& token) {
            return token.at("content") == name;
        });
        if (!known && vocab.contains(name))
            added.push_back(addedToken(name, vocab.at(name).get<std::int64_t>(), true));
    }
    return added;
}

Result<json> gpt2Document(const fs::path& directory, const TokenizerFolder& folder) {
    const std::string kind = nameOf(folder, "tokenizer_class", "GPT2Tokenizer");
    constexpr std::array kOthers = {"CLIPTokenizer", "OpenAIGPTTokenizer", "XLMTokenizer",
                                    "CTRLTokenizer", "FSMTTokenizer", "HerbertTokenizer"};
    for (const std::string_view other : kOthers) {
        if (kind.starts_with(other))
            return unsupported("tokenizer_config.json tokenizer_class", kind);
    }
    HEARTH_TRY_ASSIGN(json vocab, readJson(directory / "vocab.json", kMaxFileBytes));
    if (!vocab.is_object())
        return inFile(directory / "vocab.json", "", "not an object");
    HEARTH_TRY_ASSIGN(json merges, mergesIn(directory / "merges.txt"));
    HEARTH_TRY_ASSIGN(json added, addedIn(directory, folder, vocab));
    HEARTH_TRY_ASSIGN(const bool space,
                      boolean(folder.tokenizerConfig, "add_prefix_space", false, kConfig));
    const bool isQwen2 = kind.starts_with("Qwen2");
    const json bytes = {
        {"type", "ByteLevel"}, {"add_prefix_space", space}, {"use_regex", !isQwen2}};
    json document = {{"added_tokens", std::move(added)},
                     {"pre_tokenizer", bytes},
                     {"decoder", {{"type", "ByteLevel"}}}};
    if (isQwen2) {
        document["normalizer"] = {{"type", "NFC"}};
        const json split = {{"type", "Split"},
                            {"pattern", {{"Regex", kQwen2}}},
                            {"behavior", "Isolated"},
                            {"invert", false}};
        document["pre_tokenizer"] = {{"type", "Sequence"}, {"pretokenizers", {split, bytes}}};
    }
    const std::string first = nameOf(folder, "cls_token", "<s>");
    const std::string last = nameOf(folder, "sep_token", "</s>");
    if ((kind.starts_with("Roberta") || kind.starts_with("Bart")) && vocab.contains(first) &&
        vocab.contains(last))
        document["post_processor"] = surroundings(first, last, vocab);
    document["model"] = {
        {"type", "BPE"}, {"vocab", std::move(vocab)}, {"merges", std::move(merges)}};
    return document;
}

} // namespace

Result<std::unique_ptr<Tokenizer>> readVocabularyText(const fs::path& path) {
    HEARTH_TRY_ASSIGN(const TokenizerFolder folder, TokenizerFolder::read(path.parent_path()));
    HEARTH_TRY_ASSIGN(const json document, bertDocument(path, folder));
    return tokenizerFromJson(document, folder, path.string());
}

Result<std::unique_ptr<Tokenizer>> readVocabularyAndMerges(const fs::path& folder) {
    HEARTH_TRY_ASSIGN(const TokenizerFolder beside, TokenizerFolder::read(folder));
    HEARTH_TRY_ASSIGN(const json document, gpt2Document(folder, beside));
    return tokenizerFromJson(document, beside, (folder / "vocab.json").string());
}

} // namespace hearth
