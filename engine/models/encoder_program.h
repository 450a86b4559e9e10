#pragma once

#include "formats/checkpoint.h"
#include "hearth/kernels/kv_cache.h"
#include "hearth/kernels/program.h"
#include "models/decoder_program.h"
#include "models/encoder_decoder_spec.h"
#include "models/encoder_spec.h"
#include "models/weight_request.h"

#include <vector>

namespace hearth {

/// An encoder written as operations, for steps that hold every sequence whole. Keys and values are
/// of the type `kvType` and live for a layer only: KV group 0 has the room of one. The program's
/// hidden state is the result; it has no logits. Of several ranks each computes its heads and
/// feed-forward columns, as decoders' do: both must be multiples of the ranks.
DecoderProgram buildEncoderProgram(const EncoderSpec& encoder, const Checkpoint& checkpoint,
                                   kernels::DType kvType, const Shard& shard = {});

/// The encoder of an encoder–decoder by itself.
DecoderProgram buildEncoderProgram(const EncoderDecoderSpec& model, const Checkpoint& checkpoint,
                                   kernels::DType kvType, const Shard& shard = {});

/// Both stacks of an encoder–decoder, with one list of weights.
struct EncoderDecoderProgram {
    kernels::Program encoder;                 ///< Ends by filling the Cross group.
    std::vector<kernels::KvLayout> encoderKv; ///< Group 0: as above; group 1: decoder.kv[1].
    DecoderProgram decoder; ///< Group 0: its own tokens; group 1: Cross. Its weights are both's.
};

/// `kvType` and `kvBits` as in KvLayout, of both groups of the decoder; the encoder's own keys and
/// values are of `computeType`, which the device computes in.
EncoderDecoderProgram buildEncoderDecoderProgram(const EncoderDecoderSpec& model,
                                                 const Checkpoint& checkpoint,
                                                 kernels::DType kvType, std::uint8_t kvBits,
                                                 kernels::DType computeType,
                                                 const Shard& shard = {});

} // namespace hearth
