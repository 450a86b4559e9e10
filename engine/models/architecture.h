#pragma once

#include "formats/checkpoint.h"
#include "hearth/result.h"
#include "models/decoder_spec.h"

#include <nlohmann/json_fwd.hpp>

#include <string>
#include <string_view>
#include <vector>

namespace hearth {

/// Describes the model in a checkpoint. Errors: Unsupported naming the architecture, or the
/// feature of it that we cannot run; Corrupt naming the key whose value is absurd or missing.
Result<DecoderSpec> describeModel(const Checkpoint& checkpoint);

/// The checkpoint's own word for its architecture: `model_type` or `general.architecture`.
Result<std::string> architectureOf(const Checkpoint& checkpoint);

/// The sentence for an architecture that nobody here knows. Unsupported.
[[nodiscard]] Failure unknownArchitecture(const Checkpoint& checkpoint, const std::string& name);

/// True if describeModel() knows the architecture that a config.json names.
[[nodiscard]] bool isKnownDecoder(const nlohmann::json& config);

struct ArchitectureInfo {
    std::string_view modelType; ///< `model_type` of config.json.
    std::string_view className; ///< In `architectures` of config.json.
    std::string_view ggufName;  ///< `general.architecture` of its GGUF files; empty: has none.
};

/// What can be run, sorted by model type.
[[nodiscard]] std::vector<ArchitectureInfo> supportedArchitectures();

} // namespace hearth
