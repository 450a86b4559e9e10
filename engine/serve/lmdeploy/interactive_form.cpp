#include "serve/lmdeploy/interactive_form.h"

#include "serve/api/sampling_fields.h"

#include <utility>

namespace hearth::serve {

namespace {

constexpr std::int32_t kMaxTokens = 1 << 30;

FieldType<StopOrFlag> stopOrFlagType() {
    return oneOf<StopOrFlag>(
        {boolean().map([](bool flag) { return StopOrFlag{flag, {}}; }),
         stopType().map([](std::vector<std::string> texts) {
             return StopOrFlag{false, std::move(texts)};
         })});
}

Form<InteractiveBody> makeForm() {
    using Body = InteractiveBody;
    Form<Body> form("InteractiveRequest");
    form.field("model", &Body::model, text(0, 1024),
               "A model by its name; the default if left out.")
        .field("prompt", &Body::prompt, textOrMessagesType(),
               "The turn: a text, or messages. Empty, with request_output_len 0 and "
               "interactive_mode false: forgets the session.")
        .field("session_id", &Body::sessionId, integer64(-1, std::int64_t{1} << 53),
               "Names the session; -1: a random one.")
        .field("interactive_mode", &Body::interactive, boolean(),
               "Keep the conversation on the server for the session's next request.")
        .field("stream", &Body::stream, boolean(), "Answer by lines of JSON as the text comes.")
        .field("stop", &Body::stop, stopOrFlagType(),
               "true: stop what the session generates. Texts: end the reply before any of them.")
        .field("cancel", &Body::cancel, boolean(), "Stop what the session generates.")
        .field("request_output_len", &Body::outputTokens, integer(0, kMaxTokens),
               "Tokens of the reply at most; 0: only take the prompt into the history.")
        .field("top_p", &Body::topP, number(0.0, 1.0, LowEnd::Excluded),
               "Draw from the likeliest tokens that have so much probability together.")
        .field("top_k", &Body::topK, integer(0, kMaxTokens),
               "Draw from so many likeliest tokens; 0: from all.")
        .field("temperature", &Body::temperature, number(0.0, 2.0),
               "0: always the likeliest token.")
        .field("repetition_penalty", &Body::repetitionPenalty,
               number(0.0, 100.0, LowEnd::Excluded), "Above 1: tokens seen before are less likely.")
        .field("min_p", &Body::minP, number(0.0, 1.0),
               "Leave out tokens below this share of the likeliest one's probability.")
        .field("ignore_eos", &Body::ignoreEos, boolean(),
               "Go on where the model would end its turn.")
        .field("random_seed", &Body::seed, integer64(0, std::numeric_limits<std::int64_t>::max()),
               "The same seed draws the same tokens.")
        .field("seed", &Body::seed, integer64(0, std::numeric_limits<std::int64_t>::max()),
               "As random_seed.");
    return form;
}

} // namespace

const Form<InteractiveBody>& interactiveForm() {
    static const Form<InteractiveBody> form = makeForm();
    return form;
}

} // namespace hearth::serve
