#pragma once

#include "serve/api/generation_writer.h"
#include "serve/http/exchange.h"

#include <memory>
#include <string>

namespace hearth::serve {

struct ChatAnswer {
    std::string model;         ///< As the answer calls it; never empty.
    bool stream = false;
    bool includeUsage = false; ///< A last event of a stream tells it.
    bool logprobs = false;
    bool promptLogprobs = false; ///< vLLM's; not for streams.
};

/// Answers as the chat API does: a chat.completion, or chunks of it as events.
std::unique_ptr<GenerationWriter> chatWriter(std::shared_ptr<Exchange> exchange,
                                             ChatAnswer answer);

} // namespace hearth::serve
