#pragma once

#include "hearth/result.h"
#include "text/special_tokens.h"
#include "text/tokenizer.h"

#include <filesystem>
#include <memory>
#include <string>
#include <string_view>

namespace hearth {

/// Reads a sentencepiece .model file. BPE models that leave characters as they are (Llama 2,
/// Mistral, Gemma) run on our own BPE, which gives the same ids faster; all others on the library.
/// Errors: NotFound, Io; those of SentencePieceModel::parse(); Corrupt if the library refuses it.
Result<std::unique_ptr<Tokenizer>> readSentencePiece(const std::filesystem::path& path);

/// The same from the file's bytes; `source` is the path that errors carry.
Result<std::unique_ptr<Tokenizer>> sentencePieceTokenizer(std::string_view bytes,
                                                          const TokenizerFolder& folder,
                                                          const std::string& source);

/// As sentencePieceTokenizer(), always on the library: the reference for our own BPE.
Result<std::unique_ptr<Tokenizer>> sentencePieceLibraryTokenizer(std::string_view bytes,
                                                                 const TokenizerFolder& folder,
                                                                 const std::string& source);

} // namespace hearth
