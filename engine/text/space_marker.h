#pragma once

#include <string_view>

namespace hearth {

/// U+2581, which sentencepiece writes for a space.
inline constexpr std::string_view kSpaceMarker = "\xE2\x96\x81";

} // namespace hearth
