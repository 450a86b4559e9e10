#include "serve/tgi/tgi_form.h"

#include "serve/api/sampling_fields.h"

#include <utility>

namespace hearth::serve {

namespace {

constexpr std::int32_t kMaxTokens = 1 << 30;

struct GrammarBody {
    std::string type;
    Json value;
};

TgiGrammar grammarOf(GrammarBody body) {
    if (body.type == "regex")
        return {true, body.value.is_string() ? body.value.get<std::string>() : std::string()};
    // TGI's json_schema type wraps the schema with a name.
    if (body.type == "json_schema" && body.value.is_object() && body.value.contains("schema"))
        return {false, jsonText(body.value["schema"])};
    return {false, body.value.is_string() ? body.value.get<std::string>() : jsonText(body.value)};
}

FieldType<TgiGrammar> grammarType() {
    static const Form<GrammarBody> form =
        Form<GrammarBody>("Grammar")
            .required("type", &GrammarBody::type, word({"json", "json_schema", "regex"}),
                      "What the value is.")
            .required("value", &GrammarBody::value, anyValue(), "A schema, or an expression.")
            .rule([](const GrammarBody& body, Reading& reading) {
                if (body.type == "regex" && !body.value.is_string())
                    reading.add("string_type", "The value should be a valid string");
            });
    return object(form).map(grammarOf);
}

void refuseWhatIsMissing(const TgiParameters& body, Reading& reading) {
    if (body.watermark)
        reading.add("value_error", "`watermark` is not supported");
    if (body.typicalP && *body.typicalP < 1.0)
        reading.add("value_error", "`typical_p` is not supported");
    if (body.bestOf > 1 && !body.samples())
        reading.add("value_error",
                    "you must use sampling when `best_of` is > 1: set `do_sample` to true");
}

const Form<TgiParameters>& parametersForm() {
    using Body = TgiParameters;
    static const Form<Body> form =
        Form<Body>("GenerateParameters")
            .field("best_of", &Body::bestOf, integer(1, kTgiMaxBestOf),
                   "Make so many replies and answer with the likeliest.")
            .field("decoder_input_details", &Body::decoderInputDetails, boolean(),
                   "Also tell the prompt's tokens.")
            .field("details", &Body::details, boolean(), "Also tell the reply's tokens.")
            .field("do_sample", &Body::doSample, boolean(),
                   "false, and no temperature, top_k or top_p: always the likeliest token.")
            .field("max_new_tokens", &Body::maxNewTokens, integer(1, kMaxTokens),
                   "Tokens of the reply at most; 100 if left out.")
            .field("repetition_penalty", &Body::repetitionPenalty,
                   number(0.0, 100.0, LowEnd::Excluded),
                   "Above 1: tokens seen before are less likely.")
            .field("frequency_penalty", &Body::frequencyPenalty, number(-2.0, 2.0),
                   "Taken off the logit of tokens for each time they occurred.")
            .field("return_full_text", &Body::returnFullText, boolean(),
                   "Put the prompt in front of generated_text.")
            .field("seed", &Body::seed, integer64(0, std::numeric_limits<std::int64_t>::max()),
                   "The same seed draws the same tokens.")
            .field("stop", &Body::stop, list(text(1, kMaxStopBytes), 0, kTgiMaxStops),
                   "The reply ends before any of these texts.")
            .field("temperature", &Body::temperature, number(0.0, 100.0, LowEnd::Excluded),
                   "Of the distribution that tokens are drawn from.")
            .field("top_k", &Body::topK, integer(1, kMaxTokens),
                   "Draw from so many likeliest tokens.")
            .field("top_n_tokens", &Body::topTokens, integer(0, kMaxTopLogprobs),
                   "With details: tell so many likeliest tokens of each step.")
            .field("top_p", &Body::topP, number(0.0, 1.0, LowEnd::Excluded),
                   "Draw from the likeliest tokens that have so much probability together.")
            .field("truncate", &Body::truncate, integer(1, kMaxTokens),
                   "Keep only so many of the prompt's last tokens.")
            .field("typical_p", &Body::typicalP, number(0.0, 1.0, LowEnd::Excluded),
                   "Not supported, but for 1.")
            .field("watermark", &Body::watermark, boolean(), "Not supported.")
            .field("grammar", &Body::grammar, grammarType(), "What the reply has to spell.")
            .rule(refuseWhatIsMissing);
    return form;
}

} // namespace

const Form<TgiBody>& tgiForm() {
    static const Form<TgiBody> form =
        Form<TgiBody>("GenerateRequest")
            .field("model", &TgiBody::model, text(0, 1024),
                   "A model by its name; the default if left out.")
            .required("inputs", &TgiBody::inputs, text(), "The prompt, without a template.")
            .field("parameters", &TgiBody::parameters, object(parametersForm()), "")
            .field("stream", &TgiBody::stream, boolean(), "Answer by events as the text comes.");
    return form;
}

} // namespace hearth::serve
