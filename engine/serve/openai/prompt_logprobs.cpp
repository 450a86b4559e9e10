#include "serve/openai/prompt_logprobs.h"

#include "base/checked.h"

#include <string>

#include <fmt/format.h>

namespace hearth::serve {

std::optional<ApiError> tooManyPromptLogprobs(const GenerationPlan& plan, const Engine& engine,
                                              std::int32_t copies, bool isStream) {
    Checked wanted = 0;
    for (const Request& request : plan.prompts) {
        if (request.promptLogprobs < 0)
            continue;
        // What can't be tokenized is refused by the engine.
        if (const auto tokens = engine.tokenize(request.prompt))
            wanted = wanted + Checked(tokens->size()) * Checked(copies) *
                                  Checked(request.promptLogprobs + 1);
    }
    const std::size_t most = isStream ? kMaxStreamedPromptLogprobs : kMaxPromptLogprobs;
    if (wanted.atMost(most))
        return std::nullopt;
    return badRequest("logprobs",
                      fmt::format("The answer would hold more than {} logprobs of prompts; ask "
                                  "for fewer prompts, choices or likeliest tokens{}.",
                                  most, isStream ? ", or don't stream" : ""),
                      "unsupported");
}

void checkPromptLogprobs(bool isStreamed, Reading& reading) {
    if (!isStreamed)
        return;
    const Reading::Step step(reading, std::string("prompt_logprobs"));
    reading.add("value_error", "prompt_logprobs cannot be streamed");
}

} // namespace hearth::serve
