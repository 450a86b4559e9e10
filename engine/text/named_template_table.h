#pragma once

#include "text/named_template.h"

#include <vector>

namespace hearth {

/// Every template that LMDeploy v0.1 to v0.2 names, and those of later families.
[[nodiscard]] const std::vector<NamedTemplate>& namedTemplates();

} // namespace hearth
