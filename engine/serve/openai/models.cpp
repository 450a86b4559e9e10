#include "serve/api/json_text.h"
#include "serve/api/random_id.h"
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

void respond(Exchange& exchange, const Json& body) {
    HttpResponse response;
    response.body = jsonText(body);
    exchange.respond(std::move(response));
}

void answerOne(Exchange& exchange, const Context& context) {
    const std::string& name = exchange.request().parameters.at("id");
    const Result<PoolModelStatus> status = context.models->find(name);
    if (status && !name.empty())
        respond(exchange, card(*status));
    else
        exchange.respond(openAiErrorResponse(
            notFound("The model `" + name + "` does not exist.", "model_not_found")));
}

} // namespace

void addModels(Router& router, const std::shared_ptr<Context>& context) {
    Route list;
    list.path = "/v1/models";
    list.document = {"The models that requests may name", "OpenAI", {}, {}, false};
    list.handler = [context](const std::shared_ptr<Exchange>& exchange) {
        Json data = Json::array();
        for (const PoolModelStatus& status : context->models->models())
            data.push_back(card(status));
        respond(*exchange, {{"object", "list"}, {"data", std::move(data)}});
    };
    router.add(std::move(list));
    Route one;
    one.path = "/v1/models/{id...}";
    one.document = {"One of the models", "OpenAI", {}, {}, false};
    one.handler = [context](const std::shared_ptr<Exchange>& exchange) {
        answerOne(*exchange, *context);
    };
    router.add(std::move(one));
}

} // namespace hearth::serve
