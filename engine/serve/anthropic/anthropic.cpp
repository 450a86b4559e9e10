#include "serve/anthropic/messages_body.h"
#include "serve/anthropic/messages_writer.h"
#include "serve/api/generation.h"
#include "serve/api/routes.h"
#include "serve/api/sampling_fields.h"
#include "serve/api/server_error.h"
#include "serve/api/with_engine.h"
#include "serve/context.h"

#include <utility>

namespace hearth::serve {

namespace {

/// This API has no 422.
HttpResponse refusal(const ApiError& error) {
    ApiError shaped = error;
    if (shaped.status == 422)
        shaped.status = 400;
    return anthropicErrorResponse(shaped);
}

Outcome<GenerationPlan> makePlan(const MessagesBody& body, Lane lane, Engine& engine) {
    GenerationPlan plan;
    plan.prompts.push_back(
        messagesRequest(body, SamplingDefaults(engine.model().suggestedSampling)));
    plan.prompts.front().lane = lane;
    return applyReplyFormat(replyFormat(body), engine, std::move(plan));
}

void answerMessages(const std::shared_ptr<Exchange>& exchange,
                    const std::shared_ptr<Context>& context) {
    Outcome<MessagesBody> read = messagesForm().read(exchange->request().body);
    if (!read) {
        exchange->respond(refusal(read.error()));
        return;
    }
    const std::string model = modelName(*context->models, read->model);
    MessagesAnswer answer;
    answer.model = model;
    answer.stopSequences = read->stopSequences;
    answer.detokenize =
        std::make_shared<std::function<std::string(const std::vector<std::int32_t>&)>>();
    const auto detokenize = answer.detokenize;
    const Lane lane = laneOf(exchange->request(), 0);
    std::unique_ptr<GenerationWriter> writer = read->stream
                                                   ? messagesStream(exchange, std::move(answer))
                                                   : messagesWhole(exchange, std::move(answer));
    Generation::start(
        exchange, context->models, model,
        [body = *std::move(read), lane, detokenize](const std::shared_ptr<ModelLease>& lease) {
            *detokenize = [engine = lease->engine()](const std::vector<std::int32_t>& tokens) {
                return engine->detokenize(tokens);
            };
            return makePlan(body, lane, *lease->engine());
        },
        std::move(writer));
}

HttpResponse countTokens(const MessagesBody& body, const ModelLease& lease) {
    const Outcome<GenerationPlan> plan = makePlan(body, Lane::Api, *lease.engine());
    if (!plan)
        return refusal(plan.error());
    const auto tokens = lease.engine()->tokenize(plan->prompts.front().prompt);
    return tokens ? jsonResponse({{"input_tokens", tokens->size()}})
                  : refusal(apiError(tokens.error(), lease.model().name));
}

constexpr ErrorDialect kErrors{
    [](const ServerError& error) { return anthropicErrorBody(apiError(error)); },
    [](const ServerError& error) {
        return "event: error\ndata: " + anthropicErrorBody(apiError(error)) + "\n\n";
    },
};

} // namespace

void addAnthropic(Router& router, const std::shared_ptr<Context>& context) {
    router.speakAt("/v1/messages", kErrors);
    router.add(generatingRoute("/v1/messages", "Anthropic", "Reply to a conversation",
                               messagesForm().schemaText(), Answers::Stream,
                               [context](const std::shared_ptr<Exchange>& exchange) {
                                   answerMessages(exchange, context);
                               }));
    router.add(postRoute("/v1/messages/count_tokens", "Anthropic", "Count a conversation's tokens",
                         countTokensForm().schemaText(),
                         withEngine(context->models, countTokensForm(), countTokens, refusal)));
}

} // namespace hearth::serve
