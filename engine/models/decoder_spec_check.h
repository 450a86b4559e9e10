#pragma once

#include "hearth/result.h"
#include "models/decoder_spec.h"

#include <string>

namespace hearth {

/// What must hold between the fields of a spec that a file gave, so that a program can be built
/// of it: list lengths, indices, and names that are safe to fill in. Sizes and ropes are checked by
/// describeModel() before. `path` is for errors: Corrupt naming the field.
Result<void> checkSpecLists(const DecoderSpec& decoder, const std::string& path);

} // namespace hearth
