#pragma once

#include "formats/checkpoint.h"
#include "hearth/result.h"
#include "models/decoder_spec.h"

namespace hearth {

/// Reads what config.json files of the Llama family share, both generations of their keys
/// (`rope_theta` and `rope_scaling`, or `rope_parameters`), and the names of their tensors.
/// Unsupported names the rope type or activation that we cannot run.
Result<DecoderSpec> describeHuggingFaceDecoder(const Checkpoint& checkpoint);

} // namespace hearth
