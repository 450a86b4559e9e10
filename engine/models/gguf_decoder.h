#pragma once

#include "formats/checkpoint.h"
#include "hearth/kernels/program.h"
#include "hearth/result.h"
#include "models/decoder_spec.h"

#include <string_view>

namespace hearth {

/// Reads what GGUF files of the Llama family share: the keys `{architecture}.*` and the names of
/// their tensors. `pairing` is what the architecture's converter wrote.
Result<DecoderSpec> describeGgufDecoder(const Checkpoint& checkpoint, std::string_view architecture,
                                    kernels::RopePairing pairing);

} // namespace hearth
