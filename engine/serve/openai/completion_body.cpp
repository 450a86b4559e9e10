#include "serve/openai/completion_body.h"

#include "serve/openai/prompt_logprobs.h"

#include <limits>
#include <utility>

namespace hearth::serve {

namespace {

constexpr std::size_t kMaxPrompts = 1024;
constexpr std::int32_t kMaxInt = std::numeric_limits<std::int32_t>::max();

void checkBestOf(const CompletionBody& body, Reading& reading) {
    if (!body.bestOf)
        return;
    const Reading::Step step(reading, std::string("best_of"));
    if (*body.bestOf < body.n)
        reading.add("value_error", "best_of should not be below n");
    else if (body.stream && *body.bestOf > body.n)
        reading.add("value_error", "best_of above n cannot be streamed");
}

void checkCompletionPromptLogprobs(const CompletionBody& body, Reading& reading) {
    checkPromptLogprobs(body.promptLogprobs.has_value() && body.stream, reading);
}

void checkBeams(const CompletionBody& body, Reading& reading) {
    if (!body.useBeamSearch)
        return;
    const Reading::Step step(reading, std::string("use_beam_search"));
    if (body.stream)
        reading.add("value_error", "Beam search cannot be streamed");
}

void addReplyFields(Form<CompletionBody>& form) {
    form.field("n", &CompletionBody::n, integer(1, 128), "So many replies to each prompt.")
        .field("best_of", &CompletionBody::bestOf, integer(1, 128),
               "Make so many and keep the n of the highest mean logprob.")
        .field("use_beam_search", &CompletionBody::useBeamSearch, boolean(),
               "Search for the likeliest replies with best_of (or n) beams.")
        .field("length_penalty", &CompletionBody::lengthPenalty, number(-10.0, 10.0),
               "Of beam search: above 0 longer replies are better.")
        .field("early_stopping", &CompletionBody::earlyStopping, boolean(),
               "Of beam search: stop as soon as there are enough replies.")
        .field("max_tokens", &CompletionBody::maxTokens, integer(-2, kMaxInt),
               "New tokens at most; 0 only with echo or prompt_logprobs; -1: to the end of the "
               "context.")
        .field("echo", &CompletionBody::echo, boolean(), "Send the prompt before the reply.")
        .field("logprobs", &CompletionBody::logprobs, integer(0, kMaxTopLogprobs),
               "Tell each token's logprob, and those of so many likeliest; with echo the "
               "prompt's too.")
        .field("prompt_logprobs", &CompletionBody::promptLogprobs, integer(0, kMaxTopLogprobs),
               "Tell the logprob of each token of the prompt, and those of so many likeliest. "
               "Not for streams.")
        .field("stream", &CompletionBody::stream, boolean(), "Send the reply as it is made.")
        .field("stream_options", &CompletionBody::streamOptions, streamOptionsType(), "");
}

} // namespace

FieldType<std::vector<Prompt>> promptType(std::size_t most) {
    const FieldType<Prompt> plain =
        text().map([](std::string value) { return Prompt(TextPrompt{std::move(value)}); });
    const FieldType<Prompt> tokens =
        list(integer(0, kMaxInt), 1).map([](std::vector<std::int32_t> ids) {
            return Prompt(TokenPrompt{std::move(ids)});
        });
    const auto alone = [](Prompt prompt) { return std::vector{std::move(prompt)}; };
    // An empty list is taken for a list of texts, which says best what is missing.
    return oneOf<std::vector<Prompt>>(
        {plain.map(alone), list(plain, 1, most), tokens.map(alone), list(tokens, 1, most)});
}

const Form<CompletionBody>& completionForm() {
    static const Form<CompletionBody> form = [] {
        Form<CompletionBody> body("CompletionRequest");
        body.field("model", &CompletionBody::model, text(0, 4096),
                   "One of /v1/models; empty: the first of them.")
            .required("prompt", &CompletionBody::prompts, promptType(kMaxPrompts),
                      "A text, token ids, or a list of either.")
            .field("suffix", &CompletionBody::suffix, text(),
                   "What follows the reply, for models that can fill in the middle.");
        addReplyFields(body);
        addFormatFields(body);
        addSamplingFields(body);
        body.rule(checkBestOf).rule(checkBeams).rule(checkCompletionPromptLogprobs);
        return body;
    }();
    return form;
}

} // namespace hearth::serve
