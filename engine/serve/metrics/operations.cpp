#include "serve/context.h"
#include "serve/http/http_error.h"
#include "serve/metrics/metrics.h"

#include <nlohmann/json.hpp>

#include <utility>

namespace hearth::serve {

namespace {

HttpResponse healthResponse(const Health& health) {
    switch (health.state()) {
    case HealthState::Ready: {
        HttpResponse response;
        response.body = R"({"status":"ok"})";
        return response;
    }
    case HealthState::Loading:
        return httpError(503, "The model is being loaded.", "loading");
    case HealthState::Stalled:
        return httpError(503, "The engine makes no progress.", "stalled");
    case HealthState::DeviceLost:
        return httpError(503, "The device failed; only a new start can mend it.", "device_lost");
    }
    return httpError(503, "The state is unknown.");
}

Route openRoute(std::string path, std::string summary, Handler handler) {
    Route route;
    route.path = std::move(path);
    route.handler = std::move(handler);
    route.document.summary = std::move(summary);
    route.document.tag = "Operation";
    route.access = Access::Open;
    route.runOn = RunOn::Network;
    return route;
}

} // namespace

void addOperations(Router& router, const std::shared_ptr<Context>& context) {
    const auto health = [metrics = context->metrics](const std::shared_ptr<Exchange>& exchange) {
        exchange->respond(healthResponse(metrics->health()));
    };
    router.add(openRoute("/health", "Whether the server can answer", health));
    for (const char* path : {"/v1/health", "/ping"})
        router.add(openRoute(path, "As /health", health));
    Route metrics = openRoute(
        "/metrics", "Prometheus metrics, also under vLLM's and LMDeploy's names",
        [shared = context->metrics](const std::shared_ptr<Exchange>& exchange) {
            HttpResponse response;
            response.contentType = "text/plain; version=0.0.4; charset=utf-8";
            response.body = shared->text();
            exchange->respond(std::move(response));
        });
    metrics.access = Access::Key;
    router.add(std::move(metrics));
    router.add(openRoute("/version", "Version of the server",
                         [](const std::shared_ptr<Exchange>& exchange) {
                             HttpResponse response;
                             response.body = nlohmann::json{{"version", HEARTH_VERSION}}.dump();
                             exchange->respond(std::move(response));
                         }));
}

} // namespace hearth::serve
