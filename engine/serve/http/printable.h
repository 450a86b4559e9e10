#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace hearth::serve {

/// Text from a client for logs: cut to `bytes`, invalid UTF-8 replaced, and control characters
/// (C0, DEL, C1, line separators, bidirectional overrides) written as "\u{1b}".
[[nodiscard]] std::string printable(std::string_view text, std::size_t bytes);

} // namespace hearth::serve
