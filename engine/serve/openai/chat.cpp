#include "serve/openai/chat_body.h"
#include "serve/openai/chat_writer.h"
#include "serve/openai/handlers.h"

#include <utility>

namespace hearth::serve {

namespace {

void answerChat(const std::shared_ptr<Exchange>& exchange,
                const std::shared_ptr<Context>& context) {
    Outcome<ChatBody> read = chatForm().read(exchange->request().body);
    if (!read) {
        exchange->respond(openAiErrorResponse(read.error()));
        return;
    }
    const std::string model = read->model.empty() ? context->models->defaultModel() : read->model;
    ChatAnswer answer{model, read->stream, read->streamOptions.includeUsage, read->logprobs};
    const Lane lane = laneOf(exchange->request(), read->priority);
    const auto makePlan = [body = *std::move(read), lane](
                              const std::shared_ptr<ModelLease>& lease) -> Outcome<GenerationPlan> {
        GenerationPlan plan;
        plan.prompts.push_back(chatRequest(body));
        plan.prompts.front().lane = lane;
        plan.choices = body.n;
        return applyReplyFormat(replyFormat(body), *lease->engine(), std::move(plan));
    };
    Generation::start(exchange, context->models, model, makePlan,
                      chatWriter(exchange, std::move(answer)));
}

} // namespace

void addChat(Router& router, const std::shared_ptr<Context>& context) {
    Route route;
    route.method = Method::Post;
    route.path = "/v1/chat/completions";
    route.generates = true;
    route.document = {"Reply to a conversation", "OpenAI", chatForm().schemaText(), {}, true};
    route.handler = [context](const std::shared_ptr<Exchange>& exchange) {
        answerChat(exchange, context);
    };
    router.add(std::move(route));
}

} // namespace hearth::serve
