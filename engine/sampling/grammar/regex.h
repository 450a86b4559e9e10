#pragma once

#include "hearth/result.h"
#include "sampling/grammar/expression.h"
#include "sampling/grammar/text_form.h"

#include <string_view>

namespace hearth::grammar {

enum class RegexMatch : std::uint8_t {
    Whole,  ///< The pattern is all of the text.
    Search, ///< It appears in the text, unless ^ or $ hold it to an end (JSON Schema).
};

/// Texts that match a regular expression of ECMAScript's syntax: literals, classes, \d \w \s and
/// their opposites (of ASCII), groups, | * + ? {m,n}, lazy or not, ^ and $ at the ends of the
/// pattern or of its outermost alternatives. Errors: InvalidArgument for a syntax error,
/// Unsupported for the rest of the syntax; `field` is "pattern", `detail` has the offset in bytes.
Result<ExpressionId> addRegex(Grammar& grammar, std::string_view pattern, RegexMatch match,
                              TextForm form);

} // namespace hearth::grammar
