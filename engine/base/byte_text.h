#pragma once

#include <cstdint>
#include <string>

namespace hearth {

/// In decimal units: 98362432 → "98 MB", 16061054976 → "16.1 GB".
[[nodiscard]] std::string byteText(std::uint64_t bytes);

} // namespace hearth
