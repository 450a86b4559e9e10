#pragma once

#include "hearth/result.h"
#include "models/decoder_spec.h"
#include "models/encoder_decoder_spec.h"
#include "models/encoder_spec.h"

#include <nlohmann/json.hpp>

#include <string>

namespace hearth {

/// A whole model as JSON, for a workspace: every field of its spec under its own name, numbers of
/// enumerations as words. Numbers come back bit for bit.
nlohmann::json toJson(const DecoderSpec& decoder);
nlohmann::json toJson(const EncoderSpec& encoder);
nlohmann::json toJson(const EncoderDecoderSpec& model);

/// The other way round. A key that is absent leaves the field's default. Only types, words and the
/// lengths of lists are checked here; the model's sizes are the describing functions' to check.
/// `path` is for errors: Corrupt naming the key; Unsupported for a key that we do not know, which a
/// newer version wrote.
Result<DecoderSpec> decoderFromJson(const nlohmann::json& json, const std::string& path);
Result<EncoderSpec> encoderFromJson(const nlohmann::json& json, const std::string& path);
Result<EncoderDecoderSpec> encoderDecoderFromJson(const nlohmann::json& json,
                                                  const std::string& path);

} // namespace hearth
