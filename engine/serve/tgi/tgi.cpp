#include "serve/tgi/tgi.h"

#include "serve/api/generation.h"
#include "serve/api/sampling_fields.h"
#include "serve/tgi/tgi_error.h"
#include "serve/tgi/tgi_form.h"
#include "serve/tgi/tgi_writers.h"

#include <algorithm>
#include <utility>

#include <fmt/format.h>

namespace hearth::serve {

namespace {

Request requestOf(const TgiTurn& turn, std::vector<std::int32_t> prompt, Lane lane) {
    const TgiParameters& asked = turn.parameters;
    Request request;
    request.prompt = TokenPrompt{std::move(prompt)};
    request.maxTokens = turn.maxNewTokens;
    SamplingOptions& sampling = request.sampling;
    sampling.temperature =
        asked.samples() ? static_cast<float>(asked.temperature.value_or(1.0)) : 0.0F;
    sampling.topK = asked.topK.value_or(0);
    sampling.topP = static_cast<float>(asked.topP.value_or(1.0));
    sampling.repetitionPenalty = static_cast<float>(asked.repetitionPenalty.value_or(1.0));
    sampling.frequencyPenalty = static_cast<float>(asked.frequencyPenalty.value_or(0.0));
    if (asked.seed)
        sampling.seed = static_cast<std::uint64_t>(*asked.seed);
    sampling.logprobs = asked.topTokens;
    if (asked.grammar && asked.grammar->isRegex)
        request.constraint.syntax = RegularExpression{asked.grammar->value};
    else if (asked.grammar)
        request.constraint.syntax = JsonSchema{asked.grammar->value};
    request.stopStrings = asked.stop;
    request.lane = lane;
    return request;
}

ApiError tooLong(std::size_t prompt, std::int32_t newTokens, std::int32_t context) {
    ApiError error = badRequest(
        "inputs",
        fmt::format("`inputs` tokens + `max_new_tokens` must be <= {}. Given: {} `inputs` tokens "
                    "and {} `max_new_tokens`",
                    context, prompt, newTokens),
        "context_length_exceeded");
    error.promptTokens = prompt;
    error.contextTokens = static_cast<std::uint64_t>(context);
    return error;
}

Json prefillOf(const Engine& engine, const std::vector<std::int32_t>& tokens) {
    Json all = Json::array();
    for (const std::int32_t token : tokens)
        all.push_back({{"id", token}, {"text", engine.detokenize({token})}, {"logprob", nullptr}});
    return all;
}

Outcome<GenerationPlan> planTgi(TgiTurn& turn, const ModelLease& lease, Lane lane) {
    const Engine& engine = *lease.engine();
    const TgiParameters& asked = turn.parameters;
    auto tokens = engine.tokenize(TextPrompt{turn.inputs, true, true});
    if (!tokens)
        return apiError(tokens.error(), lease.model().name);
    std::vector<std::int32_t> prompt = *std::move(tokens);
    if (asked.truncate && prompt.size() > static_cast<std::size_t>(*asked.truncate))
        prompt.erase(prompt.begin(), prompt.end() - *asked.truncate);
    const std::int32_t context = engine.model().context;
    const auto room = static_cast<std::int64_t>(context) - static_cast<std::int64_t>(prompt.size());
    if (room < asked.maxNewTokens.value_or(1))
        return tooLong(prompt.size(), asked.maxNewTokens.value_or(1), context);
    turn.inputTokens = static_cast<std::int32_t>(prompt.size());
    turn.maxNewTokens = static_cast<std::int32_t>(
        std::min<std::int64_t>(asked.maxNewTokens.value_or(kTgiDefaultNewTokens), room));
    if (asked.decoderInputDetails)
        turn.prefill = prefillOf(engine, prompt);
    GenerationPlan plan;
    plan.prompts.push_back(requestOf(turn, std::move(prompt), lane));
    plan.choices = asked.bestOf;
    plan.keepEndTokens = true;
    return plan;
}

/// What TGI refuses of streams.
std::optional<ApiError> streamProblem(const TgiParameters& asked) {
    if (asked.bestOf > 1)
        return badRequest("best_of", "`best_of` != 1 is not supported when streaming tokens");
    if (asked.decoderInputDetails)
        return badRequest("decoder_input_details",
                          "`decoder_input_details` == true is not supported when streaming tokens");
    return std::nullopt;
}

} // namespace

void answerTgi(const std::shared_ptr<Exchange>& exchange, const std::shared_ptr<Context>& context,
               bool stream) {
    Outcome<TgiBody> body = tgiForm().read(exchange->request().body);
    if (!body)
        return exchange->respond(tgiErrorResponse(body.error()));
    stream = stream || body->stream; // as TGI's own POST / has it, and Hugging Face's client sends
    if (stream)
        if (const auto problem = streamProblem(body->parameters))
            return exchange->respond(tgiErrorResponse(*problem));
    auto turn = std::make_shared<TgiTurn>();
    turn->parameters = std::move(body->parameters);
    turn->inputs = std::move(body->inputs);
    const Lane lane = laneOf(exchange->request(), 0);
    Generation::start(exchange, context->models, body->model,
                      [turn, lane](const std::shared_ptr<ModelLease>& lease) {
                          return planTgi(*turn, *lease, lane);
                      },
                      stream ? makeTgiStreamWriter(exchange, turn)
                             : makeTgiWholeWriter(exchange, turn));
}

} // namespace hearth::serve
