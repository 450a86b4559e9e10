#pragma once

#include "serve/http/router.h"

#include <string>
#include <vector>

namespace hearth::serve {

/// The OpenAPI 3.1 document of all routes that have a summary, as JSON text. Bodies' schemas stand
/// under their titles in components; what several routes answer with when they refuse is described
/// once.
[[nodiscard]] std::string openApiText(const std::vector<Route>& routes, const std::string& version);

} // namespace hearth::serve
