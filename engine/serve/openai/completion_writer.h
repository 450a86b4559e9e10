#pragma once

#include "serve/api/generation_writer.h"
#include "serve/http/exchange.h"

#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace hearth::serve {

struct CompletionAnswer {
    std::string model;
    bool stream = false;
    bool includeUsage = false;
    std::optional<std::int32_t> logprobs;
    std::optional<std::int32_t> promptLogprobs; ///< vLLM's prompt_logprobs.
    bool echo = false; ///< `logprobs` are the prompt's tokens' too.
    std::int32_t choices = 1; ///< Of each prompt.
    /// What each prompt's replies begin with, for echo; filled once the model is there, before
    /// the first delta. Empty: nothing.
    std::shared_ptr<std::vector<std::string>> echoes;
};

/// Answers as the completions API does.
std::unique_ptr<GenerationWriter> completionWriter(std::shared_ptr<Exchange> exchange,
                                                   CompletionAnswer answer);

} // namespace hearth::serve
