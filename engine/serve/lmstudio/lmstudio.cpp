#include "serve/api/api_error.h"
#include "serve/context.h"
#include "serve/lmstudio/lmstudio_models.h"
#include "serve/lmstudio/stats_exchange.h"

#include <string>
#include <utility>

namespace hearth::serve {

namespace {

void respond(Exchange& exchange, const Json& body) {
    HttpResponse response;
    response.body = jsonText(body);
    exchange.respond(std::move(response));
}

void addModels(Router& router, const std::shared_ptr<Context>& context) {
    Route list;
    list.path = "/api/v0/models";
    list.document = {"The models that requests may name", "LM Studio", {}, {}, false};
    list.handler = [context](const std::shared_ptr<Exchange>& exchange) {
        Json data = Json::array();
        for (const PoolModelStatus& status : context->models->models())
            data.push_back(lmStudioModel(status));
        respond(*exchange, {{"object", "list"}, {"data", std::move(data)}});
    };
    router.add(std::move(list));
    Route one;
    one.path = "/api/v0/models/{id...}";
    one.document = {"One of the models", "LM Studio", {}, {}, false};
    one.handler = [context](const std::shared_ptr<Exchange>& exchange) {
        const std::string& name = exchange->request().parameters.at("id");
        const Result<PoolModelStatus> status = context->models->find(name);
        if (status)
            respond(*exchange, lmStudioModel(*status));
        else
            exchange->respond(openAiErrorResponse(apiError(status.error(), name)));
    };
    router.add(std::move(one));
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
    addModels(router, context);
    for (const char* path : {"chat/completions", "completions", "embeddings"})
        addWithStats(router, context, path);
}

} // namespace hearth::serve
