#pragma once

#include <memory>
#include <string>

#include "text/jinja/ast.h"

namespace hearth::jinja {

/// Parses a template. Throws TemplateError with the line on a syntax error, and on nesting beyond
/// 200 levels, so that neither parsing nor what walks or frees the tree can exhaust the stack.
[[nodiscard]] std::unique_ptr<TemplateNode> parseTemplate(const std::string& source);

} // namespace hearth::jinja
