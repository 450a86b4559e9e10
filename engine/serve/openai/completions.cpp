#include "serve/api/completion_prompts.h"
#include "serve/api/generation.h"
#include "serve/api/routes.h"
#include "serve/openai/beam_answer.h"
#include "serve/openai/completion_body.h"
#include "serve/openai/completion_writer.h"
#include "serve/openai/handlers.h"
#include "serve/openai/prompt_logprobs.h"

#include <algorithm>
#include <utility>

namespace hearth::serve {

namespace {

constexpr std::size_t kMaxChoices = 4096; ///< Of one request, over all its prompts.

/// Whether logprobs of the prompt are wanted.
bool asksForPrompt(const CompletionBody& body) {
    return body.promptLogprobs || (body.echo && body.logprobs);
}

std::optional<ApiError> problem(const CompletionBody& body) {
    const auto each = static_cast<std::size_t>(std::max(body.n, body.bestOf.value_or(1)));
    if (body.prompts.size() * each > kMaxChoices)
        return badRequest("n", "The request asks for too many replies in all.");
    if (body.maxTokens == 0 && !body.echo && !body.promptLogprobs)
        return badRequest("max_tokens", "max_tokens of 0 needs echo or prompt_logprobs.");
    if (body.maxTokens < 0 && body.useBeamSearch)
        return badRequest("max_tokens", "Beam search needs max_tokens.");
    if (body.suffix && !body.suffix->empty() && asksForPrompt(body))
        return badRequest("suffix", "The logprobs of a prompt can't be told with a suffix.",
                          "unsupported");
    if (body.useBeamSearch && (body.logprobs || body.promptLogprobs || body.suffix ||
                               !body.stop.empty() || isConstrained(body.chosen())))
        return badRequest("use_beam_search",
                          "Beam search takes no stop, suffix, logprobs or response_format.",
                          "unsupported");
    return std::nullopt;
}

Outcome<GenerationPlan> makePlan(const CompletionBody& body, Lane lane, const Engine& engine,
                                 std::vector<std::string>& echoes) {
    Request request;
    applySampling(body, SamplingDefaults(engine.model().suggestedSampling), request);
    request.constraint = body.chosen();
    request.maxTokens = std::max(body.maxTokens, 0); // 0: to the end of the context
    request.lane = lane;
    request.sampling.logprobs = body.logprobs.value_or(-1);
    if (asksForPrompt(body))
        request.promptLogprobs = std::max(body.promptLogprobs.value_or(0),
                                          body.echo ? body.logprobs.value_or(0) : 0);
    request.promptOnly = body.maxTokens == 0;
    GenerationPlan plan;
    plan.choices = body.n;
    if (body.bestOf.value_or(0) > body.n && !request.promptOnly) {
        plan.candidates = *body.bestOf;
        plan.showProbabilities = body.logprobs.has_value();
        request.sampling.logprobs = std::max(request.sampling.logprobs, 0);
    }
    for (const Prompt& prompt : body.prompts) {
        request.prompt = prompt;
        if (body.suffix && !body.suffix->empty()) {
            Outcome<Prompt> filled = infillPrompt(prompt, *body.suffix, engine);
            if (!filled)
                return filled.error();
            request.prompt = *std::move(filled);
        }
        plan.prompts.push_back(request);
        if (body.echo)
            echoes.push_back(promptText(prompt, engine));
    }
    const bool both = body.promptLogprobs && body.echo && body.logprobs;
    if (auto found = tooManyPromptLogprobs(plan, engine, body.n * (both ? 2 : 1), body.stream))
        return *std::move(found);
    return plan;
}

/// A prompt that is only to be counted and sent back: the engine has nothing to do.
void answerEcho(const std::shared_ptr<Exchange>& exchange, const CompletionBody& body,
                const std::shared_ptr<Context>& context, const CompletionAnswer& answer) {
    context->models->acquire(
        answer.model, ModelUse::Generate,
        [exchange, body, answer](const Result<std::shared_ptr<ModelLease>>& lease) {
            const auto writer = completionWriter(exchange, answer);
            const Outcome<Engine*> engine = engineOf(lease, answer.model);
            if (!engine)
                return writer->failed(engine.error());
            RequestNote note;
            note.model = (*lease)->model().name;
            note.finishReason = "length";
            GenerationUsage usage;
            for (const Prompt& prompt : body.prompts) {
                const auto tokens = (*engine)->tokenize(prompt);
                if (!tokens)
                    return writer->failed(apiError(tokens.error(), answer.model));
                usage.promptTokens += static_cast<std::int32_t>(tokens->size());
                answer.echoes->push_back(promptText(prompt, **engine));
            }
            note.promptTokens = usage.promptTokens;
            exchange->note(std::move(note));
            const auto count = static_cast<std::int32_t>(body.prompts.size()) * answer.choices;
            for (std::int32_t choice = 0; choice < count; ++choice)
                writer->choiceEnded({choice, FinishReason::Length, false, {}});
            writer->ended(usage);
        });
}

void answerCompletion(const std::shared_ptr<Exchange>& exchange,
                      const std::shared_ptr<Context>& context) {
    Outcome<CompletionBody> read = completionForm().read(exchange->request().body);
    if (!read) {
        exchange->respond(openAiErrorResponse(read.error()));
        return;
    }
    if (const std::optional<ApiError> found = problem(*read)) {
        exchange->respond(openAiErrorResponse(*found));
        return;
    }
    CompletionAnswer answer;
    answer.model = modelName(*context->models, read->model);
    answer.stream = read->stream;
    answer.includeUsage = read->streamOptions.includeUsage;
    answer.logprobs = read->logprobs;
    answer.promptLogprobs = read->promptLogprobs;
    answer.echo = read->echo;
    answer.choices = read->n;
    answer.echoes = std::make_shared<std::vector<std::string>>();
    if (read->maxTokens == 0 && !asksForPrompt(*read)) {
        answerEcho(exchange, *read, context, answer);
        return;
    }
    const Lane lane = laneOf(exchange->request(), read->priority);
    if (read->useBeamSearch) {
        answerBeams(exchange, context, *std::move(read), lane, answer);
        return;
    }
    const std::string model = answer.model;
    const auto echoes = answer.echoes;
    Generation::start(
        exchange, context->models, model,
        [body = *std::move(read), lane, echoes](const std::shared_ptr<ModelLease>& lease) {
            return makePlan(body, lane, *lease->engine(), *echoes);
        },
        completionWriter(exchange, std::move(answer)));
}

} // namespace

void addCompletions(Router& router, const std::shared_ptr<Context>& context) {
    router.add(generatingRoute("/v1/completions", "OpenAI", "Continue a text",
                               completionForm().schemaText(), Answers::Stream,
                               [context](const std::shared_ptr<Exchange>& exchange) {
                                   answerCompletion(exchange, context);
                               }));
}

} // namespace hearth::serve
