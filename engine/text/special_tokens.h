#pragma once

#include "hearth/result.h"
#include "text/tokenizer.h"
#include "text/vocabulary.h"

#include <nlohmann/json.hpp>

#include <filesystem>
#include <string_view>
#include <vector>

namespace hearth {

/// Whether a user-defined token of a sentencepiece model or a GGUF file is one of those that end a
/// turn, open a role and the like, although its type does not say so.
[[nodiscard]] bool looksSpecial(std::string_view token);

/// Adds the end-of-turn token and the end-of-text tokens that the vocabulary has under a known
/// name to `tokens`. Only tokens that are `special` (by id) count.
void addKnownEndTokens(SpecialTokens& tokens, const Vocabulary& vocabulary,
                       const std::vector<bool>& special);

/// The JSON files beside a tokenizer that say what its special tokens are; null where absent.
struct TokenizerFolder {
    nlohmann::json tokenizerConfig;  ///< tokenizer_config.json
    nlohmann::json generationConfig; ///< generation_config.json
    nlohmann::json modelConfig;      ///< config.json
    std::filesystem::path path;      ///< Of the folder.

    /// Errors: those of readJson() for files that exist.
    static Result<TokenizerFolder> read(const std::filesystem::path& folder);
};

/// Reads the tokens named in tokenizer_config.json (a name that the vocabulary lacks is ignored)
/// and the ids in generation_config.json, or else config.json, into `tokens`.
/// Errors: Corrupt naming the file and a field of the wrong type, or an id outside the vocabulary.
Result<void> readSpecialTokens(const TokenizerFolder& folder, const Vocabulary& vocabulary,
                               SpecialTokens& tokens);

} // namespace hearth
