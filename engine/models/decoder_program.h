#pragma once

#include "formats/checkpoint.h"
#include "hearth/kernels/kv_cache.h"
#include "hearth/kernels/program.h"
#include "models/decoder_spec.h"
#include "models/weight_request.h"

#include <cstdint>
#include <vector>

namespace hearth {

/// A decoder written as operations: weights[i] is what WeightId i stands for, kv[g] is KV group g.
struct DecoderProgram {
    kernels::Program program;
    std::vector<WeightRequest> weights;
    std::vector<kernels::KvLayout> kv;
};

/// `checkpoint` tells which biases exist. `kvType` and `kvBits` as in KvLayout. Layers whose
/// attention has the same window share a KV group, in the order of DecoderSpec::forms.
DecoderProgram buildDecoderProgram(const DecoderSpec& decoder, const Checkpoint& checkpoint,
                                   kernels::DType kvType, std::uint8_t kvBits, const Shard& shard);

} // namespace hearth
