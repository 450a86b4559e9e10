#pragma once

#include "hearth/server.h"

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace hearth::serve {

/// The host of a Host header or an origin, in lower case, without port and brackets; empty if it
/// is malformed.
[[nodiscard]] std::string hostOf(std::string_view authority);

/// True for "127.0.0.1", "::1" and the like.
[[nodiscard]] bool isLoopback(std::string_view address);

/// Who may use the server: by Host header (against DNS rebinding), Origin (against web pages) and
/// API key. Constant after construction.
class AccessPolicy {
public:
    explicit AccessPolicy(const ServerOptions& options);

    /// `localAddress`: at which the client reached the server.
    [[nodiscard]] bool allowsHost(std::string_view host, std::string_view localAddress) const;
    /// `host`: the Host header of the same request, which was allowed.
    [[nodiscard]] bool allowsOrigin(std::string_view origin, std::string_view host) const;
    [[nodiscard]] bool allowsAnyOrigin() const { return m_anyOrigin; }

    [[nodiscard]] bool demandsKey() const { return !m_keys.empty(); }
    /// The name of the key that is shown, as "Bearer SECRET" or plainly; nothing if it is none of
    /// ours. Takes the same time whichever key it is or nearly is.
    [[nodiscard]] std::optional<std::string> keyName(std::string_view authorization,
                                                     std::string_view plain) const;

private:
    using Digest = std::array<std::uint8_t, 32>;
    struct Key {
        std::string name;
        Digest digest; ///< SHA-256 of the secret: all of one length.
    };

    [[nodiscard]] static Digest digestOf(std::string_view secret);
    [[nodiscard]] const Key* find(std::string_view secret) const;

    std::vector<Key> m_keys;
    std::vector<std::string> m_hosts;
    std::vector<std::string> m_origins;
    bool m_anyHost = false;
    bool m_anyOrigin = false;
    bool m_tls = false;
};

} // namespace hearth::serve
