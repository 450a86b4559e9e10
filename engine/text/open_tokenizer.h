#pragma once

#include "hearth/result.h"
#include "text/tokenizer.h"

#include <filesystem>
#include <memory>

namespace hearth {

/// Opens the tokenizer of a checkpoint: of a GGUF file, a tokenizer.json or a sentencepiece
/// .model, or of a folder that has tokenizer.json, tokenizer.model or spiece.model (in this order;
/// a tokenizer.json of a kind that we lack gives way to a .model beside it), or one GGUF file.
/// Errors: NotFound if there is none; those of the readers.
Result<std::unique_ptr<Tokenizer>> openTokenizer(const std::filesystem::path& path);

} // namespace hearth
