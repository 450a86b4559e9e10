#pragma once

#include "convert/gguf_architecture.h"
#include "models/decoder_spec.h"
#include "models/encoder_decoder_spec.h"
#include "models/encoder_spec.h"

#include <string>
#include <vector>

namespace hearth {

/// What llama.cpp does otherwise than the model with a file that we and the format's keys describe
/// in full; a sentence's part each, without a stop. Facts of llama.cpp's src/llama-model.cpp and
/// src/models, seen by tests/interop/compare_llama_cpp.py.
[[nodiscard]] std::vector<std::string> ggufNotes(const GgufArchitecture& architecture,
                                                 const DecoderSpec& decoder);
[[nodiscard]] std::vector<std::string> ggufNotes(const EncoderSpec& encoder);
[[nodiscard]] std::vector<std::string> ggufNotes(const EncoderDecoderSpec& model);

} // namespace hearth
