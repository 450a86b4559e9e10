#include "serve/api/json_text.h"
#include "serve/api/routes.h"
#include "serve/openai/handlers.h"

#include <chrono>
#include <utility>

namespace hearth::serve {

namespace {

long long created(const PoolModel& model) {
    return std::chrono::duration_cast<std::chrono::seconds>(model.modified.time_since_epoch())
        .count();
}

/// OpenAI's card, with the fields that LMDeploy and vLLM added.
Json card(const PoolModelStatus& status) {
    const PoolModel& model = status.model;
    const std::int32_t context =
        status.engine ? status.engine->model().context : model.trainedContext;
    Json result = {{"id", model.name},
                   {"object", "model"},
                   {"created", created(model)},
                   {"owned_by", "hearth"},
                   {"root", model.name},
                   {"parent", nullptr}};
    if (context > 0) {
        result["context_length"] = context;
        result["max_model_len"] = context;
    }
    result["permission"] = {{{"id", "modelperm-" + model.name},
                             {"object", "model_permission"},
                             {"created", created(model)},
                             {"allow_create_engine", false},
                             {"allow_sampling", true},
                             {"allow_logprobs", true},
                             {"allow_search_indices", false},
                             {"allow_view", true},
                             {"allow_fine_tuning", false},
                             {"organization", "*"},
                             {"group", nullptr},
                             {"is_blocking", false}}};
    result["loaded"] = status.state == PoolState::Loaded;
    return result;
}

void answerList(Exchange& exchange, const Context& context) {
    Json data = Json::array();
    for (const PoolModelStatus& status : context.models->models())
        data.push_back(card(status));
    exchange.respond(jsonResponse({{"object", "list"}, {"data", std::move(data)}}));
}

void answerOne(Exchange& exchange, const Context& context) {
    const std::string& name = exchange.request().parameters.at("id");
    const Result<PoolModelStatus> status = context.models->find(name);
    exchange.respond(status ? jsonResponse(card(*status))
                            : openAiErrorResponse(apiError(status.error(), name)));
}

} // namespace

void addModels(Router& router, const std::shared_ptr<Context>& context) {
    router.add(getRoute("/v1/models", "OpenAI", "The models that requests may name",
                        [context](const std::shared_ptr<Exchange>& exchange) {
                            answerList(*exchange, *context);
                        }));
    router.add(getRoute("/v1/models/{id...}", "OpenAI", "One of the models",
                        [context](const std::shared_ptr<Exchange>& exchange) {
                            answerOne(*exchange, *context);
                        }));
}

} // namespace hearth::serve
