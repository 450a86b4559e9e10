#pragma once

#include <string_view>
#include <unordered_map>

#include "text/jinja/value.h"

namespace hearth::jinja {

class Interpreter;

/// A filter: {{ operand | name(arguments) }}.
using FilterFunction = Value (*)(Interpreter&, const Value& operand, const Arguments& arguments);
using FilterTable = std::unordered_map<std::string_view, FilterFunction>;

/// Null if there is none of that name.
[[nodiscard]] const FilterFunction* findFilter(std::string_view name);

// The tables that findFilter() searches, by what the filters work on.
[[nodiscard]] const FilterTable& textFilters();
[[nodiscard]] const FilterTable& numberFilters();
[[nodiscard]] const FilterTable& sequenceFilters();
[[nodiscard]] const FilterTable& selectionFilters();

/// Reads `attribute` of the filters map, sort and their kind from an item: "a.b.0" or an integer.
[[nodiscard]] Value itemAttribute(Interpreter& interpreter, const Value& item,
                                  const Value& attribute);
/// What filters compare items by: strings in lower case unless `caseSensitive`.
[[nodiscard]] Value comparisonKey(Interpreter& interpreter, const Value& item, bool caseSensitive);

} // namespace hearth::jinja
