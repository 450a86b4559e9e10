#include "serve/api/json_text.h"
#include "serve/api/routes.h"
#include "serve/api/server_error.h"
#include "serve/context.h"
#include "serve/lmdeploy/lmdeploy_error.h"
#include "serve/tgi/tgi_error.h"

#include <array>

namespace hearth::serve {

namespace {

/// TGI's clients ask for whole answers, LMDeploy's for streams too, which are lines of JSON.
constexpr ErrorDialect kErrors{
    [](const ServerError& error) { return tgiErrorBody(error); },
    [](const ServerError& error) { return lmDeployErrorBody(apiError(error)) + "\n"; },
};

} // namespace

// Two APIs have this path. Their own routes are here already under other paths, so the body only
// decides between them: `inputs` is TGI's word, `prompt` LMDeploy's.
void addGenerate(Router& router, const std::shared_ptr<Context>& /*context*/) {
    const Route* const tgi = router.match(Method::Post, "/invocations").route;
    const Route* const lmDeploy = router.match(Method::Post, "/v1/chat/interactive").route;
    if (tgi == nullptr || lmDeploy == nullptr)
        return;
    router.speakAt("/generate", kErrors);
    const std::array schemas{Json::parse(tgi->document.requestSchema),
                             Json::parse(lmDeploy->document.requestSchema)};
    router.add(generatingRoute(
        "/generate", "TGI",
        "TGI's generation (inputs), or LMDeploy's /v1/chat/interactive (prompt)",
        jsonText({{"anyOf", schemas}}), Answers::Stream,
        [tgi = tgi->handler, lmDeploy = lmDeploy->handler](
            const std::shared_ptr<Exchange>& exchange) {
            const Outcome<Json> body = parseBody(exchange->request().body);
            const bool isTgi = body && body->is_object() && body->contains("inputs");
            (isTgi ? tgi : lmDeploy)(exchange);
        }));
}

} // namespace hearth::serve
