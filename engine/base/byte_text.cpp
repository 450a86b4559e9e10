#include "base/byte_text.h"

#include <fmt/format.h>

namespace hearth {

std::string byteText(std::uint64_t bytes) {
    constexpr double kKilo = 1e3;
    constexpr double kMega = 1e6;
    constexpr double kGiga = 1e9;
    const auto value = double(bytes);
    if (value >= kGiga)
        return fmt::format("{:.1f} GB", value / kGiga);
    if (value >= kMega)
        return fmt::format("{:.0f} MB", value / kMega);
    return value >= kKilo ? fmt::format("{:.0f} kB", value / kKilo)
                          : fmt::format("{} bytes", bytes);
}

} // namespace hearth
