#pragma once

#include "hearth/result.h"
#include "text/tokenizer.h"

#include <filesystem>
#include <memory>

namespace hearth {

/// Folders from before tokenizer.json: their files are written as the tokenizer.json that
/// transformers would convert them to, which is then read.

/// BERT's vocab.txt, a token a line, with tokenizer_config.json (do_lower_case, strip_accents,
/// tokenize_chinese_chars, the special tokens' names) beside it. Of equal lines the last counts.
/// Errors: NotFound, Io; Corrupt if it is empty, not UTF-8 or lacks the unknown token.
Result<std::unique_ptr<Tokenizer>> readVocabularyText(const std::filesystem::path& path);

/// GPT-2's vocab.json in `folder` with merges.txt, and added_tokens.json or `added_tokens_decoder`
/// of tokenizer_config.json where they are.
/// Errors: NotFound, Io; Corrupt naming file and line; Unsupported naming a tokenizer_class with
/// other rules.
Result<std::unique_ptr<Tokenizer>> readVocabularyAndMerges(const std::filesystem::path& folder);

} // namespace hearth
