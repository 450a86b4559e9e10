#pragma once

#include "formats/checkpoint.h"
#include "hearth/kernels/kv_cache.h"
#include "hearth/kernels/program.h"
#include "models/decoder_spec.h"

#include <cstdint>
#include <string>
#include <vector>

namespace hearth {

/// Which part of every layer a rank of a tensor-parallel group holds. Heads, feed-forward columns
/// and the vocabulary are cut into `ranks` equal parts.
struct Shard {
    std::int32_t rank = 0;
    std::int32_t ranks = 1;
};

/// A tensor of the checkpoint that becomes (part of) a weight of the program.
struct TensorPart {
    std::string name;
    std::int64_t rows = 0;    ///< Of the whole tensor; vectors have as many rows as numbers.
    std::int64_t columns = 1;
    std::int64_t firstRow = 0;    ///< What this rank takes.
    std::int64_t rowCount = 0;
    std::int64_t firstColumn = 0;
    std::int64_t columnCount = 1;
};

enum class WeightShape : std::uint8_t { Matrix, Vector };

/// A weight of the program: parts joined row after row.
struct WeightRequest {
    WeightShape shape = WeightShape::Matrix;
    std::vector<TensorPart> parts;
};

/// A decoder written as operations: weights[i] is what WeightId i stands for, kv[g] is KV group g.
struct DecoderProgram {
    kernels::Program program;
    std::vector<WeightRequest> weights;
    std::vector<kernels::KvLayout> kv;
};

/// `checkpoint` tells which biases exist. `kvType` and `kvBits` as in KvLayout.
DecoderProgram buildDecoderProgram(const DecoderSpec& decoder, const Checkpoint& checkpoint,
                                   kernels::DType kvType, std::uint8_t kvBits, const Shard& shard);

} // namespace hearth
