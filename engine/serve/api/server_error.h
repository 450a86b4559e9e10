#pragma once

#include "serve/api/api_error.h"
#include "serve/http/http_error.h"

namespace hearth::serve {

/// An error of the server's own as those of handlers are, for the APIs' dialects.
[[nodiscard]] ApiError apiError(const ServerError& error);

} // namespace hearth::serve
