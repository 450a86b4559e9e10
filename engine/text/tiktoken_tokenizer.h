#pragma once

#include "hearth/result.h"
#include "text/special_tokens.h"
#include "text/tokenizer.h"

#include <filesystem>
#include <memory>
#include <string>
#include <string_view>

namespace hearth {

/// Whose ranks a tiktoken file holds: this decides pattern and special tokens, which it lacks.
enum class TiktokenFamily : std::uint8_t { Qwen, Llama3, ChatGlm4, Kimi };

/// Whether the file begins like tiktoken's: base64, a space, a number.
[[nodiscard]] bool looksLikeTiktoken(std::string_view bytes);

/// The family that the file's name and `tokenizer_class` in tokenizer_config.json tell.
[[nodiscard]] TiktokenFamily tiktokenFamily(const std::filesystem::path& path,
                                            const TokenizerFolder& folder);

/// Reads a file of OpenAI's tiktoken (https://github.com/openai/tiktoken): a line a token, its
/// bytes in base64 and its rank, which is its id. Special tokens follow the ranks; names in
/// `added_tokens_decoder` of tokenizer_config.json win over the family's own.
/// Errors: Corrupt naming the line: not base64, no number, a rank or token given twice, ranks far
/// above their count, a byte without a token.
Result<std::unique_ptr<Tokenizer>> tiktokenTokenizer(std::string_view bytes, TiktokenFamily family,
                                                     const TokenizerFolder& folder,
                                                     const std::string& source);
/// The same from a file. Errors: NotFound, Io too.
Result<std::unique_ptr<Tokenizer>> readTiktoken(const std::filesystem::path& path);

} // namespace hearth
