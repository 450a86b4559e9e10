#pragma once

#include "hearth/result.h"
#include "text/decoder.h"
#include "text/normalizer.h"
#include "text/pretokenizer.h"

#include <nlohmann/json.hpp>

#include <vector>

namespace hearth::tokenizer_json {

/// The components of a tokenizer.json other than the model. Null yields a component that changes
/// nothing (for the decoder: joins with spaces).
/// Errors: Corrupt naming the field; Unsupported naming the type.

Result<Normalizer> normalizer(const nlohmann::json& value);

struct PreTokenization {
    PreTokenizer preTokenizer;
    bool byteLevel = false; ///< The model's alphabet is GPT-2's bytes.
};
Result<PreTokenization> preTokenizer(const nlohmann::json& value);

Result<Decoder> decoder(const nlohmann::json& value);

} // namespace hearth::tokenizer_json
