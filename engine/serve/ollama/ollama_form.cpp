#include "serve/ollama/ollama_form.h"

#include "serve/api/format_types.h"
#include "serve/api/sampling_fields.h"
#include "serve/ollama/ollama_message.h"

#include <algorithm>
#include <limits>
#include <utility>

namespace hearth::serve {

namespace {

constexpr std::int32_t kMaxTokens = 1 << 30;

const Form<OllamaOptions>& optionsForm() {
    using Body = OllamaOptions;
    static const Form<Body> form =
        Form<Body>("Options")
            .field("temperature", &Body::temperature, number(0.0, 100.0),
                   "0: always the likeliest token.")
            .field("top_k", &Body::topK, integer(-1, kMaxTokens),
                   "Draw from so many likeliest tokens; 0: from all.")
            .field("top_p", &Body::topP, number(0.0, 1.0, LowEnd::Excluded),
                   "Draw from the likeliest tokens that have so much probability together.")
            .field("min_p", &Body::minP, number(0.0, 1.0),
                   "Leave out tokens below this share of the likeliest one's probability.")
            .field("repeat_penalty", &Body::repeatPenalty, number(0.0, 100.0, LowEnd::Excluded),
                   "Above 1: tokens seen before are less likely.")
            .field("presence_penalty", &Body::presencePenalty, number(-2.0, 2.0), "")
            .field("frequency_penalty", &Body::frequencyPenalty, number(-2.0, 2.0), "")
            .field("seed", &Body::seed,
                   integer64(std::numeric_limits<std::int64_t>::min(),
                             std::numeric_limits<std::int64_t>::max()),
                   "The same seed draws the same tokens.")
            .field("num_predict", &Body::predict, integer(-2, kMaxTokens),
                   "Tokens of the reply at most; below 1: to the end of the context.")
            .field("num_ctx", &Body::context, integer(0, kMaxTokens),
                   "Above the loaded model's context: a prompt that is too long is refused, not "
                   "cut. The context itself is set where models are loaded.")
            .field("stop", &Body::stop, stopType(), "The reply ends before any of these texts.");
    return form;
}

/// "json", "" for none, or a schema.
FieldType<Constraint> formatType() {
    return oneOf<Constraint>({word({"json", ""}).map([](const std::string& name) {
                                  Constraint constraint;
                                  if (!name.empty())
                                      constraint.syntax = AnyJsonObject{};
                                  return constraint;
                              }),
                              anyObject().map([](const Json& schema) {
                                  Constraint constraint;
                                  constraint.syntax = JsonSchema{jsonText(schema)};
                                  return constraint;
                              })});
}

/// true, false, or how much: "low", "medium", "high".
FieldType<bool> thinkType() {
    return oneOf<bool>({boolean(), word({"low", "medium", "high"}).map([](const std::string&) {
                            return true;
                        })});
}

Form<OllamaBody> commonForm(const char* name) {
    using Body = OllamaBody;
    return Form<Body>(name)
        .required("model", &Body::model, text(1, 4096), "A model by its name.")
        .field("stream", &Body::stream, boolean(), "Answer by lines of JSON as the text comes.")
        .field("options", &Body::options, object(optionsForm()), "")
        .field("format", &Body::format, formatType(), "\"json\", or a schema of the reply.")
        .field("think", &Body::think, thinkType(), "Whether the model thinks before it answers.")
        .field("truncate", &Body::truncate, boolean(),
               "Leave out the oldest messages of a prompt that is too long.")
        .field("keep_alive", &Body::keepAlive, keepAliveType(),
               "How long the model stays loaded; 0: no longer, below 0: for ever.");
}

} // namespace

const Form<OllamaBody>& ollamaChatForm() {
    using Body = OllamaBody;
    static const Form<Body> form =
        commonForm("ChatRequest")
            .field("messages", &Body::messages, list(ollamaMessageType(), 0, 65536),
                   "The conversation; empty: only load the model.")
            .field("tools", &Body::tools, list(toolType(), 0, 1024),
                   "Functions that the model may call.");
    return form;
}

const Form<OllamaBody>& ollamaGenerateForm() {
    using Body = OllamaBody;
    static const Form<Body> form =
        commonForm("GenerateRequest")
            .field("prompt", &Body::prompt, text(), "Empty: only load the model.")
            .field("suffix", &Body::suffix, text(), "What comes behind the reply.")
            .field("system", &Body::system, text(), "A system message.")
            .field("raw", &Body::raw, boolean(), "Take the prompt without the model's template.")
            .field("context", &Body::context,
                   list(integer(0, std::numeric_limits<std::int32_t>::max())),
                   "Tokens of an answer before, to go on from.")
            .field("images", &Body::images, noImagesType(), "Not supported.");
    return form;
}

Request ollamaRequest(const OllamaBody& body, const ModelInfo& model) {
    const SuggestedSampling& suggested = model.suggestedSampling;
    const OllamaOptions& options = body.options;
    Request request;
    SamplingOptions& sampling = request.sampling;
    const auto real = [](const std::optional<double>& asked, const std::optional<float>& advice,
                         float fallback) {
        return asked ? static_cast<float>(*asked) : advice.value_or(fallback);
    };
    sampling.temperature = real(options.temperature, suggested.temperature, 0.8F);
    sampling.topK = std::max(options.topK.value_or(suggested.topK.value_or(40)), 0);
    sampling.topP = real(options.topP, suggested.topP, 0.9F);
    sampling.minP = real(options.minP, suggested.minP, 0.0F);
    sampling.repetitionPenalty = real(options.repeatPenalty, suggested.repetitionPenalty, 1.0F);
    sampling.presencePenalty = static_cast<float>(options.presencePenalty);
    sampling.frequencyPenalty = static_cast<float>(options.frequencyPenalty);
    if (options.seed)
        sampling.seed = static_cast<std::uint64_t>(*options.seed);
    request.maxTokens = std::max(options.predict, 0);
    request.stopStrings = options.stop;
    const bool mayCut = body.truncate && options.context <= model.context;
    request.overflow = mayCut ? Overflow::DropOldest : Overflow::Fail; // to cut is Ollama's way
    return request;
}

} // namespace hearth::serve
