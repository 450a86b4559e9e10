#pragma once

#include "formats/quantised/quantisation_config.h"
#include "hearth/result.h"

#include <cstdint>
#include <string>
#include <vector>

namespace hearth {

/// One of compressed-tensors' config_groups, of its weights. What activations do is their affair:
/// ours stay as they are.
struct CompressedScheme {
    std::string format; ///< "pack-quantized", "float-quantized", …
    std::int64_t bits = 8;
    bool isFloat = false;
    std::int64_t groupSize = -1; ///< Columns; -1: whole rows.
    std::int64_t blockRows = 1;  ///< Of strategy "block", else 1.
};

/// All groups of a config. Which modules a group is for (targets, ignore) shows in their tensors.
/// Errors: Corrupt naming the key; Unsupported for sparse weights, rotations and unknown formats.
Result<std::vector<CompressedScheme>> readCompressedSchemes(const QuantisationConfig& config);

} // namespace hearth
