#pragma once

#include <optional>
#include <string_view>

namespace hearth::grammar {

/// A pattern whose texts are all of the format (JSON Schema's, RFC 3339 dates and times of the
/// years 1000 to 2999). Nothing for formats that only annotate.
[[nodiscard]] std::optional<std::string_view> formatPattern(std::string_view format);

} // namespace hearth::grammar
