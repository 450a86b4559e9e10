#pragma once

#include "serve/http/router.h"

#include <string>

namespace hearth::serve {

/// The OpenAPI 3.1 document of all routes that have a summary, as JSON text. Bodies' schemas stand
/// under their titles in components; what several routes answer with when they refuse is described
/// once, in other dialects than OpenAI's by an example.
[[nodiscard]] std::string openApiText(const Router& router, const std::string& version);

} // namespace hearth::serve
