#include "serve/api/form.h"
#include "serve/api/routes.h"
#include "serve/tools/handlers.h"

#include <utility>

namespace hearth::serve {

namespace {

struct LoadBody {
    std::string model;
    bool pin = false;
    std::optional<std::int32_t> keepSeconds;
    bool wait = true;
};

struct UnloadBody {
    std::string model;
};

const Form<LoadBody>& loadForm() {
    using Body = LoadBody;
    static const Form<Body> form =
        Form<Body>("LoadRequest")
            .required("model", &Body::model, text(1, 4096), "A model by its name.")
            .field("pin", &Body::pin, boolean(), "Keep it until it is told to go.")
            .field("keep_seconds", &Body::keepSeconds, integer(0, 1 << 30),
                   "Unload it when it was not used for so long; 0: never.")
            .field("wait", &Body::wait, boolean(), "Answer when it is loaded.");
    return form;
}

const Form<UnloadBody>& unloadForm() {
    static const Form<UnloadBody> form =
        Form<UnloadBody>("UnloadRequest")
            .required("model", &UnloadBody::model, text(1, 4096), "A model by its name.");
    return form;
}

const char* stateText(PoolState state) {
    switch (state) {
    case PoolState::Unloaded:
        return "unloaded";
    case PoolState::Loading:
        return "loading";
    case PoolState::Loaded:
        return "loaded";
    }
    return "";
}

Json statusJson(const PoolModelStatus& status) {
    Json json = {{"model", status.model.name},
                 {"state", stateText(status.state)},
                 {"progress", status.progress},
                 {"requests", status.leases},
                 {"pinned", status.pinned},
                 {"bytes", status.model.bytes}};
    if (status.engine) {
        const ModelInfo& info = status.engine->model();
        const EngineStatistics now = status.engine->statistics();
        json.update({{"context_length", info.context},
                     {"device", info.deviceId},
                     {"running", now.running},
                     {"waiting", now.waiting},
                     {"kv_blocks", now.kvBlocks},
                     {"kv_blocks_used", now.kvBlocksUsed},
                     {"kv_blocks_cached", now.kvBlocksCached}});
    }
    return json;
}

void respondStatus(Exchange& exchange, const ModelPool& pool, const std::string& model, int code) {
    const Result<PoolModelStatus> status = pool.find(model);
    exchange.respond(status ? jsonResponse(statusJson(*status), code)
                            : openAiErrorResponse(apiError(status.error(), model)));
}

void loaded(Exchange& exchange, ModelPool& pool, const LoadBody& body,
            const Result<std::shared_ptr<ModelLease>>& lease) {
    if (lease && body.pin)
        static_cast<void>(pool.pin(body.model, true)); // the window's stay without
    if (lease && body.keepSeconds)
        static_cast<void>(pool.keepFor(body.model, std::chrono::seconds(*body.keepSeconds)));
    if (!body.wait)
        return;
    if (lease)
        respondStatus(exchange, pool, body.model, 200);
    else
        exchange.respond(openAiErrorResponse(apiError(lease.error(), body.model)));
}

void answerLoad(const std::shared_ptr<Exchange>& exchange,
                const std::shared_ptr<Context>& context) {
    const Outcome<LoadBody> body = loadForm().read(exchange->request().body);
    if (!body)
        return exchange->respond(openAiErrorResponse(body.error()));
    const Result<PoolModelStatus> status = context->models->find(body->model);
    if (!status)
        return exchange->respond(openAiErrorResponse(apiError(status.error(), body->model)));
    const ModelUse use =
        status->model.kind == ModelKind::Encoder ? ModelUse::Embed : ModelUse::Generate;
    context->models->acquire(body->model, use,
                             [exchange, context, asked = *body](
                                 const Result<std::shared_ptr<ModelLease>>& lease) {
                                 loaded(*exchange, *context->models, asked, lease);
                             });
    if (!body->wait)
        respondStatus(*exchange, *context->models, body->model, 202);
}

void answerUnload(Exchange& exchange, ModelPool& pool) {
    const Outcome<UnloadBody> body = unloadForm().read(exchange.request().body);
    if (!body)
        return exchange.respond(openAiErrorResponse(body.error()));
    static_cast<void>(pool.pin(body->model, false)); // whoever may pin may do this, too
    if (const Result<void> gone = pool.unload(body->model); !gone)
        return exchange.respond(openAiErrorResponse(apiError(gone.error(), body->model)));
    respondStatus(exchange, pool, body->model, 200);
}

void answerStatus(Exchange& exchange, const ModelPool& pool) {
    Json models = Json::array();
    for (const PoolModelStatus& model : pool.models())
        models.push_back(statusJson(model));
    exchange.respond(jsonResponse({{"models", std::move(models)}}));
}

} // namespace

void addModelLoading(Router& router, const std::shared_ptr<Context>& context) {
    router.add(postRoute("/v1/models/load", "Tools", "Loads a model", loadForm().schemaText(),
                         [context](const std::shared_ptr<Exchange>& exchange) {
                             answerLoad(exchange, context);
                         }));
    router.add(postRoute("/v1/models/unload", "Tools",
                         "Unloads a model once its requests are over", unloadForm().schemaText(),
                         [context](const std::shared_ptr<Exchange>& exchange) {
                             answerUnload(*exchange, *context->models);
                         }));
    router.add(getRoute("/v1/models/status", "Tools", "How the models stand",
                        [context](const std::shared_ptr<Exchange>& exchange) {
                            answerStatus(*exchange, *context->models);
                        }));
}

} // namespace hearth::serve
