#include "serve/api/generation.h"
#include "serve/api/routes.h"
#include "serve/openai/handlers.h"
#include "serve/openai/response_store.h"
#include "serve/openai/responses_body.h"
#include "serve/openai/responses_writer.h"

#include <utility>

#include <fmt/format.h>

namespace hearth::serve {

namespace {

ApiError unknownResponse(const std::string& id) {
    return notFound("There is no response with the id `" + id + "`.", "not_found");
}

/// What the model draws by, where the request says nothing of it.
void addDefaults(Json& echo, const SamplingDefaults& defaults) {
    // 0.7, not the double nearest to the float nearest to that.
    const auto shortest = [](float value) { return Json::parse(fmt::format("{}", value)); };
    if (echo["temperature"].is_null())
        echo["temperature"] = shortest(defaults.temperature);
    if (echo["top_p"].is_null())
        echo["top_p"] = shortest(defaults.topP);
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
            {"temperature", repeat("temperature", nullptr)},
            {"text", repeat("text", {{"format", {{"type", "text"}}}})},
            {"tool_choice", repeat("tool_choice", "auto")},
            {"tools", repeat("tools", Json::array())},
            {"top_logprobs", body.topLogprobs},
            {"top_p", repeat("top_p", nullptr)},
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
    const std::string model = modelName(*context->models, read->model);
    ResponsesAnswer answer{model,
                           read->stream,
                           wantsLogprobs(*read),
                           std::make_shared<Json>(echoOf(*json, *read)),
                           read->store ? store : nullptr,
                           history};
    answer.conversation.insert(answer.conversation.end(), read->input.begin(), read->input.end());
    const Lane lane = laneOf(exchange->request(), read->priority);
    const std::shared_ptr<Json> echo = answer.echo;
    Generation::start(
        exchange, context->models, model,
        [body = *std::move(read), history = std::move(history), lane, echo,
         exchange](const std::shared_ptr<ModelLease>& lease) -> Outcome<GenerationPlan> {
            const SamplingDefaults defaults(lease->engine()->model().suggestedSampling);
            // The writer reads it there.
            exchange->post([echo, defaults] { addDefaults(*echo, defaults); });
            GenerationPlan plan;
            plan.prompts.push_back(responsesRequest(body, history, defaults));
            plan.prompts.front().lane = lane;
            return applyReplyFormat(replyFormat(body, body.constraint), *lease->engine(),
                                    std::move(plan));
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
    const bool gone = store.erase(id, exchange.request().keyName);
    exchange.respond(gone ? jsonResponse({{"id", id}, {"object", "response"}, {"deleted", true}})
                          : openAiErrorResponse(unknownResponse(id)));
}

} // namespace

void addResponses(Router& router, const std::shared_ptr<Context>& context) {
    const auto store = std::make_shared<ResponseStore>();
    router.add(generatingRoute("/v1/responses", "OpenAI", "Reply to items of a conversation",
                               responsesForm().schemaText(), Answers::Stream,
                               [context, store](const std::shared_ptr<Exchange>& exchange) {
                                   answerCreate(exchange, context, store);
                               }));
    const char* path = "/v1/responses/{id}";
    router.add(getRoute(path, "OpenAI", "A stored answer",
                        [store](const std::shared_ptr<Exchange>& exchange) {
                            answerGet(*exchange, *store);
                        }));
    Route erase = getRoute(path, "OpenAI", "Forget a stored answer",
                           [store](const std::shared_ptr<Exchange>& exchange) {
                               answerDelete(*exchange, *store);
                           });
    erase.method = Method::Delete;
    router.add(std::move(erase));
}

} // namespace hearth::serve
