#pragma once

#include "hearth/result.h"
#include "text/special_tokens.h"
#include "text/tokenizer.h"

#include <filesystem>
#include <memory>
#include <string>
#include <string_view>

namespace hearth {

/// Reads a sentencepiece .model file with a BPE or unigram model. Gives the ids of the library,
/// which is not used: it takes quadratic time for runs of unknown characters, its BPE reaches 2 to
/// 4 MB/s, and its loader trusts lengths and tables in the file.
/// Errors: NotFound, Io; those of SentencePieceModel::parse(); Unsupported for other models.
Result<std::unique_ptr<Tokenizer>> readSentencePiece(const std::filesystem::path& path);

/// The same from the file's bytes; `source` is the path that errors carry.
Result<std::unique_ptr<Tokenizer>> sentencePieceTokenizer(std::string_view bytes,
                                                          const TokenizerFolder& folder,
                                                          const std::string& source);

} // namespace hearth
