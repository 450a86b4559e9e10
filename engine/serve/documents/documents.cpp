#include "serve/documents/open_api.h"

#include "embedded/web.h"
#include "serve/context.h"

#include <mutex>
#include <string_view>
#include <utility>

namespace hearth::serve {

namespace {

const char* contentType(std::string_view name) {
    const std::string_view ending = name.substr(name.rfind('.') + 1);
    if (ending == "html")
        return "text/html; charset=utf-8";
    if (ending == "js")
        return "text/javascript; charset=utf-8";
    if (ending == "css")
        return "text/css; charset=utf-8";
    return "image/svg+xml";
}

/// The pages run their own scripts only and talk to this server only.
std::vector<Header> pageHeaders() {
    return {{"content-security-policy",
             "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; "
             "connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"},
            {"x-content-type-options", "nosniff"},
            {"referrer-policy", "no-referrer"},
            {"cache-control", "no-cache"}};
}

void addPage(Router& router, std::string path, const web::File& file) {
    Route route;
    route.path = std::move(path);
    route.access = Access::Open;
    route.runOn = RunOn::Network;
    route.handler = [&file](const std::shared_ptr<Exchange>& exchange) {
        HttpResponse response;
        response.contentType = contentType(file.name);
        response.body = std::string(file.bytes);
        response.headers = pageHeaders();
        exchange->respond(std::move(response));
    };
    router.add(std::move(route));
}

/// Made at the first request: routes are still added after these.
struct OpenApi {
    std::once_flag once;
    std::string text;
};

} // namespace

void addDocuments(Router& router, const std::shared_ptr<Context>& /*context*/) {
    for (const web::File& file : web::files()) {
        if (file.name == "index.html")
            addPage(router, "/", file);
        else if (file.name == "docs.html")
            addPage(router, "/docs", file);
        else
            addPage(router, "/" + std::string(file.name), file);
    }
    Route route;
    route.path = "/openapi.json";
    route.access = Access::Open;
    // The router owns the handler, so it is there whenever the handler runs.
    route.handler =
        [&router, made = std::make_shared<OpenApi>()](const std::shared_ptr<Exchange>& exchange) {
            std::call_once(made->once,
                           [&] { made->text = openApiText(router, HEARTH_VERSION); });
            HttpResponse response;
            response.body = made->text;
            exchange->respond(std::move(response));
        };
    router.add(std::move(route));
}

} // namespace hearth::serve
