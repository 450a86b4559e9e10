#pragma once

#include "serve/api/api_error.h"

namespace hearth::serve {

/// LMDeploy's {"object":"error","message","type","code","param"}, with OpenAI's "error" (and a
/// 422's "detail") beside it.
[[nodiscard]] std::string lmDeployErrorBody(const ApiError& error);
[[nodiscard]] HttpResponse lmDeployErrorResponse(const ApiError& error);

} // namespace hearth::serve
