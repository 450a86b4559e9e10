#pragma once

#include <cstddef>
#include <cstring>
#include <string>
#include <string_view>

namespace hearth::jinja {

/// As text.find(needle, from), in linear time even for hostile needles (glibc's two-way search).
[[nodiscard]] inline std::size_t findBytes(std::string_view text, std::string_view needle,
                                           std::size_t from) {
    if (from > text.size())
        return std::string_view::npos;
    if (needle.empty())
        return from;
    const void* found =
        ::memmem(text.data() + from, text.size() - from, needle.data(), needle.size());
    if (found == nullptr)
        return std::string_view::npos;
    return static_cast<std::size_t>(static_cast<const char*>(found) - text.data());
}

} // namespace hearth::jinja
