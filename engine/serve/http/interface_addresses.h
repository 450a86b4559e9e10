#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace hearth::serve {

enum class AddressFamily : std::uint8_t { Four, Both };

/// The addresses by which other devices may reach this machine: those of interfaces that are up,
/// loopback and link-local ones apart, IPv4 first. As they stand in a URL: IPv6 in brackets.
[[nodiscard]] std::vector<std::string> interfaceAddresses(AddressFamily family);

} // namespace hearth::serve
