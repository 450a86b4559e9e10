#pragma once

#include "formats/checkpoint.h"
#include "hearth/engine.h"

#include <nlohmann/json_fwd.hpp>

namespace hearth {

/// What generation_config.json (temperature, top_p, top_k, min_p, repetition_penalty) or a GGUF
/// file's general.sampling.{temp, top_p, top_k, min_p, penalty_repeat} (llama.cpp's keys) say.
/// `do_sample` plays no part, as in vLLM (ModelConfig.get_diff_sampling_param()): false is
/// Transformers' default, so it doesn't tell whether the makers meant greedy replies. Values that are no numbers or out of SamplingOptions'
/// ranges are passed over: advice is no reason to refuse a model.
[[nodiscard]] SuggestedSampling suggestedSampling(const Checkpoint& checkpoint);

/// The same as an object with generation_config.json's keys; empty if nothing is suggested.
[[nodiscard]] nlohmann::json generationConfigOf(const SuggestedSampling& sampling);

} // namespace hearth
