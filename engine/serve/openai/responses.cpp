#include "serve/openai/handlers.h"
#include "serve/openai/response_store.h"
#include "serve/openai/responses_body.h"
#include "serve/openai/responses_writer.h"

#include "serve/api/generation.h"

#include <utility>

namespace hearth::serve {

namespace {

ApiError unknownResponse(const std::string& id) {
    return notFound("There is no response with the id `" + id + "`.", "not_found");
}

/// What the response object repeats of the request, whether it was there or not.
Json echoOf(const Json& request, const ResponsesBody& body) {
    const auto repeat = [&](const char* name, Json absent) {
        const auto found = request.find(name);
        return found == request.end() || found->is_null() ? std::move(absent) : *found;
    };
    return {{"instructions", repeat("instructions", nullptr)},
            {"max_output_tokens", repeat("max_output_tokens", nullptr)},
            {"metadata", repeat("metadata", Json::object())},
            {"parallel_tool_calls", body.parallelToolCalls},
            {"previous_response_id", repeat("previous_response_id", nullptr)},
            {"reasoning", repeat("reasoning", {{"effort", nullptr}, {"summary", nullptr}})},
            {"store", body.store},
            {"temperature", repeat("temperature", double(SamplingDefaults{}.temperature))},
            {"text", repeat("text", {{"format", {{"type", "text"}}}})},
            {"tool_choice", repeat("tool_choice", "auto")},
            {"tools", repeat("tools", Json::array())},
            {"top_logprobs", body.topLogprobs},
            {"top_p", repeat("top_p", 1.0)},
            {"truncation", "disabled"},
            {"background", false},
            {"service_tier", "default"},
            {"user", repeat("user", nullptr)}};
}

void answerCreate(const std::shared_ptr<Exchange>& exchange,
                  const std::shared_ptr<Context>& context,
                  const std::shared_ptr<ResponseStore>& store) {
    const Outcome<Json> json = parseBody(exchange->request().body);
    if (!json) {
        exchange->respond(openAiErrorResponse(json.error()));
        return;
    }
    Outcome<ResponsesBody> read = responsesForm().readJson(*json);
    if (!read) {
        exchange->respond(openAiErrorResponse(read.error()));
        return;
    }
    std::vector<ResponseItem> history;
    if (read->previousResponseId) {
        const auto previous = store->find(*read->previousResponseId, exchange->request().keyName);
        if (!previous) {
            exchange->respond(openAiErrorResponse(unknownResponse(*read->previousResponseId)));
            return;
        }
        history = previous->items;
    }
    const std::string model = read->model.empty() ? context->models->defaultModel() : read->model;
    ResponsesAnswer answer{model,
                           read->stream,
                           wantsLogprobs(*read),
                           echoOf(*json, *read),
                           read->store ? store : nullptr,
                           history};
    answer.conversation.insert(answer.conversation.end(), read->input.begin(), read->input.end());
    const Lane lane = laneOf(exchange->request(), read->priority);
    Generation::start(
        exchange, context->models, model,
        [body = *std::move(read), history = std::move(history),
         lane](const std::shared_ptr<ModelLease>& lease) -> Outcome<GenerationPlan> {
            GenerationPlan plan;
            plan.prompts.push_back(responsesRequest(body, history));
            plan.prompts.front().lane = lane;
            return applyReplyFormat(replyFormat(body), *lease->engine(), std::move(plan));
        },
        responsesWriter(exchange, std::move(answer)));
}

void answerGet(Exchange& exchange, ResponseStore& store) {
    const std::string& id = exchange.request().parameters.at("id");
    const auto found = store.find(id, exchange.request().keyName);
    HttpResponse response;
    if (found)
        response.body = found->body;
    else
        response = openAiErrorResponse(unknownResponse(id));
    exchange.respond(std::move(response));
}

void answerDelete(Exchange& exchange, ResponseStore& store) {
    const std::string& id = exchange.request().parameters.at("id");
    HttpResponse response;
    if (store.erase(id, exchange.request().keyName))
        response.body = jsonText({{"id", id}, {"object", "response"}, {"deleted", true}});
    else
        response = openAiErrorResponse(unknownResponse(id));
    exchange.respond(std::move(response));
}

} // namespace

void addResponses(Router& router, const std::shared_ptr<Context>& context) {
    const auto store = std::make_shared<ResponseStore>();
    Route create;
    create.method = Method::Post;
    create.path = "/v1/responses";
    create.generates = true;
    create.document = {
        "Reply to items of a conversation", "OpenAI", responsesForm().schemaText(), {}, true};
    create.handler = [context, store](const std::shared_ptr<Exchange>& exchange) {
        answerCreate(exchange, context, store);
    };
    router.add(std::move(create));
    Route get;
    get.path = "/v1/responses/{id}";
    get.document = {"A stored answer", "OpenAI", {}, {}, false};
    get.handler = [store](const std::shared_ptr<Exchange>& exchange) {
        answerGet(*exchange, *store);
    };
    router.add(std::move(get));
    Route erase;
    erase.method = Method::Delete;
    erase.path = "/v1/responses/{id}";
    erase.document = {"Forget a stored answer", "OpenAI", {}, {}, false};
    erase.handler = [store](const std::shared_ptr<Exchange>& exchange) {
        answerDelete(*exchange, *store);
    };
    router.add(std::move(erase));
}

} // namespace hearth::serve
