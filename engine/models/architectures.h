#pragma once

#include "formats/checkpoint.h"
#include "hearth/result.h"
#include "models/decoder_spec.h"

namespace hearth {

// One function an architecture, each in the file of its name.
Result<DecoderSpec> describeLlama(const Checkpoint& checkpoint);
Result<DecoderSpec> describeQwen2(const Checkpoint& checkpoint);

} // namespace hearth
