#include "serve/http/interface_addresses.h"

#include <algorithm>
#include <arpa/inet.h>
#include <array>
#include <cstring>
#include <ifaddrs.h>
#include <memory>
#include <net/if.h>
#include <netinet/in.h>
#include <utility>

namespace hearth::serve {

namespace {

std::string textOfFour(const sockaddr* address) {
    sockaddr_in four{};
    std::memcpy(&four, address, sizeof four);
    const std::uint32_t bits = ntohl(four.sin_addr.s_addr);
    const bool isLocal = bits >> 24U == 127 || bits >> 16U == 0xA9FE;
    std::array<char, INET_ADDRSTRLEN> text{};
    return isLocal ? "" : inet_ntop(AF_INET, &four.sin_addr, text.data(), text.size());
}

std::string textOfSix(const sockaddr* address) {
    sockaddr_in6 six{};
    std::memcpy(&six, address, sizeof six);
    if (IN6_IS_ADDR_LOOPBACK(&six.sin6_addr) || IN6_IS_ADDR_LINKLOCAL(&six.sin6_addr))
        return {};
    std::array<char, INET6_ADDRSTRLEN> text{};
    return std::string("[") + inet_ntop(AF_INET6, &six.sin6_addr, text.data(), text.size()) + "]";
}

std::vector<std::string> addressesOf(const ifaddrs* first, sa_family_t family,
                                     std::string (*textOf)(const sockaddr*)) {
    std::vector<std::string> texts;
    for (const ifaddrs* entry = first; entry != nullptr; entry = entry->ifa_next) {
        const bool isUp = (entry->ifa_flags & IFF_UP) != 0 && (entry->ifa_flags & IFF_RUNNING) != 0;
        if (!isUp || entry->ifa_addr == nullptr || entry->ifa_addr->sa_family != family)
            continue;
        const std::string text = textOf(entry->ifa_addr);
        if (!text.empty() && std::find(texts.begin(), texts.end(), text) == texts.end())
            texts.push_back(text);
    }
    return texts;
}

} // namespace

std::vector<std::string> interfaceAddresses(AddressFamily family) {
    ifaddrs* first = nullptr;
    if (getifaddrs(&first) != 0)
        return {};
    const std::unique_ptr<ifaddrs, decltype(&freeifaddrs)> owner(first, freeifaddrs);
    std::vector<std::string> addresses = addressesOf(first, AF_INET, textOfFour);
    if (family == AddressFamily::Both)
        for (std::string& six : addressesOf(first, AF_INET6, textOfSix))
            addresses.push_back(std::move(six));
    return addresses;
}

} // namespace hearth::serve
