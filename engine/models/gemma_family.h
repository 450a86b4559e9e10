#pragma once

#include "formats/checkpoint.h"
#include "hearth/result.h"
#include "models/config_reader.h"
#include "models/decoder_spec.h"
#include "models/hugging_face_decoder.h"

#include <nlohmann/json.hpp>

#include <cstdint>
#include <string>
#include <string_view>

// What the three generations of Gemma share.
namespace hearth {

inline constexpr ConfigKeys kGemmaKeys{.activation = "hidden_activation", .tied = true};

/// What configs leave out, as Gemma 3's of several modalities do.
const nlohmann::json& gemmaDefaults();

/// Norms, activation and the scale of the embedding. The gain of files lacks 1; GGUF files have it.
void useGemmaForm(DecoderSpec& decoder, bool gguf);
/// The norms before and behind the blocks of Gemma 2 and 3; `layer` begins the names.
void nameFourNorms(DecoderSpec& decoder, const std::string& layer);
/// The scale of the scores and the softcaps.
Result<void> readGemmaScores(const ConfigReader& config, DecoderSpec& decoder);
/// Gemma 2 or 3. Only the models with `largestLayers` layers don't scale by the head's width, as
/// llama.cpp has it.
Result<DecoderSpec> describeGemmaGguf(const Checkpoint& checkpoint, std::string_view architecture,
                                      std::int32_t largestLayers);

} // namespace hearth
