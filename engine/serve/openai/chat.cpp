#include "serve/api/generation.h"
#include "serve/api/routes.h"
#include "serve/openai/chat_body.h"
#include "serve/openai/chat_writer.h"
#include "serve/openai/handlers.h"
#include "serve/openai/prompt_logprobs.h"

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
    const std::string model = modelName(*context->models, read->model);
    ChatAnswer answer{model, read->stream, read->streamOptions.includeUsage, read->logprobs,
                      read->promptLogprobs.has_value()};
    const Lane lane = laneOf(exchange->request(), read->priority);
    const auto makePlan = [body = *std::move(read), lane](
                              const std::shared_ptr<ModelLease>& lease) -> Outcome<GenerationPlan> {
        GenerationPlan plan;
        plan.prompts.push_back(
            chatRequest(body, SamplingDefaults(lease->engine()->model().suggestedSampling)));
        plan.prompts.front().lane = lane;
        plan.choices = body.n;
        if (auto found = tooManyPromptLogprobs(plan, *lease->engine(), 1, body.stream))
            return *std::move(found);
        return applyReplyFormat(replyFormat(body, body.chosen()), *lease->engine(),
                                std::move(plan));
    };
    Generation::start(exchange, context->models, model, makePlan,
                      chatWriter(exchange, std::move(answer)));
}

} // namespace

void addChat(Router& router, const std::shared_ptr<Context>& context) {
    router.add(generatingRoute("/v1/chat/completions", "OpenAI", "Reply to a conversation",
                               chatForm().schemaText(), Answers::Stream,
                               [context](const std::shared_ptr<Exchange>& exchange) {
                                   answerChat(exchange, context);
                               }));
}

} // namespace hearth::serve
