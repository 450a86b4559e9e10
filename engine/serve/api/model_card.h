#pragma once

#include "hearth/model_pool.h"
#include "serve/api/json_text.h"

#include <chrono>
#include <string>

namespace hearth::serve {

/// OpenAI's card, with what LMDeploy and vLLM (context, permissions), LM Studio (type) and Ollama
/// (capabilities) added.
[[nodiscard]] Json openAiCard(const PoolModelStatus& status);
/// {"type":"model","id","display_name","created_at"}
[[nodiscard]] Json anthropicCard(const PoolModelStatus& status);

/// What a model can do, in Ollama's words: "embedding", or "completion", "tools" and, as far as
/// it is known before the model is loaded, "thinking".
[[nodiscard]] Json capabilitiesOf(const PoolModelStatus& status);

/// "2023-08-04T19:22:45.499127Z", UTC
[[nodiscard]] std::string utcText(std::chrono::system_clock::time_point time);

} // namespace hearth::serve
