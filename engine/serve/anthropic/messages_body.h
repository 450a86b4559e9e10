#pragma once

#include "hearth/request.h"
#include "serve/anthropic/block_type.h"
#include "serve/api/form.h"
#include "serve/api/reply_format.h"
#include "serve/api/sampling_fields.h"

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace hearth::serve {

struct Turn {
    std::string role;
    std::vector<Block> content;
};

/// The body of POST /v1/messages and of /v1/messages/count_tokens, which needs no maxTokens.
struct MessagesBody {
    std::string model;
    std::vector<Turn> messages;
    std::optional<std::int32_t> maxTokens;
    std::string system;
    std::vector<std::string> stopSequences;
    std::optional<double> temperature;
    std::optional<double> topP;
    std::optional<std::int32_t> topK;
    bool stream = false;
    std::vector<Tool> tools;
    std::optional<ToolChoice> toolChoice;
    std::string thinking = "disabled";
};

[[nodiscard]] const Form<MessagesBody>& messagesForm();
[[nodiscard]] const Form<MessagesBody>& countTokensForm();

/// The engine's request for it, without tools.
[[nodiscard]] Request messagesRequest(const MessagesBody& body,
                                      const SamplingDefaults& defaults);
[[nodiscard]] ReplyFormat replyFormat(const MessagesBody& body);

} // namespace hearth::serve
