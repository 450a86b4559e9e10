#pragma once

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

/// What a weight of the program takes of a tensor of the checkpoint: rows firstRow, firstRow +
/// rowStep, … and columns from firstColumn on, of the tensor as `transform` makes it. A tensor with
/// more than two axes counts as [product of all but the last, last].
struct TensorPart {
    std::string name;
    std::int64_t rows = 0; ///< Of the whole tensor; vectors have as many rows as numbers.
    std::int64_t columns = 1;
    std::int64_t firstRow = 0;
    std::int64_t rowCount = 0;
    std::int64_t rowStep = 1;
    std::int64_t firstColumn = 0;
    std::int64_t columnCount = 1;
    TensorTransform transform = TensorTransform::None;
    /// Picked, of vectors only: [rowCount] which of the tensor's numbers stands where, row by row;
    /// columnCount is 1.
    std::vector<std::int32_t> picked = {};

    /// Of the tensor's numbers, those that it takes; all of them where it picks.
    [[nodiscard]] std::int64_t takenNumbers() const {
        return transform == TensorTransform::Picked ? rows * columns : rowCount * columnCount;
    }
};

enum class WeightShape : std::uint8_t { Matrix, Vector };

/// A weight of the program: parts joined row after row.
struct WeightRequest {
    WeightShape shape = WeightShape::Matrix;
    std::string name; ///< What it is in the program, whatever the checkpoint calls its tensors:
                      ///< "layers.3.qkv.weight".
    std::vector<TensorPart> parts;
};

} // namespace hearth
