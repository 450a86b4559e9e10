#include "serve/anthropic/messages_body.h"
#include "serve/anthropic/messages_writer.h"
#include "serve/api/generation.h"
#include "serve/api/sampling_fields.h"
#include "serve/context.h"

#include <utility>

namespace hearth::serve {

namespace {

/// This API has no 422.
HttpResponse refusal(ApiError error) {
    if (error.status == 422)
        error.status = 400;
    return anthropicErrorResponse(error);
}

std::string modelOf(const MessagesBody& body, const Context& context) {
    return body.model.empty() ? context.models->defaultModel() : body.model;
}

Outcome<GenerationPlan> makePlan(const MessagesBody& body, Lane lane, Engine& engine) {
    GenerationPlan plan;
    plan.prompts.push_back(messagesRequest(body));
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
    const std::string model = modelOf(*read, *context);
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

void answerCount(const std::shared_ptr<Exchange>& exchange,
                 const std::shared_ptr<Context>& context) {
    const Outcome<MessagesBody> read = countTokensForm().read(exchange->request().body);
    if (!read) {
        exchange->respond(refusal(read.error()));
        return;
    }
    const std::string model = modelOf(*read, *context);
    context->models->acquire(
        model, ModelUse::Generate,
        [exchange, model, body = *read](const Result<std::shared_ptr<ModelLease>>& lease) {
            if (!lease) {
                exchange->respond(refusal(apiError(lease.error(), model)));
                return;
            }
            Engine* engine = (*lease)->engine();
            if (engine == nullptr) {
                exchange->respond(refusal(badRequest("model", "The model makes no text.")));
                return;
            }
            const Outcome<GenerationPlan> plan = makePlan(body, Lane::Api, *engine);
            if (!plan) {
                exchange->respond(refusal(plan.error()));
                return;
            }
            const auto tokens = engine->tokenize(plan->prompts.front().prompt);
            HttpResponse response;
            if (tokens)
                response.body = jsonText({{"input_tokens", tokens->size()}});
            else
                response = refusal(apiError(tokens.error(), model));
            exchange->respond(std::move(response));
        });
}

} // namespace

void addAnthropic(Router& router, const std::shared_ptr<Context>& context) {
    Route messages;
    messages.method = Method::Post;
    messages.path = "/v1/messages";
    messages.generates = true;
    messages.document = {
        "Reply to a conversation", "Anthropic", messagesForm().schemaText(), {}, true};
    messages.handler = [context](const std::shared_ptr<Exchange>& exchange) {
        answerMessages(exchange, context);
    };
    router.add(std::move(messages));
    Route count;
    count.method = Method::Post;
    count.path = "/v1/messages/count_tokens";
    count.document = {
        "Count a conversation's tokens", "Anthropic", countTokensForm().schemaText(), {}, false};
    count.handler = [context](const std::shared_ptr<Exchange>& exchange) {
        answerCount(exchange, context);
    };
    router.add(std::move(count));
}

} // namespace hearth::serve
