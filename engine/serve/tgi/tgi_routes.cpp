#include "serve/tgi/tgi.h"
#include "serve/tgi/tgi_error.h"
#include "serve/tgi/tgi_form.h"

#include <utility>

namespace hearth::serve {

namespace {

/// Of the default model.
Json info(const Context& context) {
    Json body = {{"model_id", context.models->defaultModel()},
                 {"model_sha", nullptr},
                 {"model_dtype", nullptr},
                 {"model_device_type", nullptr},
                 {"model_pipeline_tag", "text-generation"},
                 {"max_concurrent_requests", context.options.limits.requests},
                 {"max_best_of", kTgiMaxBestOf},
                 {"max_stop_sequences", kTgiMaxStops},
                 {"router", "hearth"},
                 {"version", "3.0.0"},
                 {"docker_label", nullptr}};
    const auto status = context.models->find("");
    if (!status)
        return body;
    std::int32_t most = status->model.trainedContext;
    if (status->engine) {
        const ModelInfo& model = status->engine->model();
        most = model.context;
        body["model_dtype"] = model.computeType;
        body["model_device_type"] = model.deviceId.starts_with("cuda") ? "cuda" : "cpu";
    }
    body["max_input_tokens"] = most > 0 ? most - 1 : 0;
    body["max_input_length"] = most > 0 ? most - 1 : 0;
    body["max_total_tokens"] = most;
    return body;
}

Route infoRoute(const std::shared_ptr<Context>& context) {
    Route route;
    route.path = "/info";
    route.document = {"The default model and the server's limits", "TGI", {}, {}, false};
    route.handler = [context](const std::shared_ptr<Exchange>& exchange) {
        HttpResponse response;
        response.body = jsonText(info(*context));
        exchange->respond(std::move(response));
    };
    return route;
}

Route streamRoute(const std::shared_ptr<Context>& context) {
    Route route;
    route.method = Method::Post;
    route.path = "/generate_stream";
    route.document = {"Generates text, an event a token", "TGI", tgiSchema(), {}, true};
    route.generates = true;
    route.handler = [context](const std::shared_ptr<Exchange>& exchange) {
        const Outcome<Json> body = parseBody(exchange->request().body);
        if (body)
            answerTgi(exchange, *body, context, true);
        else
            exchange->respond(tgiErrorResponse(body.error()));
    };
    return route;
}

} // namespace

// /generate is LMDeploy's too; addLmDeploy() has it for both.
void addTgi(Router& router, const std::shared_ptr<Context>& context) {
    router.add(infoRoute(context));
    router.add(streamRoute(context));
}

} // namespace hearth::serve
