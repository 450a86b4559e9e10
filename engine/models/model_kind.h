#pragma once

#include "formats/checkpoint.h"
#include "hearth/model_kind.h"
#include "hearth/result.h"

#include <nlohmann/json_fwd.hpp>

#include <string>
#include <string_view>
#include <vector>

namespace hearth {

/// By the architecture's name; names that are not known count as decoders, which
/// describeModel() then refuses. Errors: those of architectureOf().
Result<ModelKind> modelKindOf(const Checkpoint& checkpoint);

/// True for T5 and its like, whose files may hold the encoder alone: describeEncoderDecoder()
/// reads them.
[[nodiscard]] bool isOfTwoStacks(std::string_view architecture);

/// Whether a config.json names an architecture that can be run, before there are weights beside it.
/// `path` is for errors: Unsupported naming the architecture; Corrupt if it names none.
Result<void> checkArchitecture(const nlohmann::json& config, const std::string& path);

/// The sentence for who asks an encoder for text. Unsupported.
[[nodiscard]] Failure makesEmbeddingsOnly(const Checkpoint& checkpoint);

/// Encoders and encoder–decoders that can be run.
[[nodiscard]] std::vector<std::string_view> encoderArchitectures();

} // namespace hearth
