#include "serve/api/form.h"
#include "serve/lmdeploy/encode.h"
#include "serve/lmdeploy/interactive.h"
#include "serve/lmdeploy/interactive_form.h"
#include "serve/lmdeploy/lmdeploy_error.h"
#include "serve/tgi/tgi.h"

#include <utility>

namespace hearth::serve {

namespace {

using ContextPointer = std::shared_ptr<Context>;
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
    HttpResponse response;
    response.body = "{}";
    exchange->respond(std::move(response));
}

/// `inputs` is TGI's word, `prompt` LMDeploy's.
void answerGenerate(const std::shared_ptr<Exchange>& exchange, const ContextPointer& context,
                    const Sessions& sessions) {
    Outcome<Json> body = parseBody(exchange->request().body);
    if (!body)
        return exchange->respond(lmDeployErrorResponse(body.error()));
    if (body->is_object() && body->contains("inputs"))
        answerTgi(exchange, *body, context, false);
    else
        answerInteractive(exchange, *body, context, sessions);
}

Route post(const char* path, Handler handler, const char* summary, std::string schema,
           bool generates) {
    Route route;
    route.method = Method::Post;
    route.path = path;
    route.handler = std::move(handler);
    route.document = {summary, "LMDeploy", std::move(schema), {}, generates};
    route.generates = generates;
    return route;
}

/// For both of its readers.
std::string generateSchema() {
    return jsonText({{"anyOf", {interactiveForm().schema(), Json::parse(tgiSchema())}}});
}

} // namespace

void addLmDeploy(Router& router, const std::shared_ptr<Context>& context) {
    const Sessions sessions = SessionStore::create();
    router.add(post(
        "/v1/chat/interactive",
        [context, sessions](const std::shared_ptr<Exchange>& exchange) {
            const Outcome<Json> body = parseBody(exchange->request().body);
            if (body)
                answerInteractive(exchange, *body, context, sessions);
            else
                exchange->respond(lmDeployErrorResponse(body.error()));
        },
        "A turn of a conversation that stays on the server", interactiveForm().schemaText(), true));
    router.add(post(
        "/generate",
        [context, sessions](const std::shared_ptr<Exchange>& exchange) {
            answerGenerate(exchange, context, sessions);
        },
        "TGI's generation (inputs), or LMDeploy's /v1/chat/interactive (prompt)", generateSchema(),
        true));
    router.add(post(
        "/v1/encode",
        [context](const std::shared_ptr<Exchange>& exchange) { answerEncode(exchange, context); },
        "Tokens of texts", encodeSchema(), false));
    router.add(post(
        "/abort_request",
        [sessions](const std::shared_ptr<Exchange>& exchange) { answerAbort(exchange, sessions); },
        "Stops what interactive sessions generate", abortForm().schemaText(), false));
}

} // namespace hearth::serve
