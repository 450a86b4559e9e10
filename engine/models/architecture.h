#pragma once

#include "formats/checkpoint.h"
#include "hearth/result.h"
#include "models/decoder_spec.h"

#include <string>
#include <string_view>
#include <vector>

namespace hearth {

/// Describes the model in a checkpoint. Errors: Unsupported naming the architecture, or the
/// feature of it that we cannot run; Corrupt naming the key whose value is absurd or missing.
Result<DecoderSpec> describeModel(const Checkpoint& checkpoint);

/// The checkpoint's own word for its architecture: `model_type` or `general.architecture`.
Result<std::string> architectureOf(const Checkpoint& checkpoint);

/// Architectures that can be run, sorted.
[[nodiscard]] std::vector<std::string_view> supportedArchitectures();

} // namespace hearth
