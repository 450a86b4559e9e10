#pragma once

#include "hearth/result.h"
#include "text/tokenizer.h"

#include <cstdint>
#include <memory>
#include <optional>
#include <string_view>
#include <vector>

namespace hearth {

class GgufFile;

/// The `tokenizer.ggml.` keys of a GGUF file, apart from how they are stored.
struct GgufTokenizerSource {
    std::string_view model; ///< "gpt2", "llama", "bert" or "t5".
    std::string_view pre;   ///< Name of gpt2's pre-tokenization; empty: "default".
    std::vector<std::string_view> tokens;
    std::vector<float> scores;            ///< Of "llama" and "t5"; by id.
    std::vector<std::int32_t> types;      ///< TokenType by id; empty: all normal.
    std::vector<std::string_view> merges; ///< Of "gpt2": "left right".
    std::optional<std::int64_t> bos;
    std::optional<std::int64_t> eos;
    std::optional<std::int64_t> eot;
    std::optional<std::int64_t> unk;
    std::optional<std::int64_t> pad;
    std::optional<bool> addBos; ///< Without it, what models of the kind do.
    std::optional<bool> addEos;
    bool addSpacePrefix = true; ///< Of "llama" and "t5".
    std::optional<std::int64_t> cls; ///< Of "bert": in front instead of BOS,
    std::optional<std::int64_t> sep; ///< and at the end instead of EOS.
    std::string charactersMap;       ///< Of "t5": precompiled_charsmap.
    bool removeExtraSpaces = true;   ///< Of "t5".
    bool lowercase = true;            ///< Of "bert".
    std::optional<bool> stripAccents; ///< Of "bert"; without it, where it makes letters small.
};

/// Errors: Unsupported naming model or pre-tokenization; Corrupt naming the key or token.
Result<std::unique_ptr<Tokenizer>> tokenizerFromGguf(const GgufTokenizerSource& source);

/// The same from an open file.
Result<std::unique_ptr<Tokenizer>> readGgufTokenizer(const GgufFile& file);

} // namespace hearth
