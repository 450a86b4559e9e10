#include "serve/lmdeploy/lmdeploy_error.h"

#include "serve/api/json_text.h"

namespace hearth::serve {

std::string lmDeployErrorBody(const ApiError& error) {
    Json body = {{"object", "error"},
                 {"message", error.message},
                 {"type", error.type},
                 {"code", error.status},
                 {"param", error.param.empty() ? Json(nullptr) : Json(error.param)}};
    body.update(Json::parse(openAiErrorBody(error)));
    return jsonText(body);
}

HttpResponse lmDeployErrorResponse(const ApiError& error) {
    return errorResponse(error, lmDeployErrorBody(error));
}

} // namespace hearth::serve
