#pragma once

#include <string_view>

#include "text/jinja/value.h"

namespace hearth::jinja {

class Interpreter;

/// Whether `self` has a method of that name that the sandbox allows.
[[nodiscard]] bool hasMethod(const Value& self, std::string_view name);
/// Whether it is one that changes `self`, which the sandbox refuses.
[[nodiscard]] bool isMutatingMethod(const Value& self, std::string_view name);
[[nodiscard]] Value callMethod(Interpreter& interpreter, const Value& self, std::string_view name,
                               const Arguments& arguments);

using Method = Value (*)(Interpreter&, const Value& self, const Arguments& arguments);

/// Methods of str; null if there is none of that name.
[[nodiscard]] const Method* findStringMethod(std::string_view name);

} // namespace hearth::jinja
