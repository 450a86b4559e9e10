#include "serve/http/access_policy.h"

#include "base/lower_case.h"

#include <algorithm>
#include <arpa/inet.h>
#include <unistd.h>

#include <openssl/crypto.h>
#include <openssl/sha.h>

namespace hearth::serve {

namespace {

bool isPort(std::string_view text) {
    return text.size() <= 5 && std::all_of(text.begin(), text.end(),
                                           [](char c) { return c >= '0' && c <= '9'; });
}

/// The names of this machine, for a server that is reached from others.
std::vector<std::string> machineNames() {
    std::array<char, 256> name{};
    if (gethostname(name.data(), name.size() - 1) != 0 || name[0] == '\0')
        return {};
    const std::string machine = lowerCase(name.data());
    return {machine, machine + ".local"};
}

} // namespace

std::string hostOf(std::string_view authority) {
    std::string_view host = authority;
    std::string_view port;
    if (authority.starts_with('[')) {
        const std::size_t end = authority.find(']');
        if (end == std::string_view::npos)
            return {};
        host = authority.substr(1, end - 1);
        port = authority.substr(end + 1);
    } else if (const std::size_t colon = authority.find(':'); colon != std::string_view::npos) {
        host = authority.substr(0, colon);
        port = authority.substr(colon);
    }
    if (!port.empty() && (port.front() != ':' || !isPort(port.substr(1))))
        return {};
    return lowerCase(host);
}

bool isLoopback(std::string_view address) {
    const std::string text(address);
    in_addr four{};
    if (inet_pton(AF_INET, text.c_str(), &four) == 1)
        return (ntohl(four.s_addr) >> 24U) == 127;
    in6_addr six{};
    return inet_pton(AF_INET6, text.c_str(), &six) == 1 && IN6_IS_ADDR_LOOPBACK(&six);
}

AccessPolicy::AccessPolicy(const ServerOptions& options)
    : m_hosts{"localhost", lowerCase(options.address)}
    , m_tls(!options.certificateFile.empty()) {
    for (const ApiKey& key : options.keys)
        m_keys.push_back({key.name, digestOf(key.secret)});
    for (const std::string& host : options.allowedHosts) {
        m_anyHost |= host == "*";
        m_hosts.push_back(lowerCase(host));
    }
    if (!isLoopback(options.address))
        for (std::string& name : machineNames())
            m_hosts.push_back(std::move(name));
    for (const std::string& origin : options.allowedOrigins) {
        m_anyOrigin |= origin == "*";
        m_origins.push_back(lowerCase(origin));
    }
}

bool AccessPolicy::allowsHost(std::string_view host, std::string_view localAddress) const {
    if (m_anyHost)
        return true;
    const std::string name = hostOf(host);
    if (name.empty())
        return false;
    return name == localAddress || name == "127.0.0.1" || name == "::1" ||
           std::find(m_hosts.begin(), m_hosts.end(), name) != m_hosts.end();
}

bool AccessPolicy::allowsOrigin(std::string_view origin, std::string_view host) const {
    const std::string lower = lowerCase(origin);
    if (std::find(m_origins.begin(), m_origins.end(), lower) != m_origins.end())
        return true;
    const std::size_t mark = lower.find("://");
    if (mark == std::string::npos) // "null" is the origin of sandboxes and files
        return m_anyOrigin;
    const std::string_view scheme = std::string_view(lower).substr(0, mark);
    const std::string_view authority = std::string_view(lower).substr(mark + 3);
    if (scheme != "http" && scheme != "https")
        return m_anyOrigin;
    if (scheme == (m_tls ? "https" : "http") && authority == lowerCase(host))
        return true;
    const std::string name = hostOf(authority);
    return m_anyOrigin || name == "localhost" || name == "127.0.0.1" || name == "::1";
}

AccessPolicy::Digest AccessPolicy::digestOf(std::string_view secret) {
    Digest digest{};
    SHA256(reinterpret_cast<const unsigned char*>(secret.data()), secret.size(), digest.data());
    return digest;
}

const AccessPolicy::Key* AccessPolicy::find(std::string_view secret) const {
    const Digest shown = digestOf(secret);
    const Key* found = nullptr;
    for (const Key& key : m_keys)
        if (CRYPTO_memcmp(shown.data(), key.digest.data(), shown.size()) == 0)
            found = &key;
    return found;
}

std::optional<std::string> AccessPolicy::keyName(std::string_view authorization,
                                                 std::string_view plain) const {
    constexpr std::string_view kScheme = "bearer ";
    std::string_view bearer;
    if (authorization.size() > kScheme.size() &&
        lowerCase(authorization.substr(0, kScheme.size())) == kScheme) {
        bearer = authorization.substr(kScheme.size());
        bearer.remove_prefix(std::min(bearer.find_first_not_of(' '), bearer.size()));
    }
    for (const std::string_view secret : {bearer, plain})
        if (!secret.empty())
            if (const Key* key = find(secret))
                return key->name;
    return std::nullopt;
}

} // namespace hearth::serve
