#pragma once

#include "formats/checkpoint.h"
#include "hearth/embedder.h"
#include "hearth/result.h"

#include <nlohmann/json.hpp>

#include <cstdint>
#include <optional>

namespace hearth {

/// What a checkpoint says of the way from its hidden states to a text's vector.
struct PoolingSpec {
    std::optional<Pooling> pooling;
    std::optional<bool> normalise;
    std::optional<std::int32_t> maxTokens; ///< Longest text, special tokens included.
};

/// Reads what sentence-transformers keeps beside a model (modules.json, 1_Pooling/config.json,
/// sentence_bert_config.json), GGUF's `pooling_type`, or what a workspace has; all empty where
/// there is nothing. Errors: Unsupported naming a module or pooling that we lack; Corrupt naming
/// the file and key.
Result<PoolingSpec> readPooling(const Checkpoint& checkpoint);

/// For a workspace; null where nothing is said.
[[nodiscard]] nlohmann::json toJson(const PoolingSpec& spec);

} // namespace hearth
