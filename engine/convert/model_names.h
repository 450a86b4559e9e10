#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace hearth {

/// The names that `convert` takes: LMDeploy's, of its named templates, and the architectures. Sorted,
/// each once.
[[nodiscard]] std::vector<std::string> modelNames();

[[nodiscard]] bool isModelName(std::string_view name);

/// Tokens of a session that LMDeploy's model of this name has; 0 for others.
[[nodiscard]] int sessionLengthOf(std::string_view name);

} // namespace hearth
