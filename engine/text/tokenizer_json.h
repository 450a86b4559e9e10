#pragma once

#include "hearth/result.h"
#include "text/special_tokens.h"
#include "text/tokenizer.h"

#include <nlohmann/json.hpp>

#include <filesystem>
#include <memory>
#include <string>

namespace hearth {

/// Reads Hugging Face's tokenizer.json (https://github.com/huggingface/tokenizers) with a BPE model
/// (on bytes or on characters), a Unigram or a WordPiece model, and the special tokens that the
/// files beside it name.
/// Errors: NotFound, Io; Corrupt naming the field; Unsupported naming the component that we lack.
Result<std::unique_ptr<Tokenizer>> readTokenizerJson(const std::filesystem::path& path);

/// The same from parsed documents; `source` is the path that errors carry.
Result<std::unique_ptr<Tokenizer>> tokenizerFromJson(const nlohmann::json& document,
                                                     const TokenizerFolder& folder,
                                                     const std::string& source);

} // namespace hearth
