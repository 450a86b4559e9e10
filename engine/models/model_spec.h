#pragma once

#include "formats/checkpoint.h"
#include "hearth/result.h"
#include "models/decoder_program.h"
#include "models/decoder_spec.h"
#include "models/encoder_decoder_spec.h"
#include "models/encoder_spec.h"
#include "models/weight_request.h"

#include <variant>

namespace hearth {

/// A model of any kind as data. T5's encoder alone is an EncoderDecoderSpec without decoder layers.
using ModelSpec = std::variant<DecoderSpec, EncoderSpec, EncoderDecoderSpec>;

/// Errors: those of the three describing functions.
Result<ModelSpec> describeAnyModel(const Checkpoint& checkpoint);

/// All of a model as it computes with F16: the program of its decoder, or of its encoder where it
/// has no decoder, and the weights of both.
DecoderProgram programOf(const ModelSpec& spec, const Checkpoint& checkpoint, const Shard& shard);

/// The sizes of any model in a decoder's words, those of its decoder where it has one.
[[nodiscard]] DecoderSpec sizesOf(const ModelSpec& spec);

} // namespace hearth
