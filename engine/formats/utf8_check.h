#pragma once

#include <string_view>

namespace hearth {

/// True if `text` is well-formed UTF-8 (RFC 3629: no overlong forms, surrogates or values above
/// U+10FFFF).
[[nodiscard]] bool isValidUtf8(std::string_view text);

} // namespace hearth
