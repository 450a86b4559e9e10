#pragma once

#include "hearth/constraint.h"
#include "hearth/result.h"
#include "sampling/grammar/automaton.h"

#include <string>
#include <vector>

namespace hearth::grammar {

struct CompiledConstraint {
    Automaton automaton;
    std::vector<std::string> ignored; ///< Places of keywords left out (UnknownKeywords::Ignore).
};

/// The automaton of a constraint, which must not be empty. At most some hundred milliseconds.
/// Errors: InvalidArgument for what is wrong, Unsupported for what can't be compiled; `field` says
/// where (a JSON pointer, "pattern", "grammar", …).
Result<CompiledConstraint> compileConstraint(const Constraint& constraint);

/// A text that is equal for equal constraints only.
[[nodiscard]] std::string constraintKey(const Constraint& constraint);

} // namespace hearth::grammar
