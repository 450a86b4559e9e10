#pragma once

#include "convert/gguf_architecture.h"
#include "formats/checkpoint.h"
#include "hearth/kernels/dtype.h"
#include "hearth/result.h"
#include "models/decoder_spec.h"
#include "models/weight_request.h"

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace hearth {

/// How rows of heads are put in another order, for a rope that pairs other columns.
enum class HeadOrder : std::uint8_t { Same, HalvesToAdjacent, AdjacentToHalves };

/// A tensor of a GGUF file: what is asked of the checkpoint, and what is made of it.
struct GgufTensorJob {
    WeightRequest request;          ///< Its name is the tensor's.
    std::vector<std::int64_t> dims; ///< Innermost first.
    kernels::DType type = kernels::DType::F32;
    HeadOrder order = HeadOrder::Same;
    std::int32_t headWidth = 0;  ///< Rows of a head; with `order`.
    std::int32_t rotaryRows = 0; ///< Of a head, those that are reordered.
    float offset = 0.0F;         ///< Added to every number.
    float factor = 1.0F;         ///< Multiplied with every number after that.
};

/// A tensor that the export makes itself.
struct GgufVector {
    std::string name;
    std::vector<float> numbers;
};

/// All tensors of a model in llama.cpp's names and shapes, without their types.
std::vector<GgufTensorJob> ggufTensors(const GgufArchitecture& architecture,
                                       const DecoderSpec& decoder, const Checkpoint& checkpoint);

/// Sets the types: `outType` as ConvertOptions says, exact where a file must be.
/// Errors: InvalidArgument for an unknown outType.
Result<void> chooseTypes(std::vector<GgufTensorJob>& jobs, const Checkpoint& checkpoint,
                         const std::string& outType);

/// Divisors of the rope's frequencies, which GGUF files keep as tensors.
std::vector<GgufVector> ggufRopeFactors(const DecoderSpec& decoder);

} // namespace hearth
