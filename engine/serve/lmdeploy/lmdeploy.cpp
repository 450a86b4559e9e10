#include "serve/api/form.h"
#include "serve/api/routes.h"
#include "serve/api/server_error.h"
#include "serve/lmdeploy/encode.h"
#include "serve/lmdeploy/interactive.h"
#include "serve/lmdeploy/interactive_form.h"
#include "serve/lmdeploy/lmdeploy_error.h"

#include <utility>

namespace hearth::serve {

namespace {

using Sessions = std::shared_ptr<SessionStore>;

struct AbortBody {
    bool all = false;
    std::int64_t sessionId = -1;
};

const Form<AbortBody>& abortForm() {
    static const Form<AbortBody> form =
        Form<AbortBody>("AbortRequest")
            .field("abort_all", &AbortBody::all, boolean(), "Stop what all sessions generate.")
            .field("session_id", &AbortBody::sessionId, integer64(-1, std::int64_t{1} << 53),
                   "Stop what this session generates.");
    return form;
}

void answerAbort(const std::shared_ptr<Exchange>& exchange, const Sessions& sessions) {
    const Outcome<AbortBody> body = abortForm().read(exchange->request().body);
    if (!body)
        return exchange->respond(lmDeployErrorResponse(body.error()));
    const std::string& keyName = exchange->request().keyName;
    if (body->all)
        sessions->cancelAll(keyName);
    else if (body->sessionId >= 0)
        sessions->cancel({keyName, body->sessionId});
    else
        return exchange->respond(
            lmDeployErrorResponse(badRequest("session_id", "Please set session_id or abort_all.")));
    exchange->respond(jsonResponse(Json::object()));
}

std::string errorBody(const ServerError& error) {
    return lmDeployErrorBody(apiError(error));
}

/// Streams are lines of JSON.
std::string errorLine(const ServerError& error) {
    return errorBody(error) + "\n";
}

} // namespace

void addLmDeploy(Router& router, const std::shared_ptr<Context>& context) {
    for (const char* path : {"/v1/chat/interactive", "/v1/encode", "/abort_request"})
        router.speakAt(path, {errorBody, errorLine});
    const Sessions sessions = SessionStore::create();
    router.add(generatingRoute("/v1/chat/interactive", "LMDeploy",
                               "A turn of a conversation that stays on the server",
                               interactiveForm().schemaText(), Answers::Stream,
                               [context, sessions](const std::shared_ptr<Exchange>& exchange) {
                                   answerInteractive(exchange, context, sessions);
                               }));
    router.add(postRoute("/v1/encode", "LMDeploy", "Tokens of texts", encodeSchema(),
                         encodeHandler(context->models)));
    router.add(postRoute("/abort_request", "LMDeploy", "Stops what interactive sessions generate",
                         abortForm().schemaText(),
                         [sessions](const std::shared_ptr<Exchange>& exchange) {
                             answerAbort(exchange, sessions);
                         }));
}

} // namespace hearth::serve
