#pragma once

#include <string>
#include <string_view>

namespace hearth::serve {

/// `prefix` and 24 random letters and digits: names of answers, calls and messages. Any thread.
[[nodiscard]] std::string randomId(std::string_view prefix);

/// Seconds since 1970.
[[nodiscard]] long long unixTime();

} // namespace hearth::serve
