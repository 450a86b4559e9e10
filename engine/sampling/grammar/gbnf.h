#pragma once

#include "hearth/result.h"
#include "sampling/grammar/expression.h"

#include <string_view>

namespace hearth::grammar {

/// Rules as llama.cpp writes them (grammars/README.md there): `name ::= …` with "texts", [classes],
/// . for any character, groups, | * + ? {m,n} and # comments; the rule `root` is the whole.
/// Errors: InvalidArgument with the line, Unsupported for repeats that are too long.
Result<ExpressionId> addGbnf(Grammar& grammar, std::string_view text);

} // namespace hearth::grammar
