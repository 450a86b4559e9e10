#pragma once

#include "text/jinja/ast.h"
#include "text/jinja/value.h"

namespace hearth::jinja {

class Interpreter;

/// Arithmetic with Python's rules; integers that leave 64 bits are an error.
[[nodiscard]] Value applyBinary(Interpreter& interpreter, Operator operation, const Value& left,
                                const Value& right);
[[nodiscard]] Value negated(const Value& operand);
[[nodiscard]] Value unaryPlus(const Value& operand);
/// One comparison, including `in`.
[[nodiscard]] bool applyComparison(Interpreter& interpreter, Operator operation, const Value& left,
                                   const Value& right);
/// sequence[start:stop:step]; null or None stands for a bound that is left out.
[[nodiscard]] Value sliced(Interpreter& interpreter, const Value& sequence, const Value* start,
                           const Value* stop, const Value* step);
/// What obj[key] gives for an integer key: an item or character, undefined if out of range.
[[nodiscard]] Value itemAt(Budget& budget, const Value& sequence, std::int64_t index);
/// Throws what any use of an undefined value throws.
[[noreturn]] void failUndefined(const Value& undefined);
/// `text` with &, <, >, ' and " as entities.
[[nodiscard]] Text escapedMarkup(Budget& budget, const Text& text);

} // namespace hearth::jinja
