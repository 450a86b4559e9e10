#include "serve/api/routes.h"
#include "serve/context.h"
#include "serve/lmstudio/lmstudio_models.h"
#include "serve/lmstudio/stats_exchange.h"

#include <string>
#include <utility>

namespace hearth::serve {

namespace {

void answerList(Exchange& exchange, const ModelPool& pool) {
    Json data = Json::array();
    for (const PoolModelStatus& status : pool.models())
        data.push_back(lmStudioModel(status));
    exchange.respond(jsonResponse({{"object", "list"}, {"data", std::move(data)}}));
}

void answerOne(Exchange& exchange, const ModelPool& pool) {
    const std::string& name = exchange.request().parameters.at("id");
    const Result<PoolModelStatus> status = pool.find(name);
    exchange.respond(status ? jsonResponse(lmStudioModel(*status))
                            : openAiErrorResponse(apiError(status.error(), name)));
}

/// OpenAI's route, which was added before, once more with statistics.
void addWithStats(Router& router, const std::shared_ptr<Context>& context,
                  const std::string& path) {
    const Router::Match match = router.match(Method::Post, "/v1/" + path);
    if (match.route == nullptr)
        return;
    Route route = *match.route;
    route.path = "/api/v0/" + path;
    route.document.tag = "LM Studio";
    route.handler = [context, inner = route.handler](const std::shared_ptr<Exchange>& exchange) {
        inner(addStats(exchange, context->models));
    };
    router.add(std::move(route));
}

} // namespace

void addLmStudio(Router& router, const std::shared_ptr<Context>& context) {
    router.speakAt("/api/v0", openAiErrors()); // the rest of /api is Ollama's
    router.add(getRoute("/api/v0/models", "LM Studio", "The models that requests may name",
                        [context](const std::shared_ptr<Exchange>& exchange) {
                            answerList(*exchange, *context->models);
                        }));
    router.add(getRoute("/api/v0/models/{id...}", "LM Studio", "One of the models",
                        [context](const std::shared_ptr<Exchange>& exchange) {
                            answerOne(*exchange, *context->models);
                        }));
    for (const char* path : {"chat/completions", "completions", "embeddings"})
        addWithStats(router, context, path);
}

} // namespace hearth::serve
