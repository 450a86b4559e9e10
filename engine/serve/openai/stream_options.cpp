#include "serve/openai/stream_options.h"

namespace hearth::serve {

FieldType<StreamOptions> streamOptionsType() {
    static const Form<StreamOptions> form =
        Form<StreamOptions>("StreamOptions")
            .field("include_usage", &StreamOptions::includeUsage, boolean(),
                   "A last event tells the tokens used.");
    return object(form);
}

void checkPromptLogprobs(bool isStreamed, Reading& reading) {
    if (!isStreamed)
        return;
    const Reading::Step step(reading, std::string("prompt_logprobs"));
    reading.add("value_error", "prompt_logprobs cannot be streamed");
}

} // namespace hearth::serve
