#include "text/special_tokens.h"

#include "formats/format_error.h"
#include "formats/json_file.h"
#include "text/json_fields.h"

#include <algorithm>
#include <array>
#include <string>

namespace hearth {

namespace {

using nlohmann::json;

constexpr std::uint64_t kMaxConfigBytes = std::uint64_t{64} << 20;
constexpr const char* kTokenizerConfig = "tokenizer_config.json";
constexpr const char* kGenerationConfig = "generation_config.json";
constexpr const char* kModelConfig = "config.json";

constexpr std::array<std::string_view, 9> kEndOfTurn = {
    "<|eot_id|>", "<|im_end|>", "<end_of_turn>", "<|end|>",        "<|eom_id|>",
    "<|eot|>",    "<turn|>",    "<EOT>",         "<|end_of_turn|>"};
constexpr std::array<std::string_view, 4> kEndOfText = {"<|endoftext|>", "<|end_of_text|>", "<eos>",
                                                        "<｜end▁of▁sentence｜>"};
constexpr std::array<std::string_view, 7> kRoles = {
    "<start_of_turn>", "<end_of_turn>", "<pad>", "<mask>", "<2mass>", "[@BOS@]", "<eos>"};

// A token's name: a string, or an AddedToken object with `content`.
Result<std::optional<std::int32_t>> named(const TokenizerFolder& folder, const char* key,
                                          const Vocabulary& vocabulary) {
    const json& value = json_fields::member(folder.tokenizerConfig, key);
    if (value.is_null())
        return std::optional<std::int32_t>();
    const json& content = value.is_object() ? json_fields::member(value, "content") : value;
    if (!content.is_string())
        return fileFailure(ErrorCode::Corrupt, (folder.path / kTokenizerConfig).string(), key,
                           "must be a token: its text, or an object with \"content\"");
    return vocabulary.find(content.get_ref<const std::string&>());
}

// One id or a list. -1 stands for none in older files.
Result<std::vector<std::int32_t>> ids(const TokenizerFolder& folder, const char* key,
                                      const Vocabulary& vocabulary) {
    const bool generation = !json_fields::member(folder.generationConfig, key).is_null();
    const std::string path =
        (folder.path / (generation ? kGenerationConfig : kModelConfig)).string();
    const json& value =
        json_fields::member(generation ? folder.generationConfig : folder.modelConfig, key);
    std::vector<std::int32_t> result;
    if (value.is_null())
        return result;
    for (const json& each : value.is_array() ? value : json::array({value})) {
        if (!each.is_number_integer())
            return fileFailure(ErrorCode::Corrupt, path, key, "must be a token id, or several");
        const auto id = each.get<std::int64_t>();
        if (id == -1)
            continue;
        if (!vocabulary.contains(id))
            return fileFailure(ErrorCode::Corrupt, path, key,
                               std::to_string(id) + " is not in the vocabulary");
        result.push_back(static_cast<std::int32_t>(id));
    }
    return result;
}

void addEnd(SpecialTokens& tokens, std::int32_t id) {
    if (std::find(tokens.eos.begin(), tokens.eos.end(), id) == tokens.eos.end())
        tokens.eos.push_back(id);
}

} // namespace

bool looksSpecial(std::string_view token) {
    return (token.starts_with("<|") && token.ends_with("|>")) || token.starts_with("<unused") ||
           std::find(kRoles.begin(), kRoles.end(), token) != kRoles.end();
}

void addKnownEndTokens(SpecialTokens& tokens, const Vocabulary& vocabulary,
                       const std::vector<bool>& special) {
    const auto find = [&](std::string_view name) -> std::optional<std::int32_t> {
        const auto id = vocabulary.find(name);
        return id && special[static_cast<std::size_t>(*id)] ? id : std::nullopt;
    };
    for (const std::string_view name : kEndOfTurn) {
        if (const auto id = find(name)) {
            tokens.eot = tokens.eot.value_or(*id);
            addEnd(tokens, *id);
        }
    }
    for (const std::string_view name : kEndOfText) {
        if (const auto id = find(name))
            addEnd(tokens, *id);
    }
}

Result<TokenizerFolder> TokenizerFolder::read(const std::filesystem::path& folder) {
    const auto readIfThere = [&](const char* name) -> Result<json> {
        std::error_code ignored;
        const auto file = folder / name;
        if (!std::filesystem::exists(file, ignored))
            return json();
        return readJson(file, kMaxConfigBytes);
    };
    TokenizerFolder result;
    result.path = folder;
    HEARTH_TRY_ASSIGN(result.tokenizerConfig, readIfThere(kTokenizerConfig));
    HEARTH_TRY_ASSIGN(result.generationConfig, readIfThere(kGenerationConfig));
    HEARTH_TRY_ASSIGN(result.modelConfig, readIfThere(kModelConfig));
    return result;
}

Result<void> readSpecialTokens(const TokenizerFolder& folder, const Vocabulary& vocabulary,
                               SpecialTokens& tokens) {
    HEARTH_TRY_ASSIGN(const auto bos, named(folder, "bos_token", vocabulary));
    HEARTH_TRY_ASSIGN(const auto eos, named(folder, "eos_token", vocabulary));
    HEARTH_TRY_ASSIGN(const auto pad, named(folder, "pad_token", vocabulary));
    HEARTH_TRY_ASSIGN(const auto unk, named(folder, "unk_token", vocabulary));
    if (eos)
        addEnd(tokens, *eos);
    HEARTH_TRY_ASSIGN(const auto bosIds, ids(folder, "bos_token_id", vocabulary));
    HEARTH_TRY_ASSIGN(const auto eosIds, ids(folder, "eos_token_id", vocabulary));
    HEARTH_TRY_ASSIGN(const auto padIds, ids(folder, "pad_token_id", vocabulary));
    for (const std::int32_t id : eosIds)
        addEnd(tokens, id);
    const auto choose = [](std::optional<std::int32_t>& token, std::optional<std::int32_t> name,
                           const std::vector<std::int32_t>& numbers) {
        if (name)
            token = name;
        else if (!numbers.empty() && !token)
            token = numbers.front();
    };
    choose(tokens.bos, bos, bosIds);
    choose(tokens.pad, pad, padIds);
    choose(tokens.unk, unk, {});
    return {};
}

} // namespace hearth
