#pragma once

#include "hearth/result.h"
#include "text/added_tokens.h"
#include "text/pipeline_tokenizer.h"
#include "text/vocabulary.h"

#include <nlohmann/json.hpp>

#include <cstdint>
#include <optional>
#include <vector>

namespace hearth::tokenizer_json {

/// The `model` of a tokenizer.json. Errors: Corrupt naming the field; Unsupported naming type or
/// option.

enum class ModelKind : std::uint8_t { Bpe, Unigram, WordPiece };

/// Older files leave the type out; the fields tell.
Result<ModelKind> modelKind(const nlohmann::json& model);

/// The model's tokens and `added`. An added token that the model has too gets the model's id.
Result<Vocabulary> vocabulary(const nlohmann::json& model, std::vector<AddedToken>& added);

struct Model {
    WordModel model;
    std::optional<std::int32_t> unknown;
};
/// `special` by id; `byteLevel`: what comes is bytes, whose tokens are in GPT-2's alphabet.
Result<Model> wordModel(const nlohmann::json& model, const Vocabulary& vocabulary,
                        const std::vector<bool>& special, bool byteLevel);

} // namespace hearth::tokenizer_json
