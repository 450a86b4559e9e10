#pragma once

#include "serve/api/api_error.h"
#include "serve/http/http_error.h"

namespace hearth::serve {

/// TGI's {"error", "error_type"} with its statuses: 422 validation, 424 generation, 429
/// overloaded; besides, 404 for a model that is not there and 503 for one that can't be had now.
[[nodiscard]] ApiError asTgiError(ApiError error);
[[nodiscard]] std::string tgiErrorBody(const ApiError& error);
[[nodiscard]] HttpResponse tgiErrorResponse(const ApiError& error);

/// The same shape for the server's own errors, which keep their statuses.
[[nodiscard]] std::string tgiErrorBody(const ServerError& error);

} // namespace hearth::serve
