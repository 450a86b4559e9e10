#pragma once

#include <string_view>

#include "text/jinja/value.h"

namespace hearth::jinja {

class Interpreter;

/// A test: {{ operand is name(arguments) }}.
using TestFunction = bool (*)(Interpreter&, const Value& operand, const Arguments& arguments);

/// Null if there is none of that name.
[[nodiscard]] const TestFunction* findTest(std::string_view name);

} // namespace hearth::jinja
