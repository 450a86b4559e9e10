#include "convert/gguf_tokens.h"

#include "convert/gguf_pieces.h"
#include "formats/format_error.h"
#include "formats/json_file.h"
#include "text/sentencepiece_model.h"

#include <algorithm>
#include <array>
#include <fstream>
#include <iterator>
#include <limits>
#include <string_view>
#include <unordered_map>
#include <utility>

namespace hearth {

namespace {

using Json = nlohmann::json;

constexpr std::uint64_t kMaxFileBytes = std::uint64_t{512} << 20;
constexpr std::int64_t kMaxTokens = 1 << 24;

struct PreTokenizerName {
    std::string_view expression; ///< A part that no other has.
    std::string_view name;
};

// In this order: the first whose expression stands in the pre-tokenizer names it.
constexpr std::array kPreTokenizers{
    PreTokenizerName{R"([\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]*[\p{Ll}\p{Lm}\p{Lo}\p{M}]+(?i:'s)", "gpt-4o"},
    PreTokenizerName{R"([\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]*[\p{Ll}\p{Lm}\p{Lo}\p{M}]+|)", "tekken"},
    PreTokenizerName{R"(?\p{L}+|\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n]*)", "llama-bpe"},
    PreTokenizerName{R"(?\p{L}+|\p{N}| ?[^\s\p{L}\p{N}]+[\r\n]*)", "qwen2"},
    PreTokenizerName{R"([!"#$%&'()*+,\-./:;<=>?@\[\\\]^_`{|}~][A-Za-z]+)", "deepseek-v3"},
    PreTokenizerName{R"([一-龥ࠀ-一가-퟿]+)", "deepseek-coder"},
};

const Json& member(const Json& object, const char* key) {
    static const Json none;
    if (!object.is_object())
        return none;
    const auto found = object.find(key);
    return found == object.end() ? none : *found;
}

/// All expressions of a pre-tokenizer, joined.
void collectExpressions(const Json& pre, std::string& out, bool& digits, bool& byteLevel) {
    const Json& type = member(pre, "type");
    if (type == "Sequence")
        for (const Json& each : member(pre, "pretokenizers"))
            collectExpressions(each, out, digits, byteLevel);
    if (type == "Digits")
        digits = member(pre, "individual_digits") == true;
    if (type == "ByteLevel")
        byteLevel = member(pre, "use_regex") != false;
    const Json& expression = member(member(pre, "pattern"), "Regex");
    if (expression.is_string())
        out += expression.get_ref<const std::string&>() + "\n";
}

Result<std::string> preTokenizerName(const Json& document, const std::string& path) {
    std::string expressions;
    bool digits = false;
    bool byteLevel = false;
    collectExpressions(member(document, "pre_tokenizer"), expressions, digits, byteLevel);
    if (expressions.empty() && byteLevel)
        return std::string(digits ? "smollm" : "gpt-2");
    for (const PreTokenizerName& each : kPreTokenizers)
        if (expressions.find(each.expression) != std::string::npos)
            return std::string(each.name);
    return fileFailure(ErrorCode::Unsupported, path, "pre_tokenizer",
                       "an expression that GGUF has no name for");
}

Result<void> addEntries(const Json& document, const std::string& path, GgufTokens& tokens) {
    const auto id = [&](const Json& value) -> Result<std::int32_t> {
        const std::int64_t number = value.is_number_integer() ? value.get<std::int64_t>() : -1;
        if (number < 0 || number >= kMaxTokens)
            return fileFailure(ErrorCode::Corrupt, path, "vocab", "an id is out of range");
        return static_cast<std::int32_t>(number);
    };
    const Json& vocabulary = member(member(document, "model"), "vocab");
    if (!vocabulary.is_object())
        return fileFailure(ErrorCode::Corrupt, path, "vocab", "is not an object");
    for (auto entry = vocabulary.begin(); entry != vocabulary.end(); ++entry) {
        HEARTH_TRY_ASSIGN(const std::int32_t number, id(*entry));
        tokens.set(number, entry.key(), 0.0F, TokenType::Normal);
    }
    for (const Json& added : member(document, "added_tokens")) {
        HEARTH_TRY_ASSIGN(const std::int32_t number, id(member(added, "id")));
        const Json& text = member(added, "content");
        if (!text.is_string())
            return fileFailure(ErrorCode::Corrupt, path, "added_tokens", "one has no content");
        const bool special = member(added, "special") == true;
        tokens.set(number, text.get<std::string>(), 0.0F,
                   special ? TokenType::Control : TokenType::UserDefined);
    }
    return {};
}

Result<std::vector<std::pair<std::string, std::string>>> mergesOf(const Json& document,
                                                                  const std::string& path) {
    std::vector<std::pair<std::string, std::string>> merges;
    for (const Json& merge : member(member(document, "model"), "merges")) {
        if (merge.is_array() && merge.size() == 2 && merge[0].is_string() && merge[1].is_string()) {
            merges.emplace_back(merge[0].get<std::string>(), merge[1].get<std::string>());
            continue;
        }
        const std::string text = merge.is_string() ? merge.get<std::string>() : std::string();
        const std::size_t space = text.find(' ', 1);
        if (space == std::string::npos)
            return fileFailure(ErrorCode::Corrupt, path, "merges", "one is no pair");
        merges.emplace_back(text.substr(0, space), text.substr(space + 1));
    }
    return merges;
}

/// BPE over characters, as sentencepiece has it: what is merged first has the highest score.
void scoreByMerges(const std::vector<std::pair<std::string, std::string>>& merges,
                   GgufTokens& tokens) {
    std::unordered_map<std::string, float> scores;
    for (std::size_t i = 0; i < merges.size(); ++i)
        scores.try_emplace(merges[i].first + merges[i].second, -static_cast<float>(i));
    const auto lowest = -static_cast<float>(merges.size());
    tokens.scores.assign(tokens.texts.size(), lowest);
    for (std::size_t i = 0; i < tokens.texts.size(); ++i) {
        const std::string& text = tokens.texts[i];
        if (const auto found = scores.find(text); found != scores.end())
            tokens.scores[i] = found->second;
        if (text.size() == 6 && text.starts_with("<0x") && text.ends_with('>'))
            tokens.types[i] = static_cast<std::int32_t>(TokenType::Byte);
        if (text == "<unk>")
            tokens.types[i] = static_cast<std::int32_t>(TokenType::Unknown);
    }
}

} // namespace

void GgufTokens::resize(std::size_t count) {
    for (std::size_t i = texts.size(); i < count; ++i) {
        texts.push_back("[PAD" + std::to_string(i) + "]");
        scores.push_back(0.0F);
        types.push_back(static_cast<std::int32_t>(TokenType::Unused));
    }
}

void GgufTokens::set(std::int32_t id, std::string text, float score, TokenType type) {
    const auto at = static_cast<std::size_t>(id);
    resize(at + 1);
    texts[at] = std::move(text);
    scores[at] = score;
    types[at] = static_cast<std::int32_t>(type);
}

Result<GgufTokens> tokensOfTokenizerJson(const std::filesystem::path& path) {
    HEARTH_TRY_ASSIGN(const Json document, readJson(path, kMaxFileBytes));
    const Json& model = member(document, "model");
    if (member(model, "type") == "Unigram")
        return tokensOfUnigram(document, path.string());
    if (member(model, "type") == "WordPiece")
        return tokensOfWordPiece(document, path.string());
    if (member(model, "type") != "BPE")
        return fileFailure(ErrorCode::Unsupported, path.string(), "model.type",
                           member(model, "type").dump() + " in a GGUF file");
    GgufTokens tokens;
    HEARTH_TRY(addEntries(document, path.string(), tokens));
    HEARTH_TRY_ASSIGN(const auto merges, mergesOf(document, path.string()));
    if (member(model, "byte_fallback") == true) {
        tokens.model = "llama";
        scoreByMerges(merges, tokens);
        return tokens;
    }
    tokens.model = "gpt2";
    HEARTH_TRY_ASSIGN(tokens.pre, preTokenizerName(document, path.string()));
    for (const auto& [left, right] : merges)
        tokens.merges.push_back(left + " " + right);
    return tokens;
}

Result<GgufTokens> tokensOfSentencePiece(const std::filesystem::path& path) {
    std::ifstream file(path, std::ios::binary);
    const std::string bytes(std::istreambuf_iterator<char>(file), {});
    HEARTH_TRY_ASSIGN(const SentencePieceModel model, SentencePieceModel::parse(bytes));
    if (model.kind != SentencePieceModel::Kind::Bpe &&
        model.kind != SentencePieceModel::Kind::Unigram)
        return fileFailure(ErrorCode::Unsupported, path.string(), "model_type",
                           "words or characters in a GGUF file");
    GgufTokens tokens;
    tokens.model = model.kind == SentencePieceModel::Kind::Bpe ? "llama" : "t5";
    tokens.addSpacePrefix = model.addDummyPrefix;
    tokens.removeExtraSpaces = model.removeExtraSpaces;
    tokens.charactersMap = model.charactersMapBytes;
    for (std::size_t i = 0; i < model.pieces.size(); ++i)
        tokens.set(static_cast<std::int32_t>(i), std::string(model.pieces[i].text),
                   model.pieces[i].score, model.pieces[i].type);
    return tokens;
}

} // namespace hearth
