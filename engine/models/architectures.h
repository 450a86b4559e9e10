#pragma once

#include "formats/checkpoint.h"
#include "hearth/result.h"
#include "models/decoder.h"

namespace hearth {

// One function an architecture, each in the file of its name.
Result<Decoder> describeLlama(const Checkpoint& checkpoint);
Result<Decoder> describeQwen2(const Checkpoint& checkpoint);

} // namespace hearth
