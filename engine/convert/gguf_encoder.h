#pragma once

#include "convert/gguf_tensors.h"
#include "convert/gguf_writer.h"
#include "formats/checkpoint.h"
#include "hearth/result.h"
#include "models/encoder_decoder_spec.h"
#include "models/encoder_spec.h"

#include <string>
#include <vector>

namespace hearth {

// Encoders as llama.cpp's src/models/bert.cpp and t5-*.cpp read them: BERT and its like as "bert",
// whose table of positions begins with a text's first; T5 and its like as "t5", and their encoder
// alone as "t5encoder".

/// Errors: Unsupported naming the part of the model that such a file cannot express.
Result<void> checkGgufEncoder(const EncoderSpec& encoder, const std::string& path);
Result<void> checkGgufEncoder(const EncoderDecoderSpec& model, const std::string& path);

/// general.* and {architecture}.*
void addModelKeys(const EncoderSpec& encoder, const std::string& modelName, GgufWriter& writer);
void addModelKeys(const EncoderDecoderSpec& model, const std::string& modelName,
                  GgufWriter& writer);

/// All tensors, without their types.
std::vector<GgufTensorJob> ggufTensors(const EncoderSpec& encoder, const Checkpoint& checkpoint);
std::vector<GgufTensorJob> ggufTensors(const EncoderDecoderSpec& model,
                                       const Checkpoint& checkpoint);

/// {architecture} in the keys.
[[nodiscard]] std::string ggufNameOf(const EncoderSpec& encoder);
[[nodiscard]] std::string ggufNameOf(const EncoderDecoderSpec& model);

} // namespace hearth
