#include "serve/api/routes.h"
#include "serve/tgi/tgi.h"
#include "serve/tgi/tgi_error.h"
#include "serve/tgi/tgi_form.h"

#include <string>

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

Handler generation(const std::shared_ptr<Context>& context, bool stream) {
    return [context, stream](const std::shared_ptr<Exchange>& exchange) {
        answerTgi(exchange, context, stream);
    };
}

constexpr ErrorDialect kErrors{
    [](const ServerError& error) { return tgiErrorBody(error); },
    [](const ServerError& error) { return "data: " + tgiErrorBody(error) + "\n\n"; },
};

} // namespace

// /generate is LMDeploy's too: addGenerate() has it for both.
void addTgi(Router& router, const std::shared_ptr<Context>& context) {
    for (const char* path : {"/info", "/generate_stream", "/invocations"})
        router.speakAt(path, kErrors);
    router.add(getRoute("/info", "TGI", "The default model and the server's limits",
                        [context](const std::shared_ptr<Exchange>& exchange) {
                            exchange->respond(jsonResponse(info(*context)));
                        }));
    const std::string schema = tgiForm().schemaText();
    router.add(generatingRoute("/generate_stream", "TGI", "Generates text, an event a token",
                               schema, Answers::Stream, generation(context, true)));
    router.add(generatingRoute("/invocations", "TGI", "Generates text", schema, Answers::Stream,
                               generation(context, false)));
}

} // namespace hearth::serve
