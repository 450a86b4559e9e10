#pragma once

#include "hearth/request.h"
#include "serve/api/form.h"
#include "serve/api/format_types.h"
#include "serve/api/sampling_fields.h"
#include "serve/openai/stream_options.h"

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace hearth::serve {

/// The body of POST /v1/chat/completions: OpenAI's fields and what LMDeploy and vLLM added.
struct ChatBody : SamplingFields, FormatFields, ToolFields {
    std::string model;
    std::vector<Message> messages;
    std::int32_t n = 1;
    std::optional<std::int32_t> maxTokens;
    std::optional<std::int32_t> maxCompletionTokens;
    bool stream = false;
    StreamOptions streamOptions;
    bool logprobs = false;
    std::optional<std::int32_t> topLogprobs;
    std::optional<std::int32_t> promptLogprobs;
    std::optional<Json> templateVariables;
    std::optional<std::string> reasoningEffort;
    std::optional<bool> continueFinalMessage;
    bool addGenerationPrompt = true;
};

[[nodiscard]] const Form<ChatBody>& chatForm();

/// The engine's request for it, but for tools and constraints.
[[nodiscard]] Request chatRequest(const ChatBody& body, const SamplingDefaults& defaults);

} // namespace hearth::serve
