#pragma once

#include <string>
#include <string_view>

namespace hearth::jinja {

/// Resolves the escapes of a Python string literal's inside. Throws TemplateError with `line`.
[[nodiscard]] std::string unescapeLiteral(std::string_view body, int line);

} // namespace hearth::jinja
