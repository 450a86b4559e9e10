#pragma once

#include <optional>
#include <string>

#include "text/jinja/value.h"

namespace hearth::jinja {

/// Python's repr() of a float: the shortest digits that read back the same.
[[nodiscard]] std::string floatText(double value);

/// Python's str(); nothing for an undefined value. Provenance is kept.
void appendString(TextBuilder& builder, const Value& value);
/// Python's repr(), as lists show their items.
void appendRepresentation(TextBuilder& builder, const Value& value);
/// str() as a text of its own; a string's own text without a copy being paid for.
[[nodiscard]] Text stringOf(Budget& budget, const Value& value);

/// The parameters of Python's json.dumps().
struct JsonStyle {
    bool ensureAscii = false;
    bool sortKeys = false;
    std::optional<std::string> indent;
    std::string itemSeparator = ", ";
    std::string keySeparator = ": ";
};

/// json.dumps(). Punctuation and numbers are trusted text, strings keep their provenance. Throws
/// if a value has no JSON form.
void appendJson(TextBuilder& builder, const Value& value, const JsonStyle& style);

} // namespace hearth::jinja
