#include "serve/api/json_text.h"
#include "serve/api/routes.h"
#include "serve/context.h"

#include <array>

namespace hearth::serve {

// Two APIs have this path. Their own routes are here already under other paths, so the body only
// decides between them: `inputs` is TGI's word, `prompt` LMDeploy's.
void addGenerate(Router& router, const std::shared_ptr<Context>& /*context*/) {
    const Route* const tgi = router.match(Method::Post, "/invocations").route;
    const Route* const lmDeploy = router.match(Method::Post, "/v1/chat/interactive").route;
    if (tgi == nullptr || lmDeploy == nullptr)
        return;
    const ErrorDialect tgiErrors = router.dialectAt(tgi->path);
    const ErrorDialect lmDeployErrors = router.dialectAt(lmDeploy->path);
    router.speakAt("/generate", tgiErrors); // until the body is read
    const std::array schemas{Json::parse(tgi->document.requestSchema),
                             Json::parse(lmDeploy->document.requestSchema)};
    router.add(generatingRoute(
        "/generate", "TGI",
        "TGI's generation (inputs), or LMDeploy's /v1/chat/interactive (prompt)",
        jsonText({{"anyOf", schemas}}), Answers::Stream,
        [tgi = tgi->handler, lmDeploy = lmDeploy->handler, tgiErrors,
         lmDeployErrors](const std::shared_ptr<Exchange>& exchange) {
            const Outcome<Json> body = parseBody(exchange->request().body);
            const bool isTgi = body && body->is_object() && body->contains("inputs");
            exchange->setDialect(isTgi ? tgiErrors : lmDeployErrors);
            (isTgi ? tgi : lmDeploy)(exchange);
        }));
}

} // namespace hearth::serve
