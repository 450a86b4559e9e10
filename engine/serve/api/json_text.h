#pragma once

#include "serve/api/api_error.h"

#include <nlohmann/json.hpp>

#include <cstddef>
#include <string>
#include <string_view>

namespace hearth::serve {

/// Keeps the order of members: templates print tools as they came.
using Json = nlohmann::ordered_json;

/// What a body may be made of. A document is measured before anything is built from it: nesting
/// costs stack, members of one object cost time by their square, values cost memory.
inline constexpr std::size_t kMaxBodyDepth = 128;
inline constexpr std::size_t kMaxBodyMembers = 4096;    ///< Of one object.
inline constexpr std::size_t kMaxBodyValues = 1U << 20; ///< In all.

/// Parses a body; of members that come twice the last counts. A 400 with the byte offset for
/// syntax, nesting, invalid UTF-8, lone surrogates and numbers out of range.
[[nodiscard]] Outcome<Json> parseBody(std::string_view text);

/// `value` as one line. Text that is not UTF-8 is mended.
[[nodiscard]] std::string jsonText(const Json& value);

/// `value` as the body of an answer.
[[nodiscard]] HttpResponse jsonResponse(const Json& value, int status = 200);

/// Appends `text` as a JSON string with its quotes; `text` must be UTF-8.
void appendJsonString(std::string& out, std::string_view text);

} // namespace hearth::serve
