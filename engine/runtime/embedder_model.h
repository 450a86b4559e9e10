#pragma once

#include "formats/checkpoint.h"
#include "hearth/embedder.h"
#include "hearth/result.h"
#include "models/decoder_program.h"
#include "models/rope.h"
#include "runtime/device_pool.h"

#include <cstdint>
#include <optional>
#include <vector>

namespace hearth {

/// What embedding needs of a model, whatever its kind: a program that ends with the hidden states.
struct EmbedderDesign {
    DecoderProgram program;
    ModelInfo info;              ///< What the checkpoint says: sizes, kind, architecture.
    std::vector<RopeSpec> ropes; ///< Of decoders, see HostStep::ropeLengths.
    std::optional<std::int32_t> endToken; ///< That ends every text.
};

/// Designs the program of an encoder, of an encoder–decoder's encoder, or of a decoder without its
/// head. Keys and values are kept one layer at a time, in the placement's compute type.
/// Errors: those of the spec readers.
Result<EmbedderDesign> designEmbedder(const Checkpoint& checkpoint, const Placement& placement);

} // namespace hearth
