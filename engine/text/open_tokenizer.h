#pragma once

#include "hearth/result.h"
#include "text/tokenizer.h"

#include <filesystem>
#include <memory>

namespace hearth {

/// Opens the tokenizer of a checkpoint: of a GGUF file, a tokenizer.json, a sentencepiece or
/// tiktoken file, or of a folder that has (in this order) tokenizer.json; tokenizer.model,
/// tiktoken.model, qwen.tiktoken or spiece.model; vocab.json with merges.txt; vocab.txt; one GGUF
/// file. A tokenizer.json of a kind that we lack gives way to a .model beside it.
/// Errors: NotFound if there is none; those of the readers.
Result<std::unique_ptr<Tokenizer>> openTokenizer(const std::filesystem::path& path);

} // namespace hearth
