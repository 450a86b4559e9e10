#pragma once

#include "formats/checkpoint.h"
#include "hearth/engine.h"

#include <nlohmann/json_fwd.hpp>

namespace hearth {

/// What generation_config.json (temperature, top_p, top_k, min_p, repetition_penalty) or a GGUF
/// file's general.sampling.{temp, top_p, top_k, min_p, penalty_repeat} say. As with vLLM and
/// LMDeploy `do_sample` plays no part: many published configs say false, Transformers' default,
/// beside a temperature that is meant. Values that are no numbers or out of SamplingOptions'
/// ranges are passed over: advice is no reason to refuse a model.
[[nodiscard]] SuggestedSampling suggestedSampling(const Checkpoint& checkpoint);

/// The same as an object with generation_config.json's keys; empty if nothing is suggested.
[[nodiscard]] nlohmann::json generationConfigOf(const SuggestedSampling& sampling);

} // namespace hearth
