#include "convert/gguf_pieces.h"

#include "formats/format_error.h"
#include "text/base64.h"
#include "text/json_fields.h"
#include "text/open_tokenizer.h"
#include "text/space_marker.h"
#include "text/special_tokens.h"

#include <memory>
#include <optional>
#include <string_view>
#include <utility>

namespace hearth {

namespace {

using Json = nlohmann::json;
using json_fields::member;

constexpr std::size_t kMaxPieces = 1 << 24;

bool isByte(std::string_view text) {
    return text.size() == 6 && text.starts_with("<0x") && text.ends_with('>');
}

/// A token as llama.cpp has those of BERT: what begins a word is marked, what goes on is not.
std::string phantom(std::string_view text) {
    constexpr std::string_view kContinuing = "##";
    if (text.starts_with(kContinuing))
        return std::string(text.substr(kContinuing.size()));
    return std::string(kSpaceMarker) + std::string(text);
}

/// The steps of a normalizer or pre-tokenizer, one by one.
std::vector<Json> stepsOf(const Json& whole, const char* list) {
    std::vector<Json> steps;
    if (whole.is_null())
        return steps;
    if (member(whole, "type") != "Sequence")
        return {whole};
    for (const Json& step : member(whole, list))
        steps.push_back(step);
    return steps;
}

Result<void> addUnigramNormalizer(const Json& document, const std::string& path,
                                  GgufTokens& tokens) {
    for (const Json& step : stepsOf(member(document, "normalizer"), "normalizers")) {
        const Json& type = member(step, "type");
        const Json& map = member(step, "precompiled_charsmap");
        const Json& expression = member(member(step, "pattern"), "Regex");
        if (type == "Precompiled" && map.is_string()) {
            const auto bytes = base64Bytes(map.get_ref<const std::string&>());
            if (!bytes)
                return fileFailure(ErrorCode::Corrupt, path, "precompiled_charsmap",
                                   "is not base64");
            tokens.charactersMap = *bytes;
        } else if ((type == "Replace" && expression == " {2,}") || type == "Strip") {
            tokens.removeExtraSpaces = true;
        } else {
            return fileFailure(ErrorCode::Unsupported, path, "normalizer",
                               type.dump() + " in a GGUF file");
        }
    }
    for (const Json& step : stepsOf(member(document, "pre_tokenizer"), "pretokenizers")) {
        if (member(step, "type") == "WhitespaceSplit")
            tokens.removeExtraSpaces = true;
        else if (member(step, "type") == "Metaspace")
            tokens.addSpacePrefix = member(step, "prepend_scheme") != "never" &&
                                    member(step, "add_prefix_space") != false;
        else
            return fileFailure(ErrorCode::Unsupported, path, "pre_tokenizer",
                               member(step, "type").dump() + " in a GGUF file");
    }
    return {};
}

/// `normal` is what becomes of the text of a token that is nothing but text.
template<typename Text>
Result<void> addAddedTokens(const Json& document, const std::string& path, const Text& normal,
                            GgufTokens& tokens) {
    for (const Json& added : member(document, "added_tokens")) {
        const Json& id = member(added, "id");
        const Json& content = member(added, "content");
        if (!id.is_number_unsigned() || id.get<std::uint64_t>() >= kMaxPieces ||
            !content.is_string())
            return fileFailure(ErrorCode::Corrupt, path, "added_tokens",
                               "one has no content or an id out of range");
        const bool special = member(added, "special") == true;
        const auto& text = content.get_ref<const std::string&>();
        tokens.set(id.get<std::int32_t>(), special ? text : normal(text), 0.0F,
                   special ? TokenType::Control : TokenType::UserDefined);
    }
    return {};
}

Result<void> checkWordPiece(const Json& document, const std::string& path) {
    const Json& prefix = member(member(document, "model"), "continuing_subword_prefix");
    if (!prefix.is_null() && prefix != "##")
        return fileFailure(ErrorCode::Unsupported, path, "continuing_subword_prefix",
                           prefix.dump() + " in a GGUF file");
    for (const auto& [part, type] :
         {std::pair{"normalizer", "BertNormalizer"}, {"pre_tokenizer", "BertPreTokenizer"}})
        if (member(member(document, part), "type") != type)
            return fileFailure(ErrorCode::Unsupported, path, part,
                               member(member(document, part), "type").dump() + " in a GGUF file");
    return {};
}

} // namespace

Result<GgufTokens> tokensOfUnigram(const Json& document, const std::string& path) {
    const Json& model = member(document, "model");
    const Json& unknown = member(model, "unk_id");
    const bool hasBytes = member(model, "byte_fallback") == true;
    GgufTokens tokens;
    tokens.model = "t5";
    HEARTH_TRY(addUnigramNormalizer(document, path, tokens));
    const Json& pieces = member(model, "vocab");
    if (!pieces.is_array() || pieces.size() > kMaxPieces)
        return fileFailure(ErrorCode::Corrupt, path, "vocab", "is no list of pieces");
    for (const Json& piece : pieces) {
        if (!piece.is_array() || piece.size() != 2 || !piece[0].is_string() ||
            !piece[1].is_number())
            return fileFailure(ErrorCode::Corrupt, path, "vocab",
                               "holds something that is no piece and score");
        const auto& text = piece[0].get_ref<const std::string&>();
        const auto id = static_cast<std::int32_t>(tokens.texts.size());
        TokenType type = hasBytes && isByte(text) ? TokenType::Byte : TokenType::Normal;
        if (unknown == id)
            type = TokenType::Unknown;
        tokens.set(id, text, piece[1].get<float>(), type);
    }
    const auto same = [](const std::string& text) { return text; };
    HEARTH_TRY(addAddedTokens(document, path, same, tokens));
    if (unknown.is_number_unsigned() && unknown.get<std::uint64_t>() < tokens.types.size())
        tokens.types[unknown.get<std::size_t>()] = static_cast<std::int32_t>(TokenType::Unknown);
    return tokens;
}

Result<GgufTokens> tokensOfWordPiece(const Json& document, const std::string& path) {
    HEARTH_TRY(checkWordPiece(document, path));
    GgufTokens tokens;
    tokens.model = "bert";
    const Json& normalizer = member(document, "normalizer");
    const std::string where = "normalizer";
    HEARTH_TRY_ASSIGN(tokens.lowercase,
                      json_fields::boolean(normalizer, "lowercase", true, where));
    HEARTH_TRY_ASSIGN(tokens.stripAccents, json_fields::boolean(normalizer, "strip_accents",
                                                                tokens.lowercase, where));
    const Json& unknown = member(member(document, "model"), "unk_token");
    const Json& entries = member(member(document, "model"), "vocab");
    if (!entries.is_object())
        return fileFailure(ErrorCode::Corrupt, path, "vocab", "is not an object");
    for (const auto& [text, id] : entries.items()) {
        if (!id.is_number_unsigned() || id.get<std::uint64_t>() >= kMaxPieces)
            return fileFailure(ErrorCode::Corrupt, path, "vocab", "an id is out of range");
        const bool isUnknown = unknown == text;
        tokens.set(id.get<std::int32_t>(), isUnknown ? text : phantom(text), 0.0F,
                   isUnknown ? TokenType::Control : TokenType::Normal);
    }
    HEARTH_TRY(addAddedTokens(document, path, phantom, tokens));
    return tokens;
}

Result<GgufTokens> tokensOfVocabularyText(const std::filesystem::path& path) {
    HEARTH_TRY_ASSIGN(const std::unique_ptr<Tokenizer> tokenizer, openTokenizer(path));
    HEARTH_TRY_ASSIGN(const TokenizerFolder folder, TokenizerFolder::read(path.parent_path()));
    GgufTokens tokens;
    tokens.model = "bert";
    const std::string where = "tokenizer_config.json";
    HEARTH_TRY_ASSIGN(tokens.lowercase, json_fields::boolean(folder.tokenizerConfig,
                                                             "do_lower_case", true, where));
    HEARTH_TRY_ASSIGN(tokens.stripAccents,
                      json_fields::boolean(folder.tokenizerConfig, "strip_accents",
                                           tokens.lowercase, where));
    for (std::int32_t id = 0; std::cmp_less(id, tokenizer->vocabularySize()); ++id) {
        const std::string_view text = tokenizer->tokenText(id);
        const bool special = tokenizer->isSpecial(id);
        tokens.set(id, special ? std::string(text) : phantom(text), 0.0F,
                   special ? TokenType::Control : TokenType::Normal);
    }
    return tokens;
}

} // namespace hearth
