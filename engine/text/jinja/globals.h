#pragma once

#include <string_view>
#include <unordered_map>

#include "text/jinja/value.h"

namespace hearth::jinja {

class Interpreter;

/// The functions that every template can call: range, dict, namespace, cycler, joiner,
/// raise_exception and strftime_now.
void addGlobals(Interpreter& interpreter, std::unordered_map<std::string_view, Value>& globals);

} // namespace hearth::jinja
