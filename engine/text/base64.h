#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace hearth {

/// The bytes that `text` stands for in base64 (RFC 4648, section 4, with its padding); nothing if
/// it is not that.
[[nodiscard]] std::optional<std::string> base64Bytes(std::string_view text);

} // namespace hearth
