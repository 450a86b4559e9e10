#pragma once

#include <string>
#include <string_view>

namespace hearth::serve {

/// RFC 4648, section 4, with padding.
[[nodiscard]] std::string base64Text(std::string_view bytes);

} // namespace hearth::serve
