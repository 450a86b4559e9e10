#pragma once

#include "hearth/request.h"
#include "serve/api/form.h"
#include "serve/api/format_types.h"
#include "serve/api/sampling_fields.h"

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace hearth::serve {

/// An item of the input or the output of the Responses API.
struct ResponseItem {
    std::string type = "message"; ///< Or function_call, function_call_output, reasoning.
    std::string role;
    std::string content; ///< Of a message, or what a function returned.
    std::string callId;
    std::string name;
    std::string arguments;
};

/// The body of POST /v1/responses.
struct ResponsesBody : SamplingFields, ToolFields {
    std::string model;
    std::vector<ResponseItem> input;
    std::optional<std::string> instructions;
    std::optional<std::string> previousResponseId;
    std::optional<std::int32_t> maxOutputTokens;
    bool stream = false;
    bool store = true;
    Constraint constraint;
    std::optional<std::string> reasoningEffort;
    std::vector<std::string> include;
    std::int32_t topLogprobs = 0;
    std::optional<Json> templateVariables;
};

[[nodiscard]] const Form<ResponsesBody>& responsesForm();

/// Items as messages of a chat template; calls that follow each other are one turn's.
[[nodiscard]] std::vector<Message> messagesOf(const std::vector<ResponseItem>& items);

/// The engine's request for a conversation that ends with the body's input.
[[nodiscard]] Request responsesRequest(const ResponsesBody& body,
                                       const std::vector<ResponseItem>& history,
                                       const SamplingDefaults& defaults);
[[nodiscard]] bool wantsLogprobs(const ResponsesBody& body);

} // namespace hearth::serve
