#pragma once

#include "hearth/engine.h"
#include "serve/api/generation_writer.h"
#include "serve/api/json_text.h"
#include "serve/http/exchange.h"

#include <functional>
#include <memory>
#include <string>
#include <vector>

namespace hearth::serve {

/// What the writers know of a request.
struct MessagesAnswer {
    std::string model;
    std::vector<std::string> stopSequences;
    /// The text of tokens, set once the model is there: which stop sequence ended a reply.
    std::shared_ptr<std::function<std::string(const std::vector<std::int32_t>&)>> detokenize;

    /// The one that a reply of these tokens ended before; empty: none.
    [[nodiscard]] std::string matchedStop(const std::vector<std::int32_t>& tokens) const;
};

/// "end_turn", "max_tokens", "stop_sequence" or "tool_use".
[[nodiscard]] const char* stopReasonText(const ChoiceEnd& end);
[[nodiscard]] Json anthropicUsage(const GenerationUsage& usage);

std::unique_ptr<GenerationWriter> messagesWhole(std::shared_ptr<Exchange> exchange,
                                                MessagesAnswer answer);
/// Events message_start, content_block_…, message_delta, message_stop, ping and error.
std::unique_ptr<GenerationWriter> messagesStream(std::shared_ptr<Exchange> exchange,
                                                 MessagesAnswer answer);

} // namespace hearth::serve
