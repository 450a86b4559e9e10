#pragma once

#include "convert/gguf_tokens.h"
#include "hearth/result.h"

#include <nlohmann/json.hpp>

#include <filesystem>
#include <string>

namespace hearth {

/// The Unigram model of a tokenizer.json, as "t5". Spaces at a text's ends go in a GGUF file where
/// tokenizer.json only joins those that follow each other. `path` is for errors: Unsupported naming
/// a normalizer that a GGUF file cannot have; Corrupt.
Result<GgufTokens> tokensOfUnigram(const nlohmann::json& document, const std::string& path);

/// Its WordPiece model, as "bert". Errors: likewise.
Result<GgufTokens> tokensOfWordPiece(const nlohmann::json& document, const std::string& path);

/// A vocab.txt and the tokenizer_config.json beside it.
Result<GgufTokens> tokensOfVocabularyText(const std::filesystem::path& path);

} // namespace hearth
