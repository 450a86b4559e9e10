#pragma once

#include "hearth/result.h"
#include "text/bpe_tables.h"

#include <nlohmann/json.hpp>

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

namespace hearth {

/// A vocabulary as GGUF files have it: entry i is token i.
struct GgufTokens {
    std::string model; ///< "gpt2", "llama", "t5", "bert".
    std::string pre;   ///< Name of the pre-tokenizer; gpt2 only.
    std::vector<std::string> texts;
    std::vector<float> scores; ///< Not for gpt2 and bert.
    std::vector<std::int32_t> types;
    std::vector<std::string> merges; ///< gpt2 only.
    bool addSpacePrefix = true;      ///< Not for gpt2 and bert.
    bool removeExtraSpaces = false;  ///< t5 only, as the next.
    std::string charactersMap;       ///< precompiled_charsmap; empty: none.
    bool lowercase = true;           ///< bert only, as the next.
    bool stripAccents = true;

    /// Sets a token; those in between are unused.
    void set(std::int32_t id, std::string text, float score, TokenType type);
    void resize(std::size_t count);
};

/// Errors: Unsupported naming what a GGUF file cannot say; Corrupt.
Result<GgufTokens> tokensOfTokenizerJson(const std::filesystem::path& path);
Result<GgufTokens> tokensOfSentencePiece(const std::filesystem::path& path);

} // namespace hearth
